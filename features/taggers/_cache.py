"""What a network said of a segment before, kept by content.

``MUSICLASSIFY_TAGGER_CACHE`` names a folder (none: nothing is kept). A file there, ``<sha256>.npy``, is what one
network said of one segment: float32 [statistics]. Its name is the hash of the network's own hash, the length and the
samples, so the same sound is found again whatever it is called and wherever it was cut from. Files appear whole.
There are at most `MOST`; when there are more, the oldest tenth is removed.

A network may round the last bit otherwise when it is asked about fewer segments at once; who wants the same bytes in
every run leaves the cache off.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

__all__ = ["VARIABLE", "Cache", "from_environment"]

VARIABLE = "MUSICLASSIFY_TAGGER_CACHE"
MOST = 200_000
"""Files: some 1.4 GB of the networks here."""


def from_environment() -> Cache | None:
    """The cache that the environment asks for."""
    folder = os.environ.get(VARIABLE)
    return Cache(Path(folder)) if folder else None


class Cache:
    """Statistics of segments by content.

    Parameters
    ----------
    folder : path
        Made if need be.
    most : int
        Files that are kept at most.
    """

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self.folder, self._most = folder, most
        folder.mkdir(parents=True, exist_ok=True)
        self._count = sum(1 for _ in folder.glob("*.npy"))

    def of(self, network: str, segments: np.ndarray, ask: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Give what is known of segments [K, samples], and ask for the others together; float32 [K, statistics]."""
        paths = [self.folder / f"{_key(network, row)}.npy" for row in segments]
        known = [_read(path) for path in paths]
        missing = [k for k, row in enumerate(known) if row is None]
        if missing:
            for k, row in zip(missing, ask(np.ascontiguousarray(segments[missing])), strict=True):
                known[k] = row
                self._keep(paths[k], row)
        return np.stack(known)

    def _keep(self, path: Path, row: np.ndarray) -> None:
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as file:
            np.save(file, row)
        os.replace(file.name, path)
        self._count += 1
        if self._count > self._most:
            self._sweep()

    def _sweep(self) -> None:
        """Remove the oldest; another process may be doing the same."""
        ages = []
        for path in self.folder.glob("*.npy"):
            with contextlib.suppress(FileNotFoundError):
                ages.append((path.stat().st_mtime_ns, path))
        ages.sort()
        for _, path in ages[: max(0, len(ages) - self._most) + self._most // 10]:
            path.unlink(missing_ok=True)
        self._count = sum(1 for _ in self.folder.glob("*.npy"))


def _key(network: str, samples: np.ndarray) -> str:
    digest = hashlib.sha256(f"{network}:{samples.dtype.str}:{len(samples)}:".encode())
    digest.update(np.ascontiguousarray(samples).data)
    return digest.hexdigest()


def _read(path: Path) -> np.ndarray | None:
    """A kept row; None where there is none, or one that cannot be read."""
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
