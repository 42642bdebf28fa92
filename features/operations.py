"""The operations that statistics of segments are written with, here on numpy's arrays.

`models.symbols` has the same ones for values of an ONNX graph. Beside them, ``+ - * / @`` and unary minus work on both;
a constant is an array or a number on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np


class Operations:
    """Operations on float32 arrays [K, ...]."""

    @staticmethod
    def mean(x: np.ndarray, axis: int, keep: bool = False) -> np.ndarray:
        """Mean over an axis."""
        return x.mean(axis=axis, keepdims=keep)

    @staticmethod
    def sum(x: np.ndarray, axis: int, keep: bool = False) -> np.ndarray:
        """Sum over an axis."""
        return x.sum(axis=axis, keepdims=keep)

    @staticmethod
    def max(x: np.ndarray, axis: int, keep: bool = False) -> np.ndarray:
        """Largest over an axis."""
        return x.max(axis=axis, keepdims=keep)

    @staticmethod
    def min(x: np.ndarray, axis: int, keep: bool = False) -> np.ndarray:
        """Smallest over an axis."""
        return x.min(axis=axis, keepdims=keep)

    @staticmethod
    def square(x: np.ndarray) -> np.ndarray:
        """x * x."""
        return np.square(x)

    @staticmethod
    def sqrt(x: np.ndarray) -> np.ndarray:
        """Square root."""
        return np.sqrt(x)

    @staticmethod
    def exp(x: np.ndarray) -> np.ndarray:
        """Natural exponential."""
        return np.exp(x)

    @staticmethod
    def log(x: np.ndarray) -> np.ndarray:
        """Natural logarithm."""
        return np.log(x)

    @staticmethod
    def log10(x: np.ndarray) -> np.ndarray:
        """Decimal logarithm."""
        return np.log10(x)

    @staticmethod
    def at_least(x: np.ndarray, low: float) -> np.ndarray:
        """The larger of each value and ``low``."""
        return np.maximum(x, np.float32(low))

    @staticmethod
    def clip(x: np.ndarray, low: float, high: float) -> np.ndarray:
        """Values held between two."""
        return np.minimum(np.maximum(x, np.float32(low)), np.float32(high))

    @staticmethod
    def softmax(x: np.ndarray) -> np.ndarray:
        """Over the last axis."""
        power = np.exp(x - x.max(axis=-1, keepdims=True))
        return power / power.sum(axis=-1, keepdims=True)

    @staticmethod
    def difference(x: np.ndarray) -> np.ndarray:
        """From one to the next along axis 1, one fewer."""
        return x[:, 1:] - x[:, :-1]

    @staticmethod
    def swap(x: np.ndarray) -> np.ndarray:
        """The last two axes of [K, a, b] exchanged."""
        return x.swapaxes(1, 2)

    @staticmethod
    def ordered(x: np.ndarray) -> np.ndarray:
        """Sorted along the last axis, smallest first."""
        return np.sort(np.ascontiguousarray(x), axis=-1)

    @staticmethod
    def take(x: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Some columns of the last axis."""
        return x[..., columns]

    @staticmethod
    def part(x: np.ndarray, first: int, count: int) -> np.ndarray:
        """Columns of the last axis that stand together."""
        return x[..., first : first + count]

    @staticmethod
    def flat(x: np.ndarray, width: int) -> np.ndarray:
        """[K, ..] as [K, width]."""
        return x.reshape(len(x), width)

    @staticmethod
    def join(parts: Sequence[np.ndarray]) -> np.ndarray:
        """Columns [K, ..] side by side."""
        return np.concatenate(parts, axis=1)

    @staticmethod
    def network(path: Path, runner: Any, x: Callable[[], np.ndarray]) -> np.ndarray:
        """What a network says of samples [K, n]; ``runner`` runs it here, its file goes into a graph."""
        return runner.of(x())
