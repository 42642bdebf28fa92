"""What a network learns from where it is too much for memory: targets made when they are asked for, batches ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from features.rows import Rows
from models.base import streamed_moments

from .sampling import Sampler

LIMIT = 4.0  # standardised statistics are held within so many deviations


class Standardised:
    """Statistics to predict, standardised when they are asked for, float32 [n, statistics].

    Parameters
    ----------
    rows : Rows
        Columns of the statistics.
    weight : float [n]
    """

    def __init__(self, rows: Rows, weight: np.ndarray) -> None:
        self.rows, self.shape = rows, rows.shape
        self.mean, self.std = streamed_moments(rows, weight)

    def __getitem__(self, index: np.ndarray) -> np.ndarray:
        return np.clip((self.rows[index] - self.mean) / self.std, -LIMIT, LIMIT).astype(np.float32)


class Targets:
    """Smoothed genres, then what else is predicted, float32 [n, genres + columns], of the rows that are asked for."""

    def __init__(self, genres: np.ndarray, labels: np.ndarray, parts: Sequence[Any]) -> None:
        self.genres, self.labels, self.parts = genres, labels, tuple(parts)

    def __getitem__(self, index: np.ndarray) -> np.ndarray:
        return np.concatenate((self.genres[self.labels[index]], *(part[index] for part in self.parts)), axis=1)


def parted(targets: np.ndarray, widths: Sequence[int]) -> list[np.ndarray]:
    """The columns of a batch's targets, task by task."""
    return np.split(targets, np.cumsum(widths)[:-1], axis=1)


def ahead(sampler: Sampler, steps: int, widths: Sequence[int], frames: tuple[int, ...]) -> Any:
    """The sampler's batches as a `tf.data.Dataset`: the next two are read and varied while the network learns.

    Parameters
    ----------
    sampler : Sampler
    steps : int
        Batches.
    widths : sequence of int
        Of the genres, then of each task that is learned beside them.
    frames : tuple of int
        Shape of what is shown of one segment.
    """
    import tensorflow as tf

    def batches() -> Iterator[tuple]:
        for x, t in sampler.batches(steps):
            yield x, (tuple(parted(t, widths)) if len(widths) > 1 else t)

    def spec(*shape: int) -> Any:
        return tf.TensorSpec((sampler.batch_size, *shape), tf.float32)

    wanted = tuple(spec(width) for width in widths)
    signature = (spec(*frames), wanted if len(wanted) > 1 else wanted[0])
    return tf.data.Dataset.from_generator(batches, output_signature=signature).prefetch(2)
