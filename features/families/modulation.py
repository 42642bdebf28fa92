"""Modulation: how strongly each band of the spectrum swells and fades, and how fast."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from features import filters
from features.family import Family
from features.settings import FeatureSettings

RANK = 130
LABEL = "modulation"
EDGES_HZ = (0.4, 0.8, 1.4, 2.2, 3.2, 4.6, 6.6, 9.6, 14.0)
BANDS = 8
FLOOR = 1e-2


class MEASURES(Family):
    """log10 of the power of slow changes of the log-mel bands, by frequency of change and by groups of bands."""

    statistics = tuple(
        f"modulation_{low:g}_{high:g}hz_band{band}"
        for low, high in itertools.pairwise(EDGES_HZ)
        for band in range(BANDS)
    )

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__(settings)
        n, rate = settings.segment_frames, settings.frame_rate
        seconds = n / rate
        frequencies = np.arange(1, int(EDGES_HZ[-1] * seconds) + 1) / seconds
        edges = np.searchsorted(frequencies, EDGES_HZ)
        edges = np.maximum.accumulate(np.maximum(edges, np.arange(len(edges))))
        frequencies = frequencies[: edges[-1]]
        hann = filters.hann(n)
        hann /= np.sqrt(np.sum(hann**2))
        self.cosine, self.sine = (wave * hann[:, None] for wave in filters.fourier_pair(n, frequencies, rate))
        self.by_frequency = filters.pooling(len(frequencies), edges)
        groups = np.arange(0, settings.n_mels + 1, settings.n_mels // BANDS)
        self.by_band = np.ascontiguousarray(filters.pooling(settings.n_mels, groups).T)

    def measure(self, ops: Any, segments: Any) -> Any:
        """Power at each frequency of change, pooled."""
        bands = ops.swap(segments.log_mel)
        bands = bands - ops.mean(bands, 2, keep=True)
        spectrum = ops.square(bands @ self.cosine) + ops.square(bands @ self.sine)
        pooled = self.by_band @ (spectrum @ self.by_frequency)
        return ops.flat(ops.swap(ops.log10(pooled + FLOOR)), len(self.statistics))
