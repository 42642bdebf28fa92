"""Keep a sound at one rate and one number of channels, and cut what an encoder has added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import soxr

__all__ = ["Steady", "without_ends", "without_padding"]


class Steady:
    """Bring blocks to the rate and the channels that the sound began with.

    What fits passes untouched. Where the rate changes on the way it is resampled (soxr HQ); where the number of
    channels changes, the channels are averaged and the average is given to each.

    Parameters
    ----------
    sample_rate : int
        Hz.
    channels : int
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._rate, self._channels = sample_rate, channels
        self._resampler: soxr.ResampleStream | None = None
        self._from = sample_rate

    def fits(self, block: np.ndarray, rate: int) -> bool:
        """Tell whether `feed` would give the block itself."""
        return rate == self._rate == self._from and block.shape[1] == self._channels

    def feed(self, block: np.ndarray, rate: int) -> Iterator[np.ndarray]:
        """Give what comes of a block, float32 [m, channels] at ``rate`` Hz."""
        if block.shape[1] != self._channels:
            block = np.repeat(block.mean(axis=1, keepdims=True, dtype=np.float32), self._channels, axis=1)
        if rate != self._from:
            yield from self.end()
            self._from = rate
            if rate != self._rate:
                self._resampler = soxr.ResampleStream(rate, self._rate, self._channels, "float32", "HQ")
        if self._resampler is None:
            yield block
        else:
            yield from self._resampled(block, last=False)

    def end(self) -> Iterator[np.ndarray]:
        """Give what a resampler still holds."""
        if self._resampler is not None:
            yield from self._resampled(np.zeros((0, self._channels), np.float32), last=True)
            self._resampler, self._from = None, self._rate

    def _resampled(self, block: np.ndarray, *, last: bool) -> Iterator[np.ndarray]:
        out = self._resampler.resample_chunk(np.ascontiguousarray(block), last=last)
        out = out.reshape(-1, self._channels)
        if len(out):
            yield out


def without_ends(blocks: Iterable[np.ndarray], first: int, last: int) -> Iterator[np.ndarray]:
    """Leave out the first and the last samples of a sound that comes in blocks [m, channels]."""
    held: list[np.ndarray] = []
    count = 0
    for block in blocks:
        cut, first = block[first:], max(0, first - len(block))
        held.append(cut)
        count += len(cut)
        while held and count - len(held[0]) >= last:
            piece = held.pop(0)
            count -= len(piece)
            if len(piece):
                yield piece
    if held and count > last:
        yield np.concatenate(held)[: count - last]


MOST_PADDING = 4096
"""Samples: two packets of the longest coding. A sound that goes on for longer than it says is given as it is."""


def without_padding(blocks: Iterable[np.ndarray], frames: int) -> Iterator[np.ndarray]:
    """Leave out what a coder appended to fill its last packet: a little more than the ``frames`` that were meant."""
    held: list[np.ndarray] = []
    count = 0
    for block in blocks:
        inside = max(0, min(len(block), frames - count))
        count += len(block)
        if inside:
            yield block[:inside]
        if inside < len(block):
            held.append(block[inside:])
        if count - frames > MOST_PADDING:
            yield from held
            held = []
    if count - frames > MOST_PADDING:
        yield from held
