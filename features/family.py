"""What a family of statistics is: rows measured of every frame, or columns measured of every segment, or both.

A row (one number a frame) is described by its moments and percentiles, all families' rows together
(`features.summary`); a column is a statistic as it is. What is said of segments is written once, with the operations
that numpy and an ONNX graph both have (`features.operations`). What is measured of frames is written twice, because the
fast ways differ: here on spectra that pass by in chunks, there in one piece; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .settings import FeatureSettings


@dataclass(frozen=True)
class Row:
    """One number a frame.

    Attributes
    ----------
    name : str
    floor : float
        Added to the variance before anything is divided by it, so that a constant row gives 0 and no rounding noise.
    shaped, ranked : bool
        Whether skewness and kurtosis, and whether percentiles are taken; mean and deviation always are.
    """

    name: str
    floor: float
    shaped: bool = True
    ranked: bool = True


def numbered(name: str, count: int, floor: float, *, shaped: bool = True, ranked: bool = True) -> tuple[Row, ...]:
    """Rows ``name_0``, ``name_1`` ..."""
    return tuple(Row(f"{name}_{i}", floor, shaped, ranked) for i in range(count))


class Family:
    """Constants of one family for one `FeatureSettings`; thread-safe, since nothing in it changes.

    A family of frames has `rows` and defines `finish` and `graph`, and, where it needs spectra, `begin` and `chunk`. A
    family of segments has `statistics` and defines `measure`.
    """

    rows: tuple[Row, ...] = ()
    statistics: tuple[str, ...] = ()

    def __init__(self, settings: FeatureSettings) -> None:
        self.settings = settings

    @classmethod
    def used(cls, settings: FeatureSettings) -> bool:
        """Whether these settings ask for it."""
        return True

    def begin(self, n_frames: int) -> tuple[np.ndarray, ...]:
        """Arrays that `chunk` fills, frames along the last axis."""
        return ()

    def chunk(self, kept: tuple[np.ndarray, ...], at: slice, magnitude: np.ndarray, power: np.ndarray) -> None:
        """Measure a chunk of frames, ``magnitude`` and ``power`` [bins, n]; both are read only."""

    def finish(self, kept: tuple[np.ndarray, ...], frames: Any) -> np.ndarray:
        """Its rows, float32 [rows, F], from what was kept and from `features.frames.Frames`."""
        raise NotImplementedError

    def graph(self, front: Any) -> str:
        """Add `finish` to an ONNX graph: [segments, rows, S], from `models.frontend.FrontEnd`."""
        raise NotImplementedError

    def measure(self, ops: Any, segments: Any) -> Any:
        """Its columns [K, statistics], of `features.summary.Segments`, by `features.operations`."""
        raise NotImplementedError
