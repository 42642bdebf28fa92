"""Open any sound, whatever it is called: libsndfile first, FFmpeg (PyAV) for mp3 and what that cannot open.

A reader yields blocks of float32 [frames, channels] at the sound's own rate, once, from its start.
The kind of a file is found from its content, never from its extension. FFmpeg sees only the bytes of the
file itself (no playlists, no other files, no network), and none of its pictures (see `bare`). All links of a
chained Ogg file are read, at the rate and the channels of the first. Where mp3 begins and ends, see `mp3`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from itertools import chain
from typing import IO

import numpy as np

from .bare import bare
from .errors import AudioError, DecodeError, EmptyAudioError
from .ffmpeg import open_av
from .ogg_pages import links
from .readers import BROKEN, MAX_RATE, MIN_RATE, Reader, refusal
from .source import Source, name_of, open_source
from .steady import Steady
from .view import View

__all__ = ["Reader", "Source", "name_of", "open_reader"]


@contextlib.contextmanager
def open_reader(source: Source) -> Iterator[Reader]:
    """Open a sound by its content.

    Parameters
    ----------
    source : path or binary file object
        A file object that can be rewound is read from its beginning; one that cannot (a pipe) is first
        copied to a temporary file. It is left open.

    Raises
    ------
    EmptyAudioError
        The file has no bytes.
    DecodeError
        Whatever else is in the way; also while blocks are read.
    """
    name = name_of(source)
    with contextlib.ExitStack() as stack:
        try:
            file = open_source(source, stack)
            size = file.seek(0, os.SEEK_END)
            if size == 0:
                raise EmptyAudioError(name, "is empty (0 bytes)")
            reader = _open_chain(file, size, name, stack) or _open(file, size, name, stack)
        except BROKEN as error:
            raise refusal(name, error) from error
        yield reader


def _open(file: IO[bytes] | View, size: int, name: str, stack: contextlib.ExitStack) -> Reader:
    view, mp3 = bare(file, size)
    shown = view or View(file, [(0, size)])
    head = shown.read(12)
    reader = None
    if not (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        from .soundfiles import open_soundfile  # mp3 does without

        reader = open_soundfile(view or file, stack, name, head, size)
    if reader is None:
        shown.seek(0)
        reader = open_av(shown, stack, name, mp3)
    if not MIN_RATE <= reader.sample_rate <= MAX_RATE:
        raise DecodeError(name, f"declares a sample rate of {reader.sample_rate} Hz")
    return reader


def _open_chain(file: IO[bytes], size: int, name: str, stack: contextlib.ExitStack) -> Reader | None:
    """Open an Ogg file of several links; None for anything else."""
    file.seek(0)
    if file.read(4) != b"OggS":
        return None
    parts = links(file, size)
    first = next(parts)
    return None if first[1] == size else _ChainReader(name, file, chain([first], parts), stack)


class _ChainReader(Reader):
    def __init__(
        self, name: str, file: IO[bytes], parts: Iterator[tuple[int, int]], stack: contextlib.ExitStack
    ) -> None:
        super().__init__(name)
        self._file, self._parts = file, parts
        self._stack = stack.enter_context(contextlib.ExitStack())
        first = self._next()
        if first is None:
            raise ValueError("no stream in it can be")
        self._reader: Reader | None = first
        self.sample_rate, self.channels, self.codec = first.sample_rate, first.channels, first.codec
        self.frames = self.declared = None

    def _next(self) -> Reader | None:
        """Open the next link that can be opened."""
        for start, end in self._parts:
            self._stack.close()
            try:
                return _open(View(self._file, [(start, end)]), end - start, self._name, self._stack)
            except BROKEN:
                self.damaged += 1
        return None

    def _blocks(self, frames: int) -> Iterator[np.ndarray]:
        steady = Steady(self.sample_rate, self.channels)
        while self._reader is not None:
            rate = self._reader.sample_rate
            try:
                for block in self._reader.blocks(max(1, round(frames * rate / self.sample_rate))):
                    yield from steady.feed(block, rate)
            except AudioError:
                self.damaged += 1
            self.damaged += self._reader.damaged + bool(self._reader.broken)
            self._reader = self._next()
        yield from steady.end()
