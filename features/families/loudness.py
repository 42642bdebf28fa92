"""Loudness: the root mean square of each frame, in dB of full scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.family import Family, Row
from features.frames import POWER_FLOOR

RANK = 60
LABEL = "loudness"


class MEASURES(Family):
    """Energy summed over hops, then over the hops of a frame."""

    rows = (Row("rms", 1e-4),)

    def finish(self, kept: tuple[np.ndarray, ...], frames: Any) -> np.ndarray:
        """In dB."""
        blocks = frames.blocks
        energy = frames.over_hops(np.einsum("ij,ij->i", blocks, blocks))
        return 10.0 * np.log10(np.maximum(energy / self.settings.n_fft, POWER_FLOOR))[None]

    def graph(self, front: Any) -> str:
        """As `finish`."""
        g = front.g
        energy = front.over_hops(g.op("ReduceSumSquare", front.hops, [2], keepdims=0))
        mean = g.op("Max", g.mul(energy, 1.0 / self.settings.n_fft), POWER_FLOOR)
        return g.mul(g.log10(mean), 10.0)
