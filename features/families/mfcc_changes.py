"""How the timbre changes: first and second derivative of the MFCCs over frames."""

from __future__ import annotations

from typing import Any

import numpy as np

from features import filters
from features.family import Family, numbered
from features.settings import N_DESCRIBED, FeatureSettings

RANK = 20
LABEL = "MFCC changes"
WIDTH = 9


class MEASURES(Family):
    """Savitzky-Golay derivatives, taken over the whole signal: librosa's ``delta``."""

    rows = (
        *numbered("delta", N_DESCRIBED, 1e-4, ranked=False),
        *numbered("delta2", N_DESCRIBED, 1e-4, shaped=False, ranked=False),
    )

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__(settings)
        self.weights = tuple(filters.savgol_row(WIDTH, order) for order in (1, 2))

    def finish(self, kept: tuple[np.ndarray, ...], frames: Any) -> np.ndarray:
        """Both derivatives."""
        mfcc = np.ascontiguousarray(frames.mfcc[:, :N_DESCRIBED].T)
        return np.concatenate([_derivative(mfcc, weights) for weights in self.weights])

    def graph(self, front: Any) -> str:
        """As `finish`: convolutions over frames."""
        g, half = front.g, WIDTH // 2
        mfcc, out = g.op("Transpose", front.described, perm=[0, 2, 1]), []
        for weights in self.weights:
            kernel = np.tile(weights, (N_DESCRIBED, 1, 1)).reshape(N_DESCRIBED, 1, WIDTH)
            inner = g.op("Conv", mfcc, kernel, group=N_DESCRIBED)
            whole = g.op("Pad", inner, [0, 0, half, 0, 0, half], mode="edge")
            out.append(g.op("Transpose", whole, perm=[0, 2, 1]))
        return front.hear(g.concat(out, 2), len(self.rows))


def _derivative(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Derivative over frames, the edge windows' values repeated; ``rows`` float32 [coefficients, F]; of fewer, 0."""
    n = rows.shape[1] - len(weights) + 1
    if n < 1:
        return np.zeros_like(rows)
    inner = weights[0] * rows[:, :n]
    for k in range(1, len(weights)):
        inner += weights[k] * rows[:, k : k + n]
    half = len(weights) // 2
    first, last = (np.repeat(inner[:, edge], half, axis=1) for edge in (slice(0, 1), slice(-1, None)))
    return np.concatenate((first, inner, last), axis=1)
