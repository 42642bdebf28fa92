"""Answers of many files: what a scan does not know yet is looked at, heard, and given back, song by song.

This is the part that may run elsewhere: a `Look` goes out, a `Heard` comes back, and both can be pickled. Nothing here
knows the database.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace

from musiclassify.audio.decode import probe
from musiclassify.audio.errors import AudioError
from musiclassify.released.song import Answer, Model
from musiclassify.tags import TagError, current, sound_digest

from .store import Look

__all__ = ["Heard", "Hearing", "hear_many", "hearing", "look_at", "sound_of"]

Hearing = Callable[[Iterable[Look]], Generator["Heard", None, None]]
"""How a scan has songs heard: looks in, what was heard out, in any order; looks are taken only as they are needed."""


@dataclass(frozen=True)
class Heard:
    """What one model heard in one file.

    Attributes
    ----------
    look : Look
        The file as it was before.
    sound : bytes
        sha256 of its coded sound, independent of tags; of the file where there is none.
    answer : Answer
        With embedding and moods, without excerpts.
    changed : bool
        The file is another one by now: the answer may be of neither.
    """

    look: Look
    sound: bytes
    answer: Answer
    changed: bool = False


def look_at(path: str) -> Look:
    """Look at a file: size, time, digest, tags.

    Raises
    ------
    OSError
        It cannot be read.
    """
    with open(path, "rb") as file:
        state = os.fstat(file.fileno())
        content = hashlib.file_digest(file, "sha256").digest()
    try:
        tags = current(path)
    except (TagError, ValueError, IndexError, KeyError, struct.error, OSError):  # what is odd in tags costs no song
        return Look(path, state.st_size, state.st_mtime_ns, content)
    return Look(path, state.st_size, state.st_mtime_ns, content, tags.title, tags.artist, tags.genre)


def sound_of(path: str) -> bytes | None:
    """Give the sha256 of a file's coded sound, with its coding, rate and channels; None where there is none.

    It is made in this process by FFmpeg's demuxers, so ask for files that could be decoded before.
    """
    try:
        info = probe(path)
        text = f"{info.codec} {info.sample_rate} {info.channels} {sound_digest(path)}"
    except (AudioError, OSError):
        return None
    return hashlib.sha256(text.encode()).digest()


def hear_many(model: Model, looks: Iterable[Look], *, jobs: int = 2) -> Generator[Heard, None, None]:
    """Hear files, several at once; in their order.

    Parameters
    ----------
    model : Model
    looks : iterable of Look
        Taken only as fast as they are worked off.
    jobs : int
        Files that are heard at once.
    """
    waiting: deque[Look] = deque()

    def paths() -> Iterator[str]:
        for look in looks:
            waiting.append(look)
            yield look.path

    with contextlib.closing(model.classify_many(paths(), jobs=jobs)) as answers:
        for answer in answers:
            yield _heard(waiting.popleft(), answer)


def hearing(load: Callable[[], Model], *, jobs: int = 2) -> Hearing:
    """Have songs heard in this process by a model that is loaded when there is a first one."""

    def hear(looks: Iterable[Look]) -> Generator[Heard, None, None]:
        rest = iter(looks)
        first = next(rest, None)
        if first is not None:
            yield from hear_many(load(), _chained(first, rest), jobs=jobs)

    return hear


def _chained(first: Look, rest: Iterator[Look]) -> Iterator[Look]:
    yield first
    yield from rest


def _heard(look: Look, answer: Answer) -> Heard:
    sound = None if answer.status == "error" else sound_of(look.path)
    try:
        state = os.stat(look.path)
        changed = (state.st_size, state.st_mtime_ns) != (look.size, look.mtime_ns)
    except OSError:
        changed = True
    return Heard(look, sound or look.content, replace(answer, excerpts=[]), changed)
