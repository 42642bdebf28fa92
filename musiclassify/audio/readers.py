"""What every reader of sound does; those over libsndfile and FFmpeg are in `soundfiles` and `ffmpeg`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .errors import AudioError, DecodeError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["BROKEN", "MAX_RATE", "MIN_RATE", "LostError", "Reader", "one_line", "refusal"]

MIN_RATE, MAX_RATE = 1_000, 1_000_000
"""Sample rates (Hz) outside these limits are taken for a broken header."""

BROKEN = (OSError, ValueError)
"""What reading a damaged or unreadable file raises (the libraries' own errors are turned into ValueError)."""


class LostError(Exception):
    """A piece of a sound cannot be had as decoding from the beginning would give it."""


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

    def exact_frames(self) -> int | None:
        """Give the length that `blocks` would have; None where only decoding tells, or `piece` would be wrong.

        To be asked before the first `piece`; there are no `blocks` after it.
        """
        return None

    def piece(self, first: int, last: int) -> np.ndarray:
        """Read the samples from the first to the last-plus-one, float32 [last - first, channels].

        They are those of `blocks`: the very same, or where coding has a memory of what was before, within what
        the format allows.

        Raises
        ------
        LostError
        """
        raise LostError


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
