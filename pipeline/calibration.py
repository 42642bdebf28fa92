"""Probabilities that mean what they say: temperature, the threshold for "uncertain", segments to tracks."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from musiclassify.audio.excerpts import vote

TEMPERATURES = np.geomspace(0.2, 8.0, 149)


@dataclass(frozen=True)
class Calibration:
    """What training learned on the validation tracks beside the model itself.

    Parameters
    ----------
    temperature : float
        Segment log-probabilities are divided by it; 1 changes nothing.
    uncertain_below : float
        A track whose best probability is below this is called uncertain.
    tracks : int
        Validation tracks that both were fitted on.
    """

    temperature: float = 1.0
    uncertain_below: float = 0.0
    tracks: int = 0

    def to_dict(self) -> dict:
        return asdict(self)


def soften(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Divide log-probabilities by a temperature and normalise.

    Parameters
    ----------
    probabilities : np.ndarray [n, genres]
    temperature : float
        Above 0; above 1 makes rows less sure of themselves.
    """
    logs = np.log(np.clip(np.asarray(probabilities, dtype=np.float64), 1e-12, 1.0)) / temperature
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def by_track(table: pd.DataFrame, probabilities: np.ndarray, method: str = "mean") -> tuple[pd.DataFrame, np.ndarray]:
    """From segments to tracks: the mean over each excerpt's segments, then the rule's vote over the excerpts.

    Parameters
    ----------
    table : DataFrame
        Segments: ``track_id, genre, group, excerpt``; originals only.
    probabilities : np.ndarray [segments, genres]
    method : {"mean", "majority"}

    Returns
    -------
    (DataFrame, np.ndarray [tracks, genres])
        ``track_id, genre, group`` in order of first appearance, and their probabilities.
    """
    tracks = table.drop_duplicates("track_id")[["track_id", "genre", "group"]].reset_index(drop=True)
    track = pd.Categorical(table["track_id"], categories=tracks["track_id"]).codes
    excerpt = table["excerpt"].to_numpy()
    result = np.empty((len(tracks), probabilities.shape[1]))
    order = np.lexsort((excerpt, track))
    edges = np.flatnonzero(np.diff(track[order])) + 1
    for rows in np.split(order, edges):
        means = [probabilities[rows[excerpt[rows] == e]].mean(axis=0) for e in np.unique(excerpt[rows])]
        result[track[rows[0]]] = vote(np.array(means), method)
    return tracks, result


def fit(
    table: pd.DataFrame,
    probabilities: np.ndarray,
    labels: np.ndarray,
    genres: list[str],
    *,
    method: str = "mean",
    uncertain_share: float = 0.2,
) -> Calibration:
    """Fit temperature and threshold on validation segments.

    The temperature minimises the Brier score of the answer over tracks: the mean squared difference between its
    confidence and whether it was right. (Log loss instead is ruled by the few tracks that are far off, and left the
    confidence of all others too low after the mean over segments.) The threshold is the confidence below which
    `uncertain_share` of the tracks lie.

    Parameters
    ----------
    table, probabilities
        As in `by_track`, uncalibrated.
    labels : np.ndarray [segments]
        Right genres as numbers.
    genres : list of str
    method : {"mean", "majority"}
        Vote over excerpts for the threshold; the temperature is fitted with the mean.
    uncertain_share : float
    """
    if not len(table):
        return Calibration()
    right = pd.Series(labels).groupby(table["track_id"].to_numpy(), sort=False).first().to_numpy()

    def loss(temperature: float) -> float:
        _, tracks = by_track(table, soften(probabilities, temperature))
        return float(((tracks.max(axis=1) - (tracks.argmax(axis=1) == right)) ** 2).mean())

    temperature = float(min(TEMPERATURES, key=loss))
    _, tracks = by_track(table, soften(probabilities, temperature), method)
    threshold = float(np.quantile(tracks.max(axis=1), uncertain_share)) if uncertain_share else 0.0
    return Calibration(round(temperature, 4), round(threshold, 4), len(right))
