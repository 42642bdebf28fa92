"""Probabilities that know how much was heard: a temperature for a looped piece, for one segment, for two, for all.

The mean over the segments of a whole clip is right more often than one segment's answer, and less sure of itself. One
temperature for both makes whole songs look doubtful and short pieces sure.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline import calibration
from studies.mixed_lengths import CHECK, PIECE, WHOLE

MOST = 3
"""Segments from which on nothing is told apart."""


def heard(table: pd.DataFrame) -> np.ndarray:
    """How much each row's excerpt has of it: 0 where it is looped, else its segments, at most `MOST`; int [rows]."""
    whole = table[(table["form"] == WHOLE) & (table["copy"] == 0)]
    counts = table["track_id"].map(whole.groupby("track_id").size()).fillna(0).to_numpy(int)
    return np.where(table["form"].to_numpy() == WHOLE, np.minimum(counts, MOST), 0)


def temperatures(table: pd.DataFrame, p: np.ndarray, labels: np.ndarray) -> list[float]:
    """Fitted on held-out answers, for 0 to `MOST` (see `heard`).

    Parameters
    ----------
    table : DataFrame
        Originals: the segments of whole clips, and their pieces of `CHECK` (short clips' ``piece`` is such a one).
    p : float [rows, genres]
        Not softened.
    labels : int [rows]
    """
    whole = np.flatnonzero(table["form"] == WHOLE)
    place = table.iloc[whole].groupby("track_id").cumcount().to_numpy()
    looped = np.flatnonzero(table["form"].isin((CHECK, PIECE)))
    found = [_fit(np.arange(len(looped)), p[looped], labels[looped])]
    for count in range(1, MOST + 1):
        units = place // count  # 1: each segment alone; 2: pairs; MOST: all that there are
        if count == MOST:
            units = np.zeros(len(whole), int)
        names = table["track_id"].to_numpy()[whole] + ":" + units.astype(str)
        full = pd.Series(names).map(pd.Series(names).value_counts()).to_numpy() >= count
        rows = whole[full]
        found.append(_fit(names[full], p[rows], labels[rows]) if len(rows) else found[-1])
    return found


def _fit(units: np.ndarray, p: np.ndarray, labels: np.ndarray) -> float:
    """As `pipeline.calibration.fit`: the temperature of the least Brier score of the units' answers."""
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    right = labels[first]
    counts = np.bincount(unit)[:, None]

    def loss(temperature: float) -> float:
        softened = calibration.soften(p, temperature)
        means = np.stack([np.bincount(unit, column) for column in softened.T], axis=1) / counts
        return float(((means.max(axis=1) - (means.argmax(axis=1) == right)) ** 2).mean())

    return round(float(min(calibration.TEMPERATURES, key=loss)), 4)


def soften(p: np.ndarray, amounts: np.ndarray, found: list[float]) -> np.ndarray:
    """Each row at the temperature of how much of it was heard."""
    out = np.empty(p.shape)
    for amount in np.unique(amounts):
        rows = amounts == amount
        out[rows] = calibration.soften(p[rows], found[amount])
    return out
