"""Timbre: mel-frequency cepstral coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.family import Family, numbered
from features.settings import N_DESCRIBED

RANK = 10
LABEL = "MFCC"


class MEASURES(Family):
    """The first coefficients, as librosa's ``mfcc``; the analysis itself needs them, so they are there already."""

    rows = numbered("mfcc", N_DESCRIBED, 1e-4)

    def finish(self, kept: tuple[np.ndarray, ...], frames: Any) -> np.ndarray:
        """Of the frames."""
        return frames.mfcc[:, :N_DESCRIBED].T

    def graph(self, front: Any) -> str:
        """As `finish`."""
        return front.hear(front.described, N_DESCRIBED)
