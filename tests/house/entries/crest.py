"""Crest: how far the loudest bin of a spectrum stands above the mean. An example of the one file of a new family."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.family import Family, Row

RANK = 150
LABEL = "crest"
FLOOR = 1e-3


class MEASURES(Family):
    """dB between the strongest bin of each frame and the mean of all; and how much it moves within a segment."""

    rows = (Row("crest", 1e-4),)
    statistics = ("level_range",)

    def begin(self, n_frames: int) -> tuple[np.ndarray, ...]:
        """Strongest bins and means."""
        return tuple(np.empty((2, n_frames), np.float32))

    def chunk(self, kept: tuple[np.ndarray, ...], at: slice, magnitude: np.ndarray, power: np.ndarray) -> None:
        """Of each frame."""
        np.max(magnitude, axis=0, out=kept[0][at])
        np.mean(magnitude, axis=0, out=kept[1][at])

    def finish(self, kept: tuple[np.ndarray, ...], frames: Any) -> np.ndarray:
        """In dB."""
        strongest, mean = kept
        return 20 * np.log10((strongest + FLOOR) / (mean + FLOOR))[None]

    def graph(self, front: Any) -> str:
        """As `finish`."""
        g = front.g
        strongest = g.add(g.max(front.magnitude, [1], keep=True), FLOOR)
        return g.mul(g.log10(g.div(strongest, g.add(g.mean(front.magnitude, 1, keep=True), FLOOR))), 20.0)

    def measure(self, ops: Any, segments: Any) -> Any:
        """From the quietest to the loudest frame, over all bands, dB."""
        level = ops.mean(segments.log_mel, 2)
        return ops.max(level, 1, keep=True) - ops.min(level, 1, keep=True)
