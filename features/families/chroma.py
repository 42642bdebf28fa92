"""Harmony: the energy of the twelve pitch classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from features import filters
from features.family import Family, numbered
from features.settings import FeatureSettings

RANK = 30
LABEL = "chroma"
TINY = np.finfo(np.float32).tiny


class MEASURES(Family):
    """Each frame's strongest pitch class is 1 (librosa's ``chroma_stft`` at A440)."""

    rows = numbered("chroma", 12, 1e-6, shaped=False)

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__(settings)
        self.bank = np.ascontiguousarray(filters.chroma_bank(settings.sample_rate, settings.n_fft).T)

    def begin(self, n_frames: int) -> tuple[np.ndarray, ...]:
        """Energies of the classes."""
        return (np.empty((12, n_frames), np.float32),)

    def chunk(self, kept: tuple[np.ndarray, ...], at: slice, magnitude: np.ndarray, power: np.ndarray) -> None:
        """Sum by class."""
        np.matmul(self.bank.T, power, out=kept[0][:, at])

    def finish(self, kept: tuple[np.ndarray, ...], frames: Any) -> np.ndarray:
        """Relative to the strongest."""
        (energy,) = kept
        loudest = energy.max(axis=0)
        return np.divide(energy, loudest, out=energy, where=loudest > TINY)

    def graph(self, front: Any) -> str:
        """As `chunk` and `finish`."""
        g = front.g
        energy = g.matmul(np.ascontiguousarray(self.bank.T), front.power)
        return g.div(energy, g.op("Max", g.max(energy, [1], keep=True), float(TINY)))
