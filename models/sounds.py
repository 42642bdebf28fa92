"""What kind of sound a segment is, beside its genre: music, or something that no genre fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .graph import Graph

MUSIC = "music"


@dataclass(frozen=True)
class Sounds:
    """A softmax layer over some statistics of a segment.

    Attributes
    ----------
    names : tuple of str
        Kinds of sound; the first is `MUSIC`.
    statistics : tuple of str
        What it reads, as the engine calls them.
    kernel : float32 [statistics, names]
    bias : float32 [names]
    music_below : float
        An excerpt whose mean probability of music is below this is something else.
    """

    names: tuple[str, ...]
    statistics: tuple[str, ...]
    kernel: np.ndarray
    bias: np.ndarray
    music_below: float

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """Of statistics [n, statistics], float32 [n, names]."""
        score = x @ self.kernel + self.bias
        p = np.exp(score - score.max(axis=1, keepdims=True))
        return (p / p.sum(axis=1, keepdims=True)).astype(np.float32)

    def grow(self, g: Graph, x: str, known: tuple[str, ...]) -> str:
        """The same in a graph, of a value [n, statistics] whose columns are called `known`."""
        columns = np.asarray([known.index(name) for name in self.statistics], np.int64)
        if not np.array_equal(columns, np.arange(len(known))):
            x = g.op("Gather", x, columns, axis=1)
        return g.op("Softmax", g.add(g.matmul(x, self.kernel), self.bias), axis=1)

    def config(self) -> dict:
        """What config.json says of it."""
        return {"names": list(self.names), "music_below": self.music_below}
