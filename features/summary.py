"""Statistics of segments: moments and percentiles of frame measurements, correlations, rhythm."""

from __future__ import annotations

import numpy as np

from . import filters
from .frames import SCALARS, Frames
from .rhythm import Rhythm, onset_strength
from .settings import FeatureSettings

N_DESCRIBED = 20  # MFCCs whose shape, change and correlation are described
DELTA_WIDTH = 9
QUANTILES = (0.1, 0.5, 0.9)

# What is said of each family of rows. Every row has its mean and deviation.
_ROWS = (
    ("mfcc", N_DESCRIBED, 1e-4, True, True),
    ("delta", N_DESCRIBED, 1e-4, True, False),
    ("delta2", N_DESCRIBED, 1e-4, False, False),
    ("chroma", 12, 1e-6, False, True),
    ("contrast", 7, 1e-4, True, True),
    *((name, 1, floor, True, True) for name, floor in zip(SCALARS, (1e1, 1e1, 1e1, 1e-5, 1e-7, 1e-4), strict=True)),
)


class Summary:
    """Statistics of segments of ``settings.segment_frames`` frames; constants are prepared once."""

    def __init__(self, settings: FeatureSettings) -> None:
        self.settings = settings
        self.rhythm = Rhythm(settings)
        names, floors, shaped, ranked = [], [], [], []
        for family, count, floor, shape, rank in _ROWS:
            for i in range(count):
                if shape:
                    shaped.append(len(names))
                if rank:
                    ranked.append(len(names))
                names.append(f"{family}_{i}" if count > 1 else family)
                floors.append(floor)
        self.rows = tuple(names)
        self.variance_floor = np.asarray(floors, np.float32)
        self.shaped, self.ranked = np.asarray(shaped), np.asarray(ranked)
        self.quantiles = filters.quantile_matrix(settings.segment_frames, QUANTILES)
        self.upper, self.lower = np.triu_indices(N_DESCRIBED, 1)
        self.delta, self.delta2 = (filters.savgol_row(DELTA_WIDTH, order) for order in (1, 2))

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
            *(f"mfcc_correlation_{i}_{j}" for i, j in zip(self.upper, self.lower, strict=True)),
            *self.rhythm.statistics,
        )

    def frame_rows(self, frames: Frames) -> np.ndarray:
        """All rows that are described, float32 [F, rows]; deltas are taken over the whole signal."""
        mfcc = frames.mfcc[:, :N_DESCRIBED]
        return np.concatenate(
            (mfcc, _derivative(mfcc, self.delta), _derivative(mfcc, self.delta2), frames.chroma, frames.contrast,
             frames.scalars),
            axis=1,
        )  # fmt: skip

    def measure(self, frames: Frames, starts: np.ndarray) -> np.ndarray:
        """Statistics of the segments that begin at the frames ``starts``.

        Returns
        -------
        float32 [K, statistics]
            Skewness and (excess) kurtosis divide by the variance plus a small floor, so that a constant row
            gives 0 rather than rounding noise. Percentiles interpolate linearly.
        """
        rows = self.frame_rows(frames)
        onset = onset_strength(frames.log_mel)
        n = self.settings.segment_frames
        index = starts[:, None] + np.arange(n)
        segments = rows[index]  # [K, S, rows]
        mean = segments.mean(axis=1)
        centred = segments - mean[:, None]
        variance = (centred**2).mean(axis=1)
        shaped = centred[:, :, self.shaped]
        floored = variance[:, self.shaped] + self.variance_floor[self.shaped]
        cube = shaped**2
        fourth = (cube * cube).mean(axis=1)
        cube *= shaped
        third = cube.mean(axis=1)
        ordered = np.sort(np.ascontiguousarray(segments[:, :, self.ranked].swapaxes(1, 2)), axis=2)
        percentiles = ordered @ self.quantiles  # [K, rows, q]
        mfcc = centred[:, :, :N_DESCRIBED]
        covariance = mfcc.swapaxes(1, 2) @ mfcc / n
        scale = np.sqrt(variance[:, :N_DESCRIBED] + self.variance_floor[:N_DESCRIBED])
        correlation = covariance[:, self.upper, self.lower] / (scale[:, self.upper] * scale[:, self.lower])
        return np.concatenate(
            (
                mean,
                np.sqrt(variance),
                third / floored**1.5,
                (fourth - 3.0 * variance[:, self.shaped] ** 2) / floored**2,
                percentiles.reshape(len(starts), -1),
                correlation,
                self.rhythm.measure(onset[index], frames.log_mel[index]),
            ),
            axis=1,
        ).astype(np.float32, copy=False)


def _derivative(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Savitzky-Golay derivative over frames, the edge windows' values repeated; float32 [F, rows]."""
    half = len(weights) // 2
    n = len(rows) - 2 * half
    inner = weights[0] * rows[:n]
    for k in range(1, len(weights)):
        inner += weights[k] * rows[k : k + n]
    return np.concatenate((np.repeat(inner[:1], half, axis=0), inner, np.repeat(inner[-1:], half, axis=0)))
