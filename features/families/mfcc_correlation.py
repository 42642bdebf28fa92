"""Which MFCCs move together in a segment."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.family import Family
from features.settings import N_DESCRIBED

RANK = 110
LABEL = "MFCC correlations"
UPPER, LOWER = np.triu_indices(N_DESCRIBED, 1)


class MEASURES(Family):
    """Correlation over frames of each pair of the first coefficients."""

    statistics = tuple(f"mfcc_correlation_{i}_{j}" for i, j in zip(UPPER, LOWER, strict=True))

    def measure(self, ops: Any, segments: Any) -> Any:
        """Covariance over the product of the deviations."""
        mfcc = segments.rows(0, N_DESCRIBED)
        covariance = ops.swap(mfcc.centred) @ mfcc.centred * (1.0 / self.settings.segment_frames)
        scale = ops.sqrt(mfcc.variance + mfcc.floor)
        pairs = ops.take(ops.flat(covariance, N_DESCRIBED**2), UPPER * N_DESCRIBED + LOWER)
        return pairs / (ops.take(scale, UPPER) * ops.take(scale, LOWER))
