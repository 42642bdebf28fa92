"""Scores with their uncertainty: accuracy, recall and F1 with bootstrap intervals over tracks, calibration, tests.

All of them take arrays and return plain numbers; none knows where the answers came from.
"""

from __future__ import annotations

import math

import numpy as np


def confusion(actual: np.ndarray, predicted: np.ndarray, genres: int) -> np.ndarray:
    """Counts [actual, predicted], int64 [genres, genres]."""
    table = np.zeros((genres, genres), dtype=np.int64)
    np.add.at(table, (actual, predicted), 1)
    return table


def recall(table: np.ndarray) -> np.ndarray:
    """Share of each genre's rows that are on the diagonal; NaN for a genre without rows."""
    rows = table.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(rows > 0, np.diag(table) / rows, np.nan)


def f1(table: np.ndarray) -> np.ndarray:
    """Harmonic mean of precision and recall of each genre; NaN for a genre without rows."""
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(rows > 0, 2 * np.diag(table) / (rows + columns), np.nan)


def ece(probabilities: np.ndarray, actual: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over bins of equal width.

    Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    return float(
        sum(row["share"] * abs(row["accuracy"] - row["confidence"]) for row in reliability(probabilities, actual, bins))
    )


def brier(probabilities: np.ndarray, actual: np.ndarray) -> float:
    """Brier score: mean squared distance of the probabilities from the right answer, 0 (best) to 2.

    Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78, 1950.
    """
    right = np.zeros_like(probabilities)
    right[np.arange(len(actual)), actual] = 1.0
    return float(((probabilities - right) ** 2).sum(axis=1).mean())


def reliability(probabilities: np.ndarray, actual: np.ndarray, bins: int = 10) -> list[dict]:
    """Confidence and accuracy of the rows in each bin of confidence that holds any.

    Returns
    -------
    list of dict
        ``low, high, count, share, confidence, accuracy``.
    """
    best = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == actual
    number = np.minimum((best * bins).astype(int), bins - 1)
    found = []
    for k in range(bins):
        rows = number == k
        if rows.any():
            found.append(
                {
                    "low": k / bins,
                    "high": (k + 1) / bins,
                    "count": int(rows.sum()),
                    "share": float(rows.mean()),
                    "confidence": float(best[rows].mean()),
                    "accuracy": float(right[rows].mean()),
                }
            )
    return found


def coverage(probabilities: np.ndarray, actual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy of the most confident share of the rows.

    Returns
    -------
    (np.ndarray, np.ndarray) [n]
        Shares 1/n … 1 and the accuracy of that many most confident rows.
    """
    order = np.argsort(-probabilities.max(axis=1), kind="stable")
    right = (probabilities.argmax(axis=1) == actual)[order]
    count = np.arange(1, len(right) + 1)
    return count / len(right), np.cumsum(right) / count


def bootstrap(
    actual: np.ndarray,
    predicted: np.ndarray,
    unit: np.ndarray,
    *,
    genres: int,
    draws: int = 2000,
    seed: int = 0,
) -> dict[str, tuple[float, float, float]]:
    """Accuracy, macro recall and macro F1 with their 95 % intervals.

    Whole units (tracks) are drawn with replacement, so that the segments of one track count as one.

    Parameters
    ----------
    actual, predicted : int [n]
    unit : np.ndarray [n]
        What is drawn: a track's name or number.
    genres, draws, seed : int

    Returns
    -------
    dict
        ``accuracy``, ``macro_recall`` and ``macro_f1``, each value, low, high.
    """
    _, unit = np.unique(unit, return_inverse=True)
    units = int(unit.max()) + 1
    # Confusion counts of each unit; a draw's confusion is a weighted sum of them.
    tables = np.zeros((units, genres * genres))
    np.add.at(tables, (unit, actual * genres + predicted), 1)
    weights = np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), size=draws)
    drawn = (weights @ tables).reshape(draws, genres, genres)
    whole = tables.sum(axis=0).reshape(1, genres, genres)

    def measures(counts: np.ndarray) -> dict[str, np.ndarray]:
        diagonal = np.diagonal(counts, axis1=1, axis2=2)
        rows, columns = counts.sum(axis=2), counts.sum(axis=1)
        present = rows > 0
        safe = np.where(present, rows, 1)
        n_present = present.sum(axis=1)
        return {
            "accuracy": diagonal.sum(axis=1) / counts.sum(axis=(1, 2)),
            "macro_recall": (np.where(present, diagonal / safe, 0)).sum(axis=1) / n_present,
            "macro_f1": (np.where(present, 2 * diagonal / (safe + columns), 0)).sum(axis=1) / n_present,
        }

    values, spread = measures(whole), measures(drawn)
    return {
        name: (float(values[name][0]), *(float(q) for q in np.quantile(spread[name], [0.025, 0.975])))
        for name in values
    }


def mcnemar(right_a: np.ndarray, right_b: np.ndarray) -> float:
    """Exact two-sided McNemar test: how likely so uneven a disagreement is if both are equally good.

    McNemar, "Note on the sampling error of the difference between correlated proportions", Psychometrika 12, 1947.

    Parameters
    ----------
    right_a, right_b : bool [n]
        Which of the same tracks each model had right.
    """
    only_a = int((right_a & ~right_b).sum())
    only_b = int((right_b & ~right_a).sum())
    n, k = only_a + only_b, min(only_a, only_b)
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, i) for i in range(k + 1)) / 2**n
    return min(1.0, 2 * tail)


def paired_difference(
    right_a: np.ndarray, right_b: np.ndarray, *, draws: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """Difference of two accuracies on the same tracks (a - b) with its 95 % bootstrap interval."""
    difference = right_a.astype(float) - right_b.astype(float)
    n = len(difference)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws) @ difference / n
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(difference.mean()), float(low), float(high)
