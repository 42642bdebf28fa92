"""Shape of the spectrum: centroid, bandwidth, roll-off, flatness; and zero crossings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from features import filters
from features.family import Family, Row
from features.frames import CHUNK
from features.settings import FeatureSettings

RANK = 50
LABEL = "spectral shape"
BLOCK = 32  # bins that the search for the roll-off skips at once
ROLLOFF = 0.85  # share of the magnitude
SILENT = 1e-6
LOG10_E = math.log10(math.e)
FLATNESS_FLOOR = 1e-8  # of power: librosa's flatness with amin=1e-8; lower, float32 transforms only round
CROSSING_THRESHOLD = 1e-10


class MEASURES(Family):
    """Hz, Hz, Hz, log10 of flatness, crossings a sample; the first three are 0 in a silent frame.

    The roll-off lies within its bin where the sum passes 85 %, not on the bin's edge, so it moves smoothly: it differs
    from librosa's by less than one bin.
    """

    rows = (
        Row("centroid", 1e1),
        Row("bandwidth", 1e1),
        Row("rolloff", 1e1),
        Row("flatness", 1e-5),
        Row("zero_crossings", 1e-7),
    )

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__(settings)
        rate, n_fft = settings.sample_rate, settings.n_fft
        # Frequencies in units of half the Nyquist rate about its middle: squares keep their digits in float32.
        self.half_nyquist = rate / 4.0
        relative = filters.fft_frequencies(rate, n_fft) / self.half_nyquist - 1.0
        self.moments = np.stack((np.ones_like(relative), relative, relative**2), axis=1).astype(np.float32)
        self.averaging = np.full(1 + n_fft // 2, 1.0 / (1 + n_fft // 2), np.float32)
        self.bin_hz = rate / n_fft

    def begin(self, n_frames: int) -> tuple[np.ndarray, ...]:
        """Moments; mean and mean logarithm of power; what the roll-off needs."""
        sums, flatness = np.empty((3, n_frames), np.float32), np.empty((2, n_frames), np.float32)
        rest, first = np.empty(n_frames, np.float32), np.empty(n_frames, int)
        scratch = np.empty((1 + self.settings.n_fft // 2, CHUNK), np.float32)
        return sums, flatness, rest, first, np.empty((BLOCK, n_frames), np.float32), scratch

    def chunk(self, kept: tuple[np.ndarray, ...], at: slice, magnitude: np.ndarray, power: np.ndarray) -> None:
        """Sums over bins."""
        sums, flatness, rest, first, inside, scratch = kept
        floored = np.maximum(power, FLATNESS_FLOOR, out=scratch[:, : power.shape[1]])
        np.matmul(self.averaging, floored, out=flatness[0, at])
        np.log(floored, out=floored)
        np.matmul(self.averaging, floored, out=flatness[1, at])  # a sixth of np.mean's time
        np.matmul(self.moments.T, magnitude, out=sums[:, at])
        _rolloff_block(magnitude, rest[at], first[at], inside[:, at])

    def finish(self, kept: tuple[np.ndarray, ...], frames: Any) -> np.ndarray:
        """All five."""
        sums, flatness, *rolled, _ = kept
        log_flatness = np.float32(LOG10_E) * flatness[1] - np.log10(flatness[0])
        return np.stack((*self._shape(sums, self._rolloff(*rolled)), log_flatness, self._crossings(frames)))

    def _shape(self, sums: np.ndarray, rolloff: np.ndarray) -> tuple[np.ndarray, ...]:
        """Centroid, bandwidth and roll-off in Hz, [F] each."""
        total, first, second = sums
        sounding = total > SILENT
        safe = np.where(sounding, total, np.float32(1.0))
        mean, square = first / safe, second / safe
        spread = np.sqrt(np.maximum(square - mean**2, 0.0))
        rows = (mean + 1.0) * self.half_nyquist, spread * self.half_nyquist, rolloff
        return tuple(np.where(sounding, row, np.float32(0.0)) for row in rows)

    def _rolloff(self, rest: np.ndarray, first: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """Roll-off in Hz, [F], from what :func:`_rolloff_block` gives."""
        cumulative = np.cumsum(inside, axis=0)
        passing = np.minimum(np.count_nonzero(cumulative < rest, axis=0), BLOCK - 1)
        frames = np.arange(len(rest))
        here = inside[passing, frames]
        share = (rest - cumulative[passing, frames] + here) / np.maximum(here, 1e-9)
        bins = np.minimum(first + passing, self.settings.n_fft // 2)
        return ((bins + np.clip(share, 0.0, 1.0)) * self.bin_hz).astype(np.float32)

    def _crossings(self, frames: Any) -> np.ndarray:
        """Zero crossings a sample: counts over hops, then over the hops of a frame."""
        negative = (frames.blocks.ravel() < -CROSSING_THRESHOLD).view(np.int8)
        crossing = np.zeros(len(negative), np.int8)
        np.not_equal(negative[1:], negative[:-1], out=crossing[1:].view(np.bool_))
        for edge in frames.edges:  # the edge sample is repeated into the padding: no crossing where the two meet
            crossing[edge : edge + 1] = 0
        by_hop = crossing.reshape(frames.blocks.shape)
        counts = frames.over_hops(by_hop.sum(axis=1, dtype=np.int32).astype(np.float32))
        return (counts - by_hop[: len(counts), 0]) / self.settings.n_fft

    def graph(self, front: Any) -> str:
        """As `chunk` and `finish`."""
        g = front.g
        return g.concat([*self._graph_shape(front), self._graph_flatness(front), self._graph_crossings(front)], 1)

    def _graph_shape(self, front: Any) -> tuple[str, str, str]:
        g = front.g
        sums = g.matmul(np.ascontiguousarray(self.moments.T), front.magnitude)
        total, first, second = g.op("Split", sums, outputs=3, axis=1, num_outputs=3)
        sounding = g.op("Greater", total, SILENT)
        safe = g.op("Where", sounding, total, 1.0)
        mean, square = g.div(first, safe), g.div(second, safe)
        silent = g.const(0.0)
        centroid = g.op("Where", sounding, g.mul(g.add(mean, 1.0), self.half_nyquist), silent)
        spread = g.op("Sqrt", g.op("Relu", g.sub(square, g.square(mean))))
        bandwidth = g.op("Where", sounding, g.mul(spread, self.half_nyquist), silent)
        return centroid, bandwidth, g.op("Where", sounding, self._graph_rolloff(front), silent)

    def _graph_rolloff(self, front: Any) -> str:
        from onnx import TensorProto

        g, magnitude = front.g, front.magnitude
        cumulative = g.op("CumSum", magnitude, g.const(1))
        threshold = g.mul(g.slice(cumulative, -1, np.iinfo(np.int64).max, 1), ROLLOFF)
        below = g.op("Cast", g.op("Less", cumulative, threshold), to=TensorProto.FLOAT)
        whole = g.op("Min", g.sum(below, 1, keep=True), float(self.settings.n_fft // 2))
        at = g.op("Cast", whole, to=TensorProto.INT64)
        here = g.op("GatherElements", magnitude, at, axis=1)
        reached = g.op("GatherElements", cumulative, at, axis=1)
        share = g.div(g.add(g.sub(threshold, reached), here), g.op("Max", here, 1e-9))
        return g.mul(g.add(whole, g.op("Clip", share, 0.0, 1.0)), self.bin_hz)

    def _graph_flatness(self, front: Any) -> str:
        g = front.g
        floored = g.op("Max", front.power, FLATNESS_FLOOR)
        return g.sub(g.mean(g.log10(floored), 1, keep=True), g.log10(g.mean(floored, 1, keep=True)))

    def _graph_crossings(self, front: Any) -> str:
        from onnx import TensorProto

        g, s = front.g, self.settings
        negative = g.op("Cast", g.op("Less", front.y, -CROSSING_THRESHOLD), to=TensorProto.FLOAT)
        last = np.iinfo(np.int64).max
        change = g.op("Abs", g.sub(g.slice(negative, 1, last, 1), g.slice(negative, 0, -1, 1)))
        crossing = g.op("Pad", change, [0, 1 + s.n_fft // 2, 0, s.n_fft // 2], 0.0, mode="constant")
        by_hop = front.blocks(crossing)
        first = front.hear(g.slice(by_hop, 0, 1, 2), 1)
        return g.mul(g.sub(front.over_hops(g.sum(by_hop, 2)), first), 1.0 / s.n_fft)


def _rolloff_block(magnitude: np.ndarray, rest: np.ndarray, first: np.ndarray, inside: np.ndarray) -> None:
    """Find the block of bins in which 85 % of the magnitude is passed, ``magnitude [bins, n]``.

    Gives the block's ``first`` bin [n], its magnitudes ``inside [BLOCK, n]``, and what the sum over them has to
    reach, ``rest`` [n].
    """
    n_bins, n = magnitude.shape
    whole = n_bins // BLOCK
    cumulative = np.zeros((1 + math.ceil(n_bins / BLOCK), n), np.float32)
    magnitude[: whole * BLOCK].reshape(whole, BLOCK, n).sum(axis=1, out=cumulative[1 : 1 + whole])
    if n_bins % BLOCK:
        magnitude[whole * BLOCK :].sum(axis=0, out=cumulative[-1])
    np.cumsum(cumulative, axis=0, out=cumulative)
    threshold = np.float32(ROLLOFF) * cumulative[-1]
    block = np.count_nonzero(cumulative[1:-1] < threshold, axis=0)
    frames = np.arange(n)
    np.subtract(threshold, cumulative[block, frames], out=rest)
    np.multiply(block, BLOCK, out=first)
    inside[:] = magnitude[np.minimum(first + np.arange(BLOCK)[:, None], n_bins - 1), frames]
