"""What every reader of sound does, and the one over libsndfile."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import soundfile as sf

from .errors import AudioError, DecodeError

__all__ = ["BROKEN", "MAX_RATE", "MIN_RATE", "Reader", "SoundFileReader", "one_line", "refusal"]

MIN_RATE, MAX_RATE = 1_000, 1_000_000
"""Sample rates (Hz) outside these limits are taken for a broken header."""

BROKEN = (OSError, ValueError, sf.SoundFileError)
"""What reading a damaged or unreadable file raises (FFmpeg's own errors are turned into ValueError)."""


class Reader:
    """A sound that is open for reading.

    Attributes
    ----------
    sample_rate : int
        Hz.
    channels : int
    codec : str
        Container and coding, such as ``"ogg/vorbis"``.
    frames : int or None
        Length that the header declares, in samples per channel; None where it declares none.
    declared : int or None
        The same where it can be relied upon: what is missing then is damage. Also of a file that was cut off.
    damaged : int
        Places that could not be decoded and were passed over, so far.
    broken : str
        Why blocks ended before the sound did; empty where they did not.
    """

    sample_rate: int
    channels: int
    codec: str
    frames: int | None
    declared: int | None

    def __init__(self, name: str) -> None:
        self._name = name
        self.damaged = 0
        self.broken = ""

    def blocks(self, frames: int) -> Iterator[np.ndarray]:
        """Yield float32 [m, channels], m about ``frames``, until the end of the sound.

        A sound that breaks off is given as far as it goes, as a player would.

        Raises
        ------
        DecodeError
            Nothing can be decoded.
        """
        blocks, begun = self._blocks(frames), False
        while True:
            try:
                block = next(blocks, None)
            except BROKEN as error:
                if begun:
                    self.broken = one_line(error)
                    return
                raise refusal(self._name, error) from error
            if block is None:
                return
            begun = True
            yield block

    def _blocks(self, frames: int) -> Iterator[np.ndarray]:
        raise NotImplementedError


class SoundFileReader(Reader):
    """A sound that libsndfile reads.

    Parameters
    ----------
    name : str
    file : SoundFile
    share : float
        How much of the file is there, above 0 to 1: libsndfile declares only what is there.
    """

    def __init__(self, name: str, file: sf.SoundFile, share: float) -> None:
        super().__init__(name)
        self._file = file
        self.sample_rate, self.channels = file.samplerate, file.channels
        self.codec = f"{file.format}/{file.subtype}".lower()
        self.frames = file.frames if 0 <= file.frames < 2**62 else None
        self.declared = None if self.frames is None else round(self.frames / share)

    def _blocks(self, frames: int) -> Iterator[np.ndarray]:
        whole = self._file.subtype == "PCM_16"  # to floats by numpy: the same bits, ten times as fast
        while True:
            block = self._file.read(frames, dtype="int16" if whole else "float32", always_2d=True)
            if whole:
                block = block.astype(np.float32)
                block *= np.float32(2**-15)
            if len(block):
                yield block
            if len(block) < frames:
                return


def refusal(name: str, error: Exception) -> AudioError:
    """Say in our words why a sound cannot be had."""
    if isinstance(error, AudioError):
        return error
    if isinstance(error, FileNotFoundError):
        return DecodeError(name, "does not exist", "check the name (a link may point nowhere)")
    if isinstance(error, PermissionError):
        return DecodeError(name, "may not be read", "change its permissions")
    return DecodeError(name, f"cannot be decoded ({one_line(error)})")


def one_line(error: BaseException) -> str:
    """Give the text of an error on one line."""
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split()) or type(error).__name__
