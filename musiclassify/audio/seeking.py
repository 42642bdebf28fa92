"""Read a sound only where it is wanted: pieces at any place, as `decode.stream` would give them.

Nothing is guessed. A sound whose pieces cannot be had exactly (a pipe, a container that tells no places, damage) has no
`Seeker`, and is to be decoded from its beginning. Where wav, aiff, au, flac and Ogg Vorbis have the rate that is
wanted, pieces are the very samples; resampled they differ by the rounding of the resampler (under 1e-6), and of mp3 by
nothing more, since its decoder forgets what was before within a few packets. Of aac the same holds but for the noise
that a coder leaves to the decoder's dice.
"""

from __future__ import annotations

import contextlib
import math
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .decode import SAMPLE_RATE, checked_mean
from .heard import Heard
from .readers import LostError, Reader
from .source import Source, name_of

__all__ = ["LostError", "Seeker", "seeker"]


class Seeker:
    """A sound of which any piece can be read.

    Parameters
    ----------
    name : str
    reader : Reader
    frames : int
        Its length, exactly.
    sample_rate : int
        Hz of the samples that are given out.

    Attributes
    ----------
    samples : int
        Length at ``sample_rate``.
    """

    def __init__(self, name: str, reader: Reader, frames: int, sample_rate: int) -> None:
        self._name, self._reader, self._frames, self._rate = name, reader, frames, sample_rate
        self.samples = math.floor(frames * sample_rate / reader.sample_rate + 0.5)

    def read(self, first: int, last: int) -> np.ndarray:
        """Read the samples from the first to the last-plus-one, mono float32.

        Raises
        ------
        LostError
            They cannot be had; decode from the beginning.
        DecodeError
            There are samples among them that are no numbers, or far beyond full scale.
        """
        rate = self._reader.sample_rate
        if not 0 <= first < last <= self.samples:
            raise ValueError(f"first={first}, last={last} must be a piece of {self.samples} samples")
        if rate == self._rate:
            return self._mono(first, last)
        import soxr

        step = rate // math.gcd(rate, self._rate)  # samples after which both rates meet
        margin = max(1024, rate // 50)
        begin = max(0, first * rate // self._rate - margin) // step * step
        end = min(self._frames, -(-last * rate // self._rate) + margin)
        ahead = begin // step * (self._rate // math.gcd(rate, self._rate))
        return soxr.resample(self._mono(begin, end), rate, self._rate, "HQ")[first - ahead : last - ahead]

    def _mono(self, first: int, last: int) -> np.ndarray:
        return checked_mean(self._reader.piece(first, last), self._name, first / self._reader.sample_rate)


@contextlib.contextmanager
def seeker(
    source: Source, *, sample_rate: int = SAMPLE_RATE, above_s: float = 0.0, heard: Heard | None = None
) -> Iterator[Seeker | None]:
    """Open a sound to read pieces of it; None where it has to be decoded from its beginning.

    Parameters
    ----------
    source : path or binary file object
    sample_rate : int
        Hz.
    above_s : float
        Only if it lasts longer than that, seconds.
    heard : Heard, optional
        Filled in: all of the sound counts as decoded.

    Raises
    ------
    AudioError
        As `decode.stream` when it begins.
    """
    from .reader import open_reader

    if not _anew(source):
        yield None
        return
    with open_reader(source) as reader:
        rate = reader.sample_rate
        longer = reader.frames is None or reader.frames > above_s * rate
        frames = reader.exact_frames() if longer else None
        if frames is None or frames <= above_s * rate:
            yield None
            return
        if heard is not None:
            heard.declared_s = None if reader.declared is None else reader.declared / rate
            heard.decoded_s = frames / rate
        yield Seeker(name_of(source), reader, frames, sample_rate)


def _anew(source: Source) -> bool:
    """Whether a source can be read once more, from its beginning."""
    if not isinstance(source, str | os.PathLike):
        return source.seekable()
    try:
        return stat.S_ISREG(Path(source).stat().st_mode)
    except OSError:
        return False
