"""What a network learns from where it is too much for memory: targets made when they are asked for, batches ahead."""

from __future__ import annotations

from collections.abc import Iterator
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
    """Smoothed genres, then the statistics, float32 [n, genres + statistics], of the rows that are asked for."""

    def __init__(self, genres: np.ndarray, labels: np.ndarray, statistics: Standardised) -> None:
        self.genres, self.labels, self.statistics = genres, labels, statistics

    def __getitem__(self, index: np.ndarray) -> np.ndarray:
        return np.concatenate((self.genres[self.labels[index]], self.statistics[index]), axis=1)


def ahead(sampler: Sampler, steps: int, widths: tuple[int, int], frames: tuple[int, ...]) -> Any:
    """The sampler's batches as a `tf.data.Dataset`: the next two are read and varied while the network learns.

    Parameters
    ----------
    sampler : Sampler
    steps : int
        Batches.
    widths : (int, int)
        Of the genres and of the statistics; 0 where there are none to predict.
    frames : tuple of int
        Shape of what is shown of one segment.
    """
    import tensorflow as tf

    genres, statistics = widths

    def batches() -> Iterator[tuple]:
        for x, t in sampler.batches(steps):
            yield x, ((t[:, :genres], t[:, genres:]) if statistics else t)

    def spec(*shape: int) -> Any:
        return tf.TensorSpec((sampler.batch_size, *shape), tf.float32)

    wanted = (spec(genres), spec(statistics)) if statistics else spec(genres)
    made = tf.data.Dataset.from_generator(batches, output_signature=(spec(*frames), wanted))
    return made.prefetch(2)
