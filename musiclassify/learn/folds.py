"""Songs dealt into folds, artists whole and labels evenly spread, so that a score says what new artists will get."""

from __future__ import annotations

import numpy as np

__all__ = ["deal"]

_RESTARTS = 100
_LOST = 1_000.0


def deal(labels: np.ndarray, groups: np.ndarray, count: int, *, seed: int = 0) -> np.ndarray:
    """Deal songs into folds so that no group stands in two and every label is spread evenly.

    Many random greedy fillings, large groups first; the most even one is taken. A label whose groups would all stand
    in one fold could not be learned while that fold is held out: such a dealing is taken only where no other was found.

    Parameters
    ----------
    labels : int [n]
        From 0 up.
    groups : int [n]
        What may not be parted: the artist. From 0 up, none left out.
    count : int
        Folds, from 2 to the number of groups.
    seed : int

    Returns
    -------
    int [n]
        0 to ``count - 1``.

    Raises
    ------
    ValueError
        Fewer groups than folds.
    """
    known = int(groups.max()) + 1
    if not 2 <= count <= known:
        raise ValueError(f"count={count} must be from 2 to the number of groups, {known}")
    table = np.zeros((known, int(labels.max()) + 1))
    np.add.at(table, (groups, labels), 1)
    shares = table / np.maximum(table.sum(axis=0), 1)
    rng = np.random.default_rng([seed, count])
    best, least = np.zeros(known, int), np.inf
    for _ in range(_RESTARTS):
        order = np.argsort(-shares.max(axis=1) * rng.uniform(0.5, 1.5, known), kind="stable")
        folds, filled = _fill(shares[order], count)
        whole = (filled > 1 - 1e-9).sum()
        cost = ((filled - 1 / count) ** 2).sum() + _LOST * (whole + (count - len(set(folds))))
        if cost < least:
            best[order], least = folds, cost
    return best[groups]


def _fill(shares: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Put group after group where its labels are most wanted; give the folds and what each holds of each label."""
    filled, folds = np.zeros((count, shares.shape[1])), np.zeros(len(shares), int)
    for i, share in enumerate(shares):
        wanted = ((1 / count - filled) * share).sum(axis=1) - 1e-9 * filled.sum(axis=1)  # of equals the emptier
        fold = int(np.argmax(wanted))
        folds[i] = fold
        filled[fold] += share
    return folds, filled
