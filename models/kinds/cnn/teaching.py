"""What a network is taught by one that was trained elsewhere: to predict what that one hears in the same sound.

The teacher's statistics (`features.tagger`) of the training segments are standardised and brought to a few principal
components; both are fitted on the segments that are learned from and on nothing else. The taught network reads what it
always reads, so where it answers the teacher is neither asked nor carried.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from features.rows import Rows, blocks, streamed
from models.base import moments, streamed_moments
from models.components import scaled
from models.errors import ModelError

from .stream import LIMIT


class Lessons:
    """Principal components of what the teacher hears, made when they are asked for, float32 [n, components].

    They are scaled by one number, so that their mean variance is 1: whoever always predicts their mean has a mean
    squared error of 1.

    Parameters
    ----------
    heard : float32 [n, statistics]
        What it says of the training segments; `Rows` where it is too much for memory.
    weight : float [n]
        Of each segment.
    components : int
        At most so many are kept.

    Raises
    ------
    ModelError
        If the teacher says the same of every segment.
    """

    def __init__(self, heard: np.ndarray | Rows, weight: np.ndarray, components: int) -> None:
        self._heard = heard
        if streamed(heard):
            self.mean, self.std = streamed_moments(heard, weight)
        else:
            self.mean, self.std = moments(np.asarray(heard, np.float64), weight)
        share = weight / weight.sum()
        mean = sum(part @ z for part, z in self._parts(share))
        covariance = sum((z - mean).T @ (part[:, None] * (z - mean)) for part, z in self._parts(share))
        if not np.trace(covariance) > 0:
            raise ModelError(
                "cnn.taught: features.tagger says the same of all training segments, so it teaches nothing; set it to 0"
            )
        self.basis, self.offset = scaled(covariance, mean, min(components, len(heard), heard.shape[1]))
        self.shape = (len(heard), len(self.offset))

    def __getitem__(self, index: np.ndarray | slice) -> np.ndarray:
        return self.of(self._heard[index])

    def of(self, heard: np.ndarray) -> np.ndarray:
        """The components of what the teacher says of any segments, float32 [n, components]."""
        return (self._standardised(heard) @ self.basis - self.offset).astype(np.float32)

    def _standardised(self, heard: np.ndarray) -> np.ndarray:
        return np.clip((np.asarray(heard, np.float64) - self.mean) / self.std, -LIMIT, LIMIT)

    def _parts(self, share: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Shares of the weight and standardised statistics, some rows at a time."""
        at = 0
        for block in blocks(self._heard):
            yield share[at : at + len(block)], self._standardised(block)
            at += len(block)
