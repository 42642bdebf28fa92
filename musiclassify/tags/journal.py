"""What `undo` needs, kept outside the files: for those who want no tag of ours in their music.

A journal is a text file: a line that says what it is, then a line of JSON for each file that was written,
``{"path", "after", "record"}``; ``after`` is the sha256 of the file that we wrote, by which it is found again under any
name. Lines are only ever added.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from .data import Data, TagError, digest
from .file import undo
from .place import Care
from .record import Record

__all__ = ["Journal"]

_HEAD = b'{"musiclassify": "journal of tags", "version": 1}\n'


class Journal:
    """A journal, open for reading and adding.

    Parameters
    ----------
    path : path
    new : bool
        Whether one is begun where there is none.

    Raises
    ------
    TagError
        The file is something else, or cannot be read or written.
    """

    def __init__(self, path: str | os.PathLike[str], *, new: bool = True) -> None:
        self.path = Path(path)
        self._lines: list[tuple[str, str, Record]] = []
        try:
            if not self.path.exists() and new:
                with self.path.open("xb") as file:
                    file.write(_HEAD)
            content = self.path.read_bytes() if self.path.is_file() else b""
        except OSError as error:
            raise TagError(path, f"cannot be a journal ({error.strerror or error})", "name another file") from error
        if not content.startswith(_HEAD):
            raise TagError(path, "is not a journal of tags", "name a new file, or one that `tags write` made")
        for line in content[len(_HEAD) :].splitlines(keepends=True):
            self._learn(line)
        self._whole = content.endswith(b"\n")

    @property
    def paths(self) -> list[str]:
        """The files that were written, in the order of their first line."""
        return list(dict.fromkeys(path for path, _, _ in self._lines))

    def keep(self, path: Path, record: Record, after: str) -> None:
        """Add a line; it is on the disk when this returns. See `file.write`."""
        line = json.dumps({"path": str(path), "after": after, "record": json.loads(record.text())}) + "\n"
        try:
            with self.path.open("ab") as file:
                file.write(b"\n" * (not self._whole) + line.encode("utf-8", "surrogateescape"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise TagError(self.path, f"cannot be written ({error.strerror or error})", "check the disk") from error
        self._whole = True
        self._lines.append((str(path), after, record))

    def find(self, path: str | os.PathLike[str]) -> Record | None:
        """Give what undoes a file's last line: by its content, or by its name where somebody else has changed it."""
        found = self._find(Path(path).resolve(), len(self._lines))
        return self._lines[found][2] if found is not None else None

    def undo(self, path: str | os.PathLike[str], care: Care | None = None) -> bool:
        """Make a file what it was before the first line about it; False where there is nothing to undo.

        Raises
        ------
        TagError
        """
        path, done, below = Path(path).resolve(), False, len(self._lines)
        while (found := self._find(path, below)) is not None:
            if not undo(path, care=care, record=self._lines[found][2]):
                return done
            done, below = True, found
        return done

    def _find(self, path: Path, below: int) -> int | None:
        """Find the last line before the line ``below`` that tells what a file was."""
        try:
            with path.open("rb") as file:
                now = digest(Data(path, file).blocks())
        except OSError as error:
            raise TagError(path, f"cannot be read ({error.strerror or error})", "check its name") from error
        for i in reversed(range(below)):
            if self._lines[i][1] == now:
                return i
        if below < len(self._lines) or any(record.sha256 == now for _, _, record in self._lines):
            return None  # it is what it was
        return next((i for i in reversed(range(below)) if self._lines[i][0] == str(path)), None)

    def _learn(self, line: bytes) -> None:
        try:
            found = json.loads(line)
            record = Record.parse([json.dumps(found["record"])])
            if record is not None and line.endswith(b"\n"):
                self._lines.append((str(found["path"]), str(found["after"]), record))
        except (ValueError, KeyError, TypeError):
            return
