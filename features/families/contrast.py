"""Spectral contrast: how far the peaks of each octave stand above its valleys (Jiang et al. 2002)."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from features import filters
from features.family import Family, numbered
from features.frames import CHUNK
from features.settings import FeatureSettings

RANK = 40
LABEL = "spectral contrast"
FLOOR = 5e-4  # of a magnitude whose full scale is n_fft / 4: -120 dB; lower, float32 transforms only round


class MEASURES(Family):
    """dB between peaks and valleys of seven bands.

    librosa averages the k strongest bins of a band by sorting it; here the bins are dealt into k groups and each
    group's maximum is averaged, which says the same without a sort.
    """

    rows = numbered("contrast", 7, 1e-4)

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__(settings)
        self.bands = filters.contrast_bands(settings.sample_rate, settings.n_fft)
        ends = np.cumsum([0, *(k for *_, k in self.bands)])
        self.averaging = np.ascontiguousarray(filters.pooling(int(ends[-1]), ends).T)
        self.groups = [slice(int(low), int(high)) for low, high in itertools.pairwise(ends)]

    def begin(self, n_frames: int) -> tuple[np.ndarray, ...]:
        """Peaks and valleys, and room for those of the groups."""
        groups = np.empty((self.averaging.shape[1], CHUNK), np.float32)
        return *np.empty((2, len(self.bands), n_frames), np.float32), groups

    def chunk(self, kept: tuple[np.ndarray, ...], at: slice, magnitude: np.ndarray, power: np.ndarray) -> None:
        """Strongest and weakest bins of each band."""
        *found, groups = kept
        groups = groups[:, : magnitude.shape[1]]
        for extreme, means in zip((np.maximum, np.minimum), found, strict=True):
            for (first, width, k), rows in zip(self.bands, self.groups, strict=True):
                band = magnitude[first : first + width].reshape(width // k, k, -1)
                extreme.reduce(band, axis=0, out=groups[rows])
            np.matmul(self.averaging, groups, out=means[:, at])

    def finish(self, kept: tuple[np.ndarray, ...], frames: Any) -> np.ndarray:
        """Their ratio in dB."""
        peak, valley, _ = kept
        return 10.0 * np.log10((peak + FLOOR) / (valley + FLOOR))

    def graph(self, front: Any) -> str:
        """As `chunk` and `finish`."""
        g, out = front.g, []
        for first, width, k in self.bands:
            band = g.slice(front.magnitude, first, first + width, 1)
            groups = g.reshape(band, [0, width // k, k, -1])
            peak = g.mean(g.max(groups, [1]), 1, keep=True)
            valley = g.mean(g.min(groups, [1]), 1, keep=True)
            out.append(g.mul(g.log10(g.div(g.add(peak, FLOOR), g.add(valley, FLOOR))), 10.0))
        return g.concat(out, 1)
