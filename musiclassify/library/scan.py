"""Bring a library up to date with folders of music.

Of each file size and time are compared first; where they differ the sha256 of the file, then that of its sound. Only a
sound that the model has not heard yet is heard. A file that came where another one with its sound has gone is that
file, moved. What is gone is marked, never deleted; below a folder that cannot be read nothing is.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from musiclassify.audio.walk import walk

from .hearing import Heard, Hearing, look_at, sound_of
from .store import Known, Library, Look

__all__ = ["CONSTANT", "Report", "Scan"]

CONSTANT = 100
"""Songs that need no hearing and are kept in one transaction."""


@dataclass
class Report:
    """What a scan found.

    Attributes
    ----------
    counts : Counter
        Of files: ``new``, ``changed``, ``tagged_anew`` (the sound is the same), ``moved``, ``back`` (they had been
        gone), ``removed``, ``unchanged``; of them ``heard``. Of all that are there: ``songs``, ``without_answer``,
        ``by_another_model``.
    problems : list of (str, str)
        Files and folders that could not be looked at, and why.
    fresh : list of str
        Files whose sound is new or another one than before.
    waiting : list of str
        Files that were left for later: they may still be written.
    """

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[str, str]] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


@dataclass
class _Found:
    """What lies below the folders."""

    sounds: list[str] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


class Scan:
    """One scan of folders into a library that is open for writing.

    Parameters
    ----------
    library : Library
    hearing : Hearing
        See `hearing.hearing`.
    digest : str
        sha256 of the model's graph.
    again : bool
        Hear also what another model has heard.
    retry : bool
        Hear also what had no answer.
    allow_empty : bool
        Take a folder without any sound for what it is, though songs are known below it.
    settle_s : float
        Leave files for later that changed in the last so many seconds.
    progress : callable, optional
        ``progress(done, total)`` after each file that is new or changed.
    """

    def __init__(
        self,
        library: Library,
        hearing: Hearing,
        digest: str,
        *,
        again: bool = False,
        retry: bool = False,
        allow_empty: bool = False,
        settle_s: float = 0.0,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.library, self.hearing, self.digest = library, hearing, digest
        self.again, self.retry, self.allow_empty = again, retry, allow_empty
        self.settle_s = settle_s
        self.report = Report()
        self._progress = progress or (lambda done, total: None)
        self._known: dict[bytes, Known] = {}
        self._missing: dict[int, Known] = {}
        self._missing_by_answer: dict[int, list[Known]] = {}
        self._pending: list[Callable[[], None]] = []
        self._total = self._done = 0

    def run(self, paths: Iterable[str]) -> Report:
        """Scan files and folders; whatever stops it, the next scan goes on from there."""
        self._known = self.library.known()
        found = self._find(paths)
        there = set(map(os.fsencode, found.sounds))
        missing = [row for key, row in self._known.items() if key not in there and _is_open(row, found)]
        gone = {row.id for row in missing if any(_is_below(row.path, root) for root in found.roots)}
        # A file that stood in a folder that is not scanned now may have been moved here, yet its disk may just be away.
        moved = [row for row in missing if row.id in gone or not os.path.lexists(row.path)]
        return self._bring_up_to_date(found.sounds, moved, gone)

    def update(self, paths: Iterable[str]) -> Report:
        """Look at single files that came, changed or went (also with their folder), at nothing else.

        They are taken as they are, however short ago they changed.
        """
        self.settle_s = 0.0
        self._known = self.library.known()
        asked = sorted(set(map(os.path.abspath, paths)))
        there = [path for path in asked if os.path.isfile(path)]
        lost = {os.fsencode(path) for path in asked if not os.path.lexists(path)}
        missing = [row for key, row in self._known.items() if row.removed or not lost.isdisjoint(_chain(key))]
        return self._bring_up_to_date(there, missing, {row.id for row in missing})

    def _bring_up_to_date(self, sounds: list[str], missing: list[Known], gone: set[int]) -> Report:
        """Look at what is there, find it again if it was moved; mark what is gone and was found nowhere."""
        self._missing = {row.id: row for row in missing}
        self._missing_by_answer = defaultdict(list)
        for row in missing:
            if row.answer is not None:
                self._missing_by_answer[row.answer].append(row)
        self._look_and_hear(self._to_do(sounds))
        self._finish([id_ for id_, row in self._missing.items() if id_ in gone and not row.removed])
        self._count(sounds)
        return self.report

    # --- what is there

    def _find(self, paths: Iterable[str]) -> _Found:
        found, sounds = _Found(), dict[str, None]()
        for path in map(os.path.abspath, paths):
            if not os.path.isdir(path):
                if os.path.exists(path):
                    sounds[path] = None
                else:
                    self.report.problems.append((path, "does not exist; check the name, or mount its disk"))
                continue
            below = walk(path)
            sounds |= dict.fromkeys(map(str, below.sounds))
            for error in below.unreadable:
                self.report.problems.append((error.path, f"{error.reason}; {error.advice}"))
                found.closed.append(error.path)
            if below.sounds or below.unreadable or self.allow_empty:
                found.roots.append(path)
            else:
                self._say_empty(path)
        found.sounds = sorted(sounds)
        return found

    def _say_empty(self, path: str) -> None:
        count = sum(_is_below(row.path, path) and not row.removed for row in self._known.values())
        advice = f"{count} songs are known below it: mount its disk, or say that they are gone with --allow-empty"
        advice = advice if count else "name a folder with music"
        self.report.problems.append((path, f"holds no sound files; {advice}"))

    def _to_do(self, sounds: list[str]) -> list[str]:
        """Name the files that must be looked at; those that stayed the same are counted."""
        todo, back = [], []
        for path in sounds:
            row = self._known.get(os.fsencode(path))
            try:
                state = os.stat(path)
            except OSError:
                todo.append(path)
                continue
            if self.settle_s and 0 <= time.time() - state.st_mtime < self.settle_s:
                self.report.waiting.append(path)
                continue
            same = row is not None and (row.size, row.mtime_ns) == (state.st_size, state.st_mtime_ns)
            if row is None or not same or row.problem or self._is_wanted(row):
                todo.append(path)
            elif row.removed:
                back.append(row)
            else:
                self.report.counts["unchanged"] += 1
        if back:
            with self.library.change():
                for row in back:
                    self.library.mark_seen(row.id, row.size, row.mtime_ns)
            self.report.counts["back"] += len(back)
        self._total = len(todo)
        return todo

    def _is_wanted(self, row: Known) -> bool:
        """Whether a song that stayed the same is to be heard all the same."""
        if row.answer is None:
            return True
        return (self.again and row.digest != self.digest) or (self.retry and row.status != "ok")

    # --- what is new

    def _look_and_hear(self, todo: list[str]) -> None:
        later: list[Look] = []
        with contextlib.closing(self.hearing(self._unknown(todo, later))) as heard:
            for one in heard:
                self._take(one)
        with contextlib.closing(self.hearing(look for look in later if not self._take_known(look))) as heard:
            for one in heard:
                self._take(one)
        self._flush()

    def _unknown(self, todo: list[str], later: list[Look]) -> Iterator[Look]:
        """Look at files; keep those whose sound is known, give the others to be heard, none of them twice."""
        hearing: set[bytes] = set()
        for path in todo:
            try:
                look = look_at(path)
            except OSError as error:
                self._take_problem(path, error)
                continue
            if self._take_known(look):
                continue
            if look.content in hearing:
                later.append(look)
                continue
            hearing.add(look.content)
            yield look

    def _take_known(self, look: Look) -> bool:
        """Keep a file whose sound has been heard before; False where it has not."""
        row = self._known.get(os.fsencode(look.path))
        if self.retry and row is not None and row.status != "ok":
            return False
        answer = self.library.answer_to(content=look.content, digest=self.digest)
        if answer is None and not self.again:
            answer = self.library.answer_to(content=look.content)
        if answer is None and (self._missing or (row is not None and row.status == "ok")):
            sound = sound_of(look.path)
            if sound is not None:
                answer = self.library.answer_to(sound=sound, digest=self.digest)
                if answer is None and not self.again:
                    answer = self.library.answer_to(sound=sound)
        if answer is None:
            return False
        self._pending.append(self._kept(look, answer))
        self._step()
        if len(self._pending) >= CONSTANT:
            self._flush()
        return True

    def _take(self, heard: Heard) -> None:
        """Keep what was heard, at once: it was expensive."""
        if heard.changed:
            self.report.problems.append((heard.look.path, "changed while it was heard; scan again"))
            self._step()
            return
        self._flush()
        with self.library.change():
            answer = self.library.keep_answer(heard.sound, self.digest, heard.answer)
            self._kept(heard.look, answer)()
        self.report.counts["heard"] += 1
        self._step()

    def _take_problem(self, path: str, error: OSError) -> None:
        problem = f"cannot be read ({error.strerror or error}); check its permissions, or where a link leads"
        self.report.problems.append((path, problem))
        row = self._known.get(os.fsencode(path))
        if row is None:
            self._pending.append(lambda: self.library.keep_song(Look(path, 0, 0), None, problem=problem))
        else:
            self._pending.append(lambda: self.library.mark_problem(row.id, problem))
        self._step()

    def _kept(self, look: Look, answer: int) -> Callable[[], None]:
        """Find the row of a song (of its path, of a file that was moved here, a new one), count it, give the deed."""
        row, counts = self._known.get(os.fsencode(look.path)), self.report.counts
        if row is None:
            row = self._moved(look, answer)
            counts["new" if row is None else "moved"] += 1
        elif row.removed:
            counts["back"] += 1
        elif row.content == look.content:
            counts["unchanged"] += 1
        else:
            counts["tagged_anew" if row.answer == answer else "changed"] += 1
        if row is None or not (row.removed or row.content == look.content or row.answer == answer):
            self.report.fresh.append(look.path)
        return lambda: self.library.keep_song(look, answer, row=row.id if row else None)

    def _moved(self, look: Look, answer: int) -> Known | None:
        """Find the file that stood elsewhere before: the one with the same content, else one with the same sound."""
        rows = [row for row in self._missing_by_answer.get(answer, ()) if row.id in self._missing]
        if not rows:
            return None
        return self._missing.pop(min(rows, key=lambda row: (row.content != look.content, row.path)).id)

    def _step(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)

    def _flush(self) -> None:
        if self._pending:
            with self.library.change():
                for keep in self._pending:
                    keep()
            self._pending.clear()

    def _finish(self, gone: list[int]) -> None:
        if gone or self._done:
            with self.library.change():
                self.library.mark_removed(gone)
                self.library.forget_answers()
        self.report.counts["removed"] = len(gone)

    def _count(self, sounds: list[str]) -> None:
        """Count what stands in the library of the files that are there."""
        known = self.library.known()
        rows = [known[key] for path in sounds if (key := os.fsencode(path)) in known]
        counts = self.report.counts
        counts["songs"] = len(rows)
        counts["without_answer"] = sum(bool(row.problem) or row.status != "ok" for row in rows)
        counts["by_another_model"] = sum(row.digest not in (None, self.digest) for row in rows)


def _is_open(row: Known, found: _Found) -> bool:
    """Whether a song does not lie below a folder that could not be read."""
    return not any(_is_below(row.path, folder) for folder in found.closed)


def _chain(path: bytes) -> Iterator[bytes]:
    """A path and all folders above it."""
    while True:
        yield path
        above = os.path.dirname(path)
        if above == path:
            return
        path = above


def _is_below(path: bytes, folder: str) -> bool:
    key = os.fsencode(folder)
    return path == key or path.startswith(key.rstrip(os.fsencode(os.sep)) + os.fsencode(os.sep))
