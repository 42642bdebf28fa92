"""Decode any sound into mono float32 samples at one rate, whole or as a stream of constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .errors import DecodeError, EmptyAudioError
from .heard import Heard
from .levels import peak
from .rates import SAMPLE_RATE, check, check_positive
from .source import Source, name_of

if TYPE_CHECKING:
    from .readers import Reader

__all__ = ["SAMPLE_RATE", "AudioInfo", "decode", "probe", "stream"]

MAX_PEAK = 1000.0
"""The loudest sample that is believed, as a multiple of full scale (60 dB above it)."""

_READ_S = 1.0
"""Seconds of sound that are read and resampled at a time (fixed: the samples must not depend on it)."""


@dataclass(frozen=True)
class AudioInfo:
    """What the header of a sound says.

    Attributes
    ----------
    duration_s : float
        Seconds.
    sample_rate : int
        Hz.
    channels : int
    codec : str
        Container and coding, such as ``"ogg/vorbis"``.
    """

    duration_s: float
    sample_rate: int
    channels: int
    codec: str


def probe(source: Source) -> AudioInfo:
    """Read rate, channels, coding and duration of a sound, decoding it only where no header tells its length.

    Parameters
    ----------
    source : path or binary file object

    Returns
    -------
    AudioInfo

    Raises
    ------
    DecodeError, EmptyAudioError
    """
    from .reader import open_reader

    with open_reader(source) as reader:
        frames = reader.frames
        if frames is None:
            frames = sum(len(block) for block in reader.blocks(reader.sample_rate))
        return AudioInfo(frames / reader.sample_rate, reader.sample_rate, reader.channels, reader.codec)


def stream(
    source: Source, *, sample_rate: int = SAMPLE_RATE, block_s: float = 10.0, heard: Heard | None = None
) -> Iterator[np.ndarray]:
    """Decode a sound block by block, so that memory does not grow with its length.

    Parameters
    ----------
    source : path or binary file object
        wav, au, flac, ogg, opus, mp3, aiff, m4a and what else libsndfile or FFmpeg know, by content.
    sample_rate : int
        Hz of the samples that are given out; channels are averaged first, then resampled (soxr HQ).
    block_s : float
        Seconds in each block; the last may be shorter.
    heard : Heard, optional
        Filled in while the stream goes on: how much of the sound could be decoded.

    Yields
    ------
    float32 [m]
        Full scale is 1. The samples do not depend on ``block_s``. A sound that breaks off (a truncated
        file) is given as far as it goes, and ``heard`` tells.

    Raises
    ------
    EmptyAudioError
        No bytes, or no samples.
    DecodeError
        Not readable, not a sound, damaged, or with samples that are no numbers or beyond `MAX_PEAK`.
    """
    check(sample_rate, block_s)
    size = max(1, round(block_s * sample_rate))
    held: list[np.ndarray] = []
    count = 0
    for piece in _mono(source, sample_rate, heard or Heard()):
        held.append(piece)
        count += len(piece)
        if count >= size:
            joined = np.concatenate(held)
            whole = count - count % size
            yield from np.split(joined[:whole], whole // size)
            held, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(held)


def decode(
    source: Source,
    *,
    sample_rate: int = SAMPLE_RATE,
    start_s: float = 0.0,
    duration_s: float | None = None,
) -> np.ndarray:
    """Decode a sound, or a part of it, into memory.

    Parameters
    ----------
    source : path or binary file object
    sample_rate : int
        Hz.
    start_s : float
        Seconds left out at the beginning.
    duration_s : float, optional
        At most so many seconds are decoded; None for all.

    Returns
    -------
    float32 [n]
        Mono, full scale 1; the very samples that `stream` gives, cut.

    Raises
    ------
    EmptyAudioError
        No samples, or none after ``start_s``.
    DecodeError
        See `stream`.

    Examples
    --------
    >>> y = decode("song.mp3", start_s=30, duration_s=30)  # doctest: +SKIP
    """
    if not start_s >= 0:
        raise ValueError(f"start_s={start_s} must be 0 or more")
    if duration_s is not None:
        check_positive("duration_s", duration_s)
    first = round(start_s * sample_rate)
    last = None if duration_s is None else round((start_s + duration_s) * sample_rate)
    kept, at = [], 0
    for block in stream(source, sample_rate=sample_rate):
        if at + len(block) > first:
            kept.append(block[max(0, first - at) : None if last is None else last - at])
        at += len(block)
        if last is not None and at >= last:
            break
    if not kept:
        raise EmptyAudioError(name_of(source), f"ends at {at / sample_rate:.1f} s, before {start_s:g} s")
    return np.concatenate(kept)


def _mono(source: Source, sample_rate: int, heard: Heard) -> Iterator[np.ndarray]:
    """Yield mono samples at ``sample_rate`` in pieces of no particular length, none of them empty."""
    import soxr

    from .reader import open_reader  # the libraries that decode are loaded where something is decoded

    name = name_of(source)
    with open_reader(source) as reader:
        rate = reader.sample_rate
        resampler = None if rate == sample_rate else soxr.ResampleStream(rate, sample_rate, 1, "float32", "HQ")
        at = 0
        heard.declared_s = None if reader.declared is None else reader.declared / rate
        for block in reader.blocks(round(_READ_S * rate)):
            mono = checked_mean(block, name, at / rate)
            at += len(mono)
            heard.decoded_s, heard.damaged = at / rate, reader.damaged
            piece = mono if resampler is None else resampler.resample_chunk(mono)
            if len(piece):
                yield piece
        heard.damaged, heard.broken = reader.damaged, reader.broken
        if at == 0:
            raise EmptyAudioError(name, _nothing(reader))
        if resampler is not None:
            tail = resampler.resample_chunk(np.zeros(0, np.float32), last=True)
            if len(tail):
                yield tail


def checked_mean(block: np.ndarray, name: str, at_s: float) -> np.ndarray:
    """Average the channels of a block [m, channels]; refuse samples that are no numbers or too loud."""
    with np.errstate(over="ignore", invalid="ignore"):
        mono = _mixed(block)
    loudest = peak(mono)
    if loudest <= MAX_PEAK:
        return mono
    if np.isfinite(loudest):
        raise DecodeError(
            name,
            f"has samples of {loudest:.0e} times full scale near {at_s:.0f} s",
            "export it again as 16-bit, or with samples between -1 and 1",
        )
    raise DecodeError(name, f"has samples that are no numbers (NaN or infinite) near {at_s:.0f} s", "export it again")


def _mixed(block: np.ndarray) -> np.ndarray:
    """Mean of the channels; of two by hand, which gives the same bits in a thirtieth of the time."""
    if block.shape[1] == 1:
        return block[:, 0]
    if block.shape[1] == 2:
        return (block[:, 0] + block[:, 1]) * np.float32(0.5)
    return block.mean(axis=1, dtype=np.float32)


def _nothing(reader: Reader) -> str:
    return f"holds no samples ({reader.codec}, {reader.sample_rate} Hz)"
