"""How good held-out answers are: accuracy, recall and F1 with their intervals, calibration, the temperature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .solver import softmax

__all__ = ["CONFUSED", "confusion", "ece", "interval_scores", "most_confused", "pooled", "temperature", "threshold"]

CONFUSED = 10
"""Pairs of labels that a report names at most."""
_TEMPERATURES = np.geomspace(0.2, 8.0, 149)
_DRAWS = 2000


def confusion(right: np.ndarray, answered: np.ndarray, count: int) -> np.ndarray:
    """Count songs, int64 [label, answer]."""
    table = np.zeros((count, count), np.int64)
    np.add.at(table, (right, answered), 1)
    return table


def interval_scores(
    right: np.ndarray, answered: np.ndarray, groups: np.ndarray, count: int, *, seed: int = 0
) -> dict[str, dict[str, float]]:
    """Accuracy, macro recall and macro F1, with 95 % intervals from drawing artists with replacement.

    Songs of one artist are right or wrong together; drawing them one by one would make the intervals too narrow.

    Parameters
    ----------
    right, answered, groups : int [n]
    count : int
        Labels.
    seed : int

    Returns
    -------
    dict of str to dict
        ``accuracy``, ``macro_recall``, ``macro_f1``; each ``value``, ``low``, ``high``.
    """
    _, unit = np.unique(groups, return_inverse=True)
    units = int(unit.max()) + 1
    tables = np.zeros((units, count * count))
    np.add.at(tables, (unit, right * count + answered), 1)
    rng, spread = np.random.default_rng(seed), []
    for _ in range(_DRAWS // 100):  # a hundred draws at a time: a library has many artists
        drawn = rng.multinomial(units, np.full(units, 1 / units), size=100)
        spread.append(_measures((drawn @ tables).reshape(-1, count, count)))
    values = _measures(tables.sum(axis=0).reshape(1, count, count))
    found = {}
    for name, value in values.items():
        low, high = np.quantile(np.concatenate([one[name] for one in spread]), [0.025, 0.975])
        found[name] = {"value": float(value[0]), "low": float(low), "high": float(high)}
    return found


def _measures(tables: np.ndarray) -> dict[str, np.ndarray]:
    """Of tables [draws, label, answer]; a label that was not drawn counts in no mean."""
    diagonal = np.diagonal(tables, axis1=1, axis2=2)
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    there, safe = rows > 0, np.where(rows > 0, rows, 1)
    labels = np.maximum(there.sum(axis=1), 1)
    return {
        "accuracy": diagonal.sum(axis=1) / np.maximum(rows.sum(axis=1), 1),
        "macro_recall": (diagonal / safe * there).sum(axis=1) / labels,
        "macro_f1": (2 * diagonal / (safe + columns) * there).sum(axis=1) / labels,
    }


def ece(probabilities: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: the mean distance of confidence and accuracy over bins of equal width."""
    best, good = probabilities.max(axis=1), probabilities.argmax(axis=1) == right
    number = np.minimum((best * bins).astype(int), bins - 1)
    return float(sum(abs(good[number == k].sum() - best[number == k].sum()) for k in range(bins)) / len(right))


def pooled(p: np.ndarray, song: np.ndarray, share: np.ndarray, songs: int) -> np.ndarray:
    """Mean over the segments of each song.

    Parameters
    ----------
    p : np.ndarray [segments, labels]
    song : int [segments]
        Which song each belongs to.
    share : np.ndarray [segments]
        How much it counts there; the shares of a song sum to 1.
    songs : int

    Returns
    -------
    np.ndarray [songs, labels]
    """
    found = np.zeros((songs, p.shape[1]))
    np.add.at(found, song, p * share[:, None])
    return found


def temperature(scores: np.ndarray, song: np.ndarray, share: np.ndarray, right: np.ndarray) -> float:
    """Choose the temperature with which confidences say best how often answers are right.

    Parameters
    ----------
    scores : np.ndarray [segments, labels]
        Of held-out segments, before the softmax.
    song, share
        As in `pooled`.
    right : int [songs]

    Returns
    -------
    float
        What scores are divided by; the one of least Brier score of the answer (the mean squared difference between
        its confidence and whether it was right).
    """

    def loss(one: float) -> float:
        songs = pooled(softmax(scores / one), song, share, len(right))
        return float(((songs.max(axis=1) - (songs.argmax(axis=1) == right)) ** 2).mean())

    return float(min(_TEMPERATURES, key=loss))


def threshold(probabilities: np.ndarray, share: float = 0.2) -> float:
    """Choose the confidence below which that share of the held-out songs lies."""
    return float(np.quantile(probabilities.max(axis=1), share))


def most_confused(table: Sequence[Sequence[int]] | np.ndarray, labels: Sequence[str]) -> list[tuple[int, str, str]]:
    """List the pairs that are confused most: how often, the label, what was answered."""
    pairs = [
        (int(table[i][j]), labels[i], labels[j])
        for i in range(len(labels))
        for j in range(len(labels))
        if i != j and table[i][j]
    ]
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))[:CONFUSED]
