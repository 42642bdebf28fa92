"""Statistics of segments: moments and percentiles of all families' rows, then the families' own columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from . import filters
from .family import Family
from .frames import Frames
from .operations import Operations
from .settings import FeatureSettings

QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Rows:
    """Some described rows of K segments: what is left without the mean, the variance, and its floor."""

    centred: Any
    variance: Any
    floor: np.ndarray


@dataclass
class Segments:
    """What families of segments measure: K segments of S frames, as arrays or as values of a graph.

    Attributes
    ----------
    described : [K, S, rows]
        Every family's rows, in their order.
    log_mel : [K, S, n_mels]
    onset : [K, S]
        Half-wave rectified rise of the log-mel bands, averaged over bands, dB a frame.
    samples : function to [K, samples]
        Called by the few families that want them.
    floor : float32 [rows]
    ops : Operations
    """

    described: Any
    log_mel: Any
    onset: Any
    samples: Callable[[], Any]
    floor: np.ndarray
    ops: Any

    @cached_property
    def mean(self) -> Any:
        """[K, 1, rows]."""
        return self.ops.mean(self.described, 1, keep=True)

    @cached_property
    def centred(self) -> Any:
        """[K, S, rows], without the mean."""
        return self.described - self.mean

    @cached_property
    def variance(self) -> Any:
        """[K, rows]."""
        return self.ops.mean(self.ops.square(self.centred), 1)

    def rows(self, first: int, count: int) -> Rows:
        """Some of the rows."""
        ops, floor = self.ops, self.floor[first : first + count]
        return Rows(ops.part(self.centred, first, count), ops.part(self.variance, first, count), floor)


class Summary:
    """Statistics of segments of ``settings.segment_frames`` frames; constants are prepared once."""

    def __init__(self, settings: FeatureSettings, families: Sequence[Family]) -> None:
        self.settings = settings
        self.families = [family for family in families if family.statistics]
        rows = [row for family in families for row in family.rows]
        self.rows = tuple(row.name for row in rows)
        self.floor = np.asarray([row.floor for row in rows], np.float32)
        self.shaped = np.flatnonzero([row.shaped for row in rows])
        self.ranked = np.flatnonzero([row.ranked for row in rows])
        self.quantiles = filters.quantile_matrix(settings.segment_frames, QUANTILES)

    @property
    def statistics(self) -> tuple[str, ...]:
        """Names in the order of the columns that :meth:`measure` returns."""
        shaped = [self.rows[i] for i in self.shaped]
        ranked = [self.rows[i] for i in self.ranked]
        return (
            *(f"{row}_mean" for row in self.rows),
            *(f"{row}_std" for row in self.rows),
            *(f"{row}_skewness" for row in shaped),
            *(f"{row}_kurtosis" for row in shaped),
            *(f"{row}_p{round(100 * q)}" for row in ranked for q in QUANTILES),
            *(name for family in self.families for name in family.statistics),
        )

    def of(self, ops: Any, segments: Segments) -> Any:
        """All statistics, [K, statistics]: the one definition for arrays and for graphs.

        Skewness and (excess) kurtosis divide by the variance plus a small floor, so that a constant row gives 0
        rather than rounding noise. Percentiles interpolate linearly.
        """
        variance = ops.take(segments.variance, self.shaped)
        floored = variance + self.floor[self.shaped]
        shaped = ops.take(segments.centred, self.shaped)
        square = ops.square(shaped)
        third, fourth = ops.mean(square * shaped, 1), ops.mean(ops.square(square), 1)
        ranked = ops.ordered(ops.swap(ops.take(segments.described, self.ranked)))
        return ops.join(
            [
                ops.flat(segments.mean, len(self.rows)),
                ops.sqrt(segments.variance),
                third / (floored * ops.sqrt(floored)),
                (fourth - ops.square(variance) * 3.0) / ops.square(floored),
                ops.flat(ranked @ self.quantiles, len(self.ranked) * len(QUANTILES)),
                *(family.measure(ops, segments) for family in self.families),
            ]
        )

    def measure(self, y: np.ndarray, frames: Frames, rows: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Statistics of the segments that begin at the frames ``starts``, float32 [K, statistics].

        Parameters
        ----------
        y : float32 [n]
            The signal; its first sample lies in the middle of the first frame.
        frames, rows
            From `features.frames.FrameAnalyser.analyse`.
        starts : int64 [K]
        """
        s = self.settings
        index = starts[:, None] + np.arange(s.segment_frames)
        first = (starts * s.hop_length)[:, None]
        onset = onset_strength(frames.log_mel)[index]

        def samples() -> np.ndarray:
            return y[first + np.arange(s.segment_samples)]

        segments = Segments(rows[index], frames.log_mel[index], onset, samples, self.floor, Operations)
        return self.of(Operations, segments).astype(np.float32, copy=False)


def onset_strength(log_mel: np.ndarray) -> np.ndarray:
    """Half-wave rectified rise of the log-mel bands, averaged over bands; float32 [F], the first frame is 0."""
    rise = np.diff(log_mel, axis=0)
    out = np.zeros(len(log_mel), np.float32)
    np.maximum(rise, 0.0, out=rise).mean(axis=1, out=out[1:])
    return out
