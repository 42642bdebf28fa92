"""Where songs lie while they are answered: a private folder that goes with its process, or with the next start.

The folder holds a file ``owner`` that its process keeps locked for as long as it lives. Whoever starts looks at the
folders beside its own, and removes those whose lock nobody holds: their process was killed.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

__all__ = ["Uploads", "sweep"]

PREFIX = "musiclassify-uploads-"
OWNER = "owner"
_FRESH_S = 60.0
"""A folder so young may not have its lock yet."""


def _lock(file: BinaryIO) -> bool:
    """Take the lock of an open file if nobody has it; without ``fcntl`` the open file itself is the lock."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _abandoned(folder: Path) -> bool:
    try:
        if time.time() - folder.stat().st_mtime < _FRESH_S and not (folder / OWNER).exists():
            return False
        with open(folder / OWNER, "r+b") as file:
            if not _lock(file):
                return False
        (folder / OWNER).unlink()  # refused on Windows while its process has it open
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def sweep(parent: Path) -> int:
    """Remove what killed servers left in ``parent``; the number of folders removed."""
    left = [path for path in parent.glob(f"{PREFIX}*") if path.is_dir() and not path.is_symlink()]
    gone = [path for path in left if _abandoned(path)]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return len(gone)


class Uploads:
    """A private folder for uploads.

    Parameters
    ----------
    parent : Path, optional
        Where it is made; default: the system's temporary folder.

    Attributes
    ----------
    folder : Path
    """

    def __init__(self, parent: Path | None = None) -> None:
        parent = parent or Path(tempfile.gettempdir())
        parent.mkdir(parents=True, exist_ok=True)
        sweep(parent)
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        self._owner = open(self.folder / OWNER, "xb")  # noqa: SIM115 (held for as long as the server lives)
        _lock(self._owner)

    @contextlib.contextmanager
    def file(self) -> Iterator[IO[bytes]]:
        """Give an empty file, open for writing, that goes with the block."""
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix="song-", delete=False) as target:
            try:
                yield target
            finally:
                Path(target.name).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        self._owner.close()
        shutil.rmtree(self.folder, ignore_errors=True)
