"""The tables that stages hand on: segments and their subsets, genres as numbers, probabilities by genre."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


def read_segments(path: Path) -> pd.DataFrame:
    """Read a segments.csv; an empty recipe stays empty text."""
    text = dict.fromkeys(("segment_id", "track_id", "genre", "group", "split", "recipe"), str)
    return pd.read_csv(path, dtype=text, keep_default_na=False)


def with_subsets(pieces: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Segments with the subset that the split gives them; those without one are dropped."""
    if (table["segment"] >= 0).any():
        return pieces.merge(table, on=["track_id", "segment"], how="inner")
    return pieces.merge(table[["track_id", "split"]], on="track_id", how="inner")


def labels_of(table: pd.DataFrame, genres: list[str]) -> np.ndarray:
    """Genres as their numbers, int64 [n]."""
    return pd.Categorical(table["genre"], categories=genres).codes.astype(np.int64)


def with_probabilities(tracks: pd.DataFrame, probabilities: np.ndarray, genres: list[str]) -> pd.DataFrame:
    """Tracks with what a model says of them: ``predicted, confidence, p_<genre>…``."""
    table = tracks.copy()
    table["predicted"] = [genres[k] for k in probabilities.argmax(axis=1)]
    table["confidence"] = probabilities.max(axis=1)
    for k, genre in enumerate(genres):
        table[f"p_{genre}"] = probabilities[:, k]
    return table


def probabilities_of(table: pd.DataFrame, genres: list[str]) -> np.ndarray:
    """The columns ``p_<genre>`` of such a table, float64 [n, genres]."""
    return table[[f"p_{genre}" for genre in genres]].to_numpy(float)
