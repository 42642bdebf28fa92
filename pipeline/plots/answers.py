"""Tables and pictures of one model's answers over tracks: confusion, calibration, coverage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline import scores
from pipeline.files import write_csv
from pipeline.plots import calibration
from pipeline.plots.confusion import confusion
from pipeline.tables import labels_of, probabilities_of


def answers(
    table: pd.DataFrame,
    before: np.ndarray,
    genres: list[str],
    folder: Path,
    *,
    name: str,
    title: str,
    bins: int,
    threshold: float,
) -> None:
    """Write ``predictions.csv``, ``confusion.csv``, ``confusion.svg``, ``reliability.svg`` and ``coverage.svg``.

    Parameters
    ----------
    table : DataFrame
        A row a track: ``genre, predicted, p_<genre>…``.
    before : np.ndarray [tracks, genres]
        Probabilities without the temperature.
    genres : list of str
    folder : path
    name, title : str
        Of the model, and of the confusion's picture.
    bins : int
        Of the calibration error.
    threshold : float
        Below this confidence an answer is called uncertain.
    """
    after, actual = probabilities_of(table, genres), labels_of(table, genres)
    write_csv(folder / "predictions.csv", table)
    write_csv(folder / "confusion.csv", table[["genre", "predicted"]].rename(columns={"genre": "actual"}))
    counts = scores.confusion(actual, after.argmax(axis=1), len(genres))
    confusion(counts, genres, folder / "confusion.svg", title=title)
    calibration.reliability(before, after, actual, folder / "reliability.svg", bins=bins, title=f"{name}: calibration")
    heading = f"{name}: accuracy against coverage"
    calibration.coverage(after, actual, folder / "coverage.svg", threshold=threshold, title=heading)
