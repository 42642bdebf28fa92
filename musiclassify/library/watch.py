"""Follow folders: what comes is heard when it has come whole, what goes is marked.

A file is whole when its size and time have stayed the same for a while and it opens; one that does not open is given
more time, then it is taken for what it is. Events only say where to look: what is known stands in the library, so that
a watch that was stopped, or missed something, makes up for it with its next scan.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from musiclassify.audio.decode import probe
from musiclassify.audio.errors import AudioError
from musiclassify.audio.walk import EXTENSIONS, walk

from .scan import Report, Scan

__all__ = ["BATCH", "RESCAN_S", "Settling", "Watch"]

BATCH = 200
"""Files that are brought into the library at a time, before it is looked what else came."""
RESCAN_S = 3600.0
"""How often everything is looked at, lest an event was lost."""

_NEVER = (-1, -1)


@dataclass
class _Seen:
    state: tuple[int, int] | None
    since: float


class Settling:
    """Files that something happened to, until nothing does any more.

    Parameters
    ----------
    settle_s : float
        Seconds that a file must stay the same.
    patience_s : float
        The same for one that does not open.
    clock : callable
        Seconds, never going back.
    opens : callable, optional
        Whether a file is a sound as far as its head tells.
    """

    def __init__(
        self,
        settle_s: float,
        patience_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        opens: Callable[[str], bool] | None = None,
    ) -> None:
        self._settle_s, self._patience_s, self._clock = settle_s, patience_s, clock
        self._opens = opens or _opens
        self._seen: dict[str, _Seen] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def touch(self, path: str) -> None:
        """Something happened to a file: it came, changed or went."""
        self._seen.setdefault(path, _Seen(_NEVER, self._clock()))

    def ready(self, most: int = BATCH) -> list[str]:
        """Take out the files that are whole, or gone, at most so many."""
        found: list[str] = []
        now = self._clock()
        for path, seen in list(self._seen.items()):
            state = _state(path)
            if state != seen.state:
                seen.state, seen.since = state, now
            still_s = now - seen.since
            if still_s < self._settle_s or len(found) == most:
                continue
            if state is None or still_s >= self._patience_s or self._opens(path):
                del self._seen[path]
                found.append(path)
        return found


class Watch:
    """Bring what happens below folders into a library.

    Parameters
    ----------
    roots : iterable of str
        The folders.
    scan : callable
        Gives a new `Scan` of the library.
    settling : Settling
    told : callable
        Takes the report of each look at something.
    clock : callable
    """

    def __init__(
        self,
        roots: Iterable[str],
        scan: Callable[[], Scan],
        settling: Settling,
        told: Callable[[Report], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.roots = [os.path.abspath(root) for root in roots]
        self._scan, self._settling, self._told, self._clock = scan, settling, told, clock
        self._scanned = float("-inf")
        self._absent: set[str] = set()

    def step(self, events: Iterable[str]) -> None:
        """Take in the paths that something happened to; bring into the library what is ready.

        To be called now and then without any, too.
        """
        there = [root for root in self.roots if os.path.isdir(root)]
        back = self._absent & set(there)
        self._absent = set(self.roots) - set(there)
        if back or self._clock() - self._scanned >= RESCAN_S:
            self._scanned = self._clock()
            report = self._scan().run(there)
            for path in report.waiting:
                self._settling.touch(path)
            self._told(report)
        for path in events:
            for sound in self._sounds(path):
                self._settling.touch(sound)
        while batch := self._settling.ready():
            # A disk that went takes no song away.
            kept = [path for path in batch if self._root_of(path) not in self._absent]
            if kept:
                self._told(self._scan().update(kept))

    def _sounds(self, path: str) -> Iterator[str]:
        """The files that an event speaks of: a folder that came stands for what lies in it."""
        root = self._root_of(path)
        if root is None or any(part.startswith(".") for part in os.path.relpath(path, root).split(os.sep)):
            return
        if os.path.isdir(path):
            yield from map(str, walk(path).sounds)
        elif not os.path.lexists(path) or os.path.splitext(path)[1].lower() in EXTENSIONS:
            yield path

    def _root_of(self, path: str) -> str | None:
        return next((root for root in self.roots if path.startswith(root.rstrip(os.sep) + os.sep)), None)


def _state(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _opens(path: str) -> bool:
    try:
        return probe(path).duration_s > 0
    except (AudioError, OSError):
        return False
