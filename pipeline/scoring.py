"""Scores of one model's answers, at segment and at track level, and as the card of a released model has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline import calibration, scores
from pipeline.tables import labels_of, with_probabilities


def score(
    table: pd.DataFrame,
    raw: np.ndarray,
    genres: list[str],
    *,
    temperature: float,
    uncertain_below: float,
    vote: str,
    bins: int,
    draws: int,
    seed: int,
) -> tuple[dict[str, Any], pd.DataFrame, dict[str, np.ndarray]]:
    """Score segment probabilities at segment and at track level.

    Parameters
    ----------
    table : DataFrame
        The segments, originals.
    raw : np.ndarray [segments, genres]
        As the model gives them, before the temperature.
    genres : list of str
    temperature, uncertain_below : float
    vote : {"mean", "majority"}
    bins, draws, seed : int

    Returns
    -------
    (dict, DataFrame, dict)
        The measures; a row a track (``track_id, genre, group, predicted, confidence, uncertain, p_<genre>…``); and
        the arrays ``before``, ``after`` [tracks, genres] and ``actual`` [tracks] for pictures.
    """
    actual_segments = labels_of(table, genres)
    soft = calibration.soften(raw, temperature)
    tracks, before = calibration.by_track(table, raw, vote)
    _, after = calibration.by_track(table, soft, vote)
    actual = labels_of(tracks, genres)

    confidence = after.max(axis=1)
    uncertain = confidence < uncertain_below
    right = after.argmax(axis=1) == actual
    given = {"genres": genres, "bins": bins, "draws": draws, "seed": seed}
    track_level = _level(after, before, actual, tracks["track_id"].to_numpy(), **given)
    track_level |= {
        "uncertain_share": float(uncertain.mean()),
        "accuracy_when_certain": float(right[~uncertain].mean()) if (~uncertain).any() else None,
    }
    measures = {
        "tracks": len(tracks),
        "segments": len(table),
        "genres_tested": int((np.bincount(actual, minlength=len(genres)) > 0).sum()),
        "track": track_level,
        "segment": _level(soft, raw, actual_segments, table["track_id"].to_numpy(), **given),
    }
    answers = with_probabilities(tracks, after, genres)
    answers.insert(answers.columns.get_loc("confidence") + 1, "uncertain", uncertain)
    return measures, answers, {"before": before, "after": after, "actual": actual}


def _level(
    p: np.ndarray,
    p_before: np.ndarray,
    right: np.ndarray,
    units: np.ndarray,
    *,
    genres: list[str],
    bins: int,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """The measures of answers to segments or to tracks."""
    predicted = p.argmax(axis=1)
    drawn = scores.bootstrap(right, predicted, units, genres=len(genres), draws=draws, seed=seed)
    counts = scores.confusion(right, predicted, len(genres))
    measures = {}
    for name in ("accuracy", "macro_recall", "macro_f1"):
        value, low, high = drawn[name]
        measures |= {name: value, f"{name}_low": low, f"{name}_high": high}
    return measures | {
        "ece_before": scores.ece(p_before, right, bins),
        "ece": scores.ece(p, right, bins),
        "recall": dict(zip(genres, scores.recall(counts), strict=True)),
    }


def score_card(
    *,
    split: str,
    probabilities: np.ndarray,
    actual: np.ndarray,
    units: np.ndarray,
    genres: list[str],
    folds: int,
    bins: int,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """The ``scores`` of metadata.json: track level, with intervals.

    Parameters
    ----------
    split : str
        In words: which split, and which side of it.
    probabilities : np.ndarray [tracks, genres]
    actual : int [tracks]
    units : np.ndarray [tracks]
        What the bootstrap draws.
    genres : list of str
    folds, bins, draws, seed : int
    """
    predicted = probabilities.argmax(axis=1)
    table = scores.confusion(actual, predicted, len(genres))
    drawn = scores.bootstrap(actual, predicted, units, genres=len(genres), draws=draws, seed=seed)

    def interval(name: str) -> dict[str, float]:
        return {key: round(value, 6) for key, value in zip(("value", "low", "high"), drawn[name], strict=True)}

    recalls = scores.recall(table)
    return {
        "split": split,
        "tracks": len(actual),
        "folds": folds,
        "accuracy": interval("accuracy"),
        "macro_recall": interval("macro_recall"),
        "macro_f1": round(drawn["macro_f1"][0], 6),
        "ece": round(scores.ece(probabilities, actual, bins), 6),
        "per_genre_recall": {
            name: None if np.isnan(value) else round(float(value), 6)
            for name, value in zip(genres, recalls, strict=True)
        },
        "confusion": table.tolist(),
    }
