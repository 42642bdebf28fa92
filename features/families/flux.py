"""Flux: how fast the level of each band rises and falls from frame to frame, dB."""

from __future__ import annotations

from typing import Any

import numpy as np

from features import filters
from features.family import Family
from features.settings import FLUX_GROUPS, FeatureSettings

RANK = 140
LABEL = "flux"


class MEASURES(Family):
    """Mean and root mean square of the rises, and root mean square of the falls, by groups of bands."""

    statistics = tuple(
        f"flux_{what}_band{band}" for what in ("rise", "rise_rms", "fall_rms") for band in range(FLUX_GROUPS)
    )

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__(settings)
        groups = np.arange(0, settings.n_mels + 1, settings.n_mels // FLUX_GROUPS)
        self.by_band = filters.pooling(settings.n_mels, groups)

    def measure(self, ops: Any, segments: Any) -> Any:
        """Rises and falls between frames."""
        change = ops.difference(segments.log_mel)
        rise = ops.at_least(change, 0.0)
        rises, falls = ops.mean(ops.square(rise), 1), ops.mean(ops.square(change - rise), 1)
        mean = ops.mean(rise, 1) @ self.by_band
        return ops.join([mean, ops.sqrt(rises @ self.by_band), ops.sqrt(falls @ self.by_band)])
