"""The machine over more segments than an exact one can take: a Nyström map of the kernel, linear machines on it.

The kernel is taken to a few landmarks among the training segments in place of to all of them (Williams and Seeger
2001; scikit-learn's ``Nystroem``), which gives each segment coordinates in which a linear machine is an RBF machine
over the landmarks. Each pair of genres is told apart by averaged stochastic gradient descent on the hinge loss
(``SGDClassifier``), which reads the segments block by block, in an order drawn anew for each pass. What comes out has
the very form of the exact machine: support points, weights, intercepts.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from features.rows import BLOCK_ROWS

PASSES = 5
"""Readings of all segments."""


def draw(weight: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Rows drawn without putting back, each with a chance in proportion to its weight, sorted."""
    rng = np.random.default_rng(seed)
    count = min(count, int(np.count_nonzero(weight)))
    return np.sort(rng.choice(len(weight), count, replace=False, p=weight / weight.sum()))


def fit(
    read: Callable[[np.ndarray], np.ndarray],
    labels: np.ndarray,
    weight: np.ndarray,
    *,
    n_genres: int,
    landmarks: int,
    gamma: float,
    C: float,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Support points, their weight in each pair's decision, and each pair's intercept.

    Parameters
    ----------
    read : callable
        Standardised statistics of the rows at some positions, float [k, statistics].
    labels : int64 [n]
    weight : float64 [n]
        Genres balanced, mean 1.
    n_genres, landmarks : int
    gamma, C : float
        As an exact machine has them.
    seed : int

    Returns
    -------
    (float [landmarks, statistics], float64 [landmarks, pairs], float64 [pairs])
        Decisions are above 0 for a pair's first genre.
    """
    from sklearn.kernel_approximation import Nystroem

    found = read(draw(weight, landmarks, seed))
    kernel = Nystroem(kernel="rbf", gamma=gamma, n_components=len(found), random_state=seed).fit(found)
    machines = _machines(labels, n_genres, C, seed)
    rng = np.random.default_rng(seed)
    for _ in range(PASSES):
        order = rng.permutation(len(labels))
        for start in range(0, len(order), BLOCK_ROWS):
            rows = order[start : start + BLOCK_ROWS]
            mapped = kernel.transform(read(rows))
            for (first, second), machine in machines.items():
                inside = (labels[rows] == first) | (labels[rows] == second)
                if inside.any():
                    here = rows[inside]
                    machine.partial_fit(mapped[inside], labels[here] == first, [False, True], weight[here])
    coefficients = np.stack([machine.coef_[0] for machine in machines.values()], axis=1)
    intercepts = np.array([machine.intercept_[0] for machine in machines.values()])
    return kernel.components_, kernel.normalization_.T @ coefficients, intercepts


def _machines(labels: np.ndarray, n_genres: int, C: float, seed: int) -> dict:
    """An untrained linear machine for each pair of genres; libsvm's C is a penalty per segment of the pair."""
    from sklearn.linear_model import SGDClassifier

    count = np.bincount(labels, minlength=n_genres)
    return {
        (i, j): SGDClassifier("hinge", alpha=1 / (C * (count[i] + count[j])), average=True, random_state=seed)
        for i, j in combinations(range(n_genres), 2)
    }
