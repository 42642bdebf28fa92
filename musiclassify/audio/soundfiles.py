"""Read sound through libsndfile: wav, aiff, au, flac, Ogg and more."""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator
from typing import IO

import numpy as np
import soundfile as sf

from .readers import LostError, Reader, one_line
from .view import View
from .vorbis import VorbisPieces, open_pieces

__all__ = ["open_soundfile"]

_PLACED = ("PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "VORBIS")
"""Codings of which libsndfile finds any sample exactly."""


def _share(head: bytes, size: int) -> float:
    """Give how much of a wav, aiff or au file is there, by the length in its first bytes."""
    if head[:4] in (b"RIFF", b"FORM"):
        declared = 8 + int.from_bytes(head[4:8], "little" if head[:4] == b"RIFF" else "big")
    elif head[:4] == b".snd" and len(head) == 12:
        declared = sum(struct.unpack(">II", head[4:]))
    else:
        return 1.0
    return size / declared if size < declared < 0x7FFF_0000 else 1.0


def open_soundfile(
    file: IO[bytes] | View, stack: contextlib.ExitStack, name: str, head: bytes, size: int
) -> Reader | None:
    """Open a sound; None where libsndfile cannot, or FFmpeg does it better.

    Parameters
    ----------
    file : binary file object
    stack : ExitStack
        Closes what is opened here.
    name : str
    head : bytes
        The first of the file.
    size : int
        Bytes in it.
    """
    share = _share(head, size)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    target: object = file if isinstance(file, View) else View(file, [(0, size)])
    if not isinstance(file, View):
        with contextlib.suppress(OSError, AttributeError):
            target = file.fileno()  # libsndfile reads a real file itself, which is faster
            os.lseek(target, 0, os.SEEK_SET)
    try:
        opened = stack.enter_context(sf.SoundFile(target, closefd=False))
    except sf.SoundFileError:
        opened = None
    # mp3 goes to FFmpeg: libsndfile gives up at the first damaged frame and complains on stderr
    if opened is not None and opened.format != "MP3":
        return _SoundFileReader(name, opened, share, file)
    file.seek(0, os.SEEK_END)  # away from where libsndfile left the file: Python would not notice
    return None


class _SoundFileReader(Reader):
    """A sound that libsndfile reads.

    Parameters
    ----------
    name : str
    file : SoundFile
    share : float
        How much of the file is there, above 0 to 1: libsndfile declares only what is there.
    raw : binary file object
        What the sound is read from.
    """

    def __init__(self, name: str, file: sf.SoundFile, share: float, raw: IO[bytes] | View) -> None:
        super().__init__(name)
        self._file, self._raw = file, raw
        self._vorbis: VorbisPieces | None = None
        self.sample_rate, self.channels = file.samplerate, file.channels
        self.codec = f"{file.format}/{file.subtype}".lower()
        self.frames = file.frames if 0 <= file.frames < 2**62 else None
        self.declared = None if self.frames is None else round(self.frames / share)

    def _blocks(self, frames: int) -> Iterator[np.ndarray]:
        while True:
            try:
                block = self._read(frames)
            except sf.SoundFileError as error:
                raise ValueError(one_line(error)) from error
            if len(block):
                yield block
            if len(block) < frames:
                return

    def _read(self, frames: int) -> np.ndarray:
        if self._file.subtype != "PCM_16":
            return self._file.read(frames, dtype="float32", always_2d=True)
        block = self._file.read(
            frames, dtype="int16", always_2d=True
        )  # to floats by numpy: same bits, ten times as fast
        block = block.astype(np.float32)
        block *= np.float32(2**-15)
        return block

    def exact_frames(self) -> int | None:
        """Give the length, if its end is there."""
        if not self.frames or self._file.subtype not in _PLACED or not self._file.seekable():
            return None
        if self._file.subtype == "VORBIS":
            self._vorbis = open_pieces(self._raw, self.frames)
            if self._vorbis is None:
                return None
        try:
            self.piece(max(0, self.frames - self.sample_rate // 4), self.frames)
        except LostError:
            return None
        return self.frames

    def piece(self, first: int, last: int) -> np.ndarray:
        """Read the samples from the first to the last-plus-one."""
        if self._vorbis is not None:
            return self._vorbis.read(first, last)
        try:
            if self._file.seek(first) != first:
                raise LostError
            block = self._read(last - first)
        except sf.SoundFileError as error:
            raise LostError from error
        if len(block) < last - first:
            raise LostError
        return block
