"""Fitting: a model learns from train, its temperature and its threshold come from valid."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import models
from features.store import FeatureSet
from pipeline import calibration
from pipeline.tables import labels_of

if TYPE_CHECKING:
    from pipeline.params import Params


@dataclass(frozen=True)
class Fitted:
    """A model with what was learned beside it.

    Parameters
    ----------
    model : models.Model
    calibration : Calibration
    tracks : DataFrame
        Validation tracks: ``track_id, genre, group``.
    probabilities : np.ndarray [tracks, genres]
        Calibrated, of the validation tracks.
    seconds : float
        What fitting took.
    train_accuracy : float
        Share of the training segments that the model has right.
    """

    model: Any
    calibration: calibration.Calibration
    tracks: pd.DataFrame
    probabilities: np.ndarray
    seconds: float
    train_accuracy: float


def weighted(features: FeatureSet, weighting: str, arrays: Iterable[str] = ("mfcc", "summary")) -> FeatureSet:
    """The features with a ``weight`` column; in memory where they are little.

    Parameters
    ----------
    features : FeatureSet
    arrays : iterable of str
        Those that are read into memory (`FeatureSet.loaded`).
    weighting : {"segment", "track"}
        ``segment``: every row 1; ``track``: the rows of a track share 1, however many they are. (The models
        balance the genres on top of it.)
    """
    weight = np.ones(len(features))
    if weighting == "track":
        weight = 1 / features.table.groupby("track_id")["track_id"].transform("size").to_numpy(float)
        weight *= len(weight) / weight.sum()
    taken = features.loaded(arrays)
    taken.table["weight"] = weight
    return taken


def fit(
    kind: str,
    settings: Any,
    *,
    genres: list[str],
    seed: int,
    train: FeatureSet,
    valid: FeatureSet,
    weighting: str = "segment",
    vote: str = "mean",
    uncertain_share: float = 0.2,
    members: dict[str, Any] | None = None,
) -> Fitted:
    """Fit one model on train, and its temperature and threshold on valid.

    Parameters
    ----------
    kind : {"cnn", "svm", "xgb", "blend"}
    settings : object
        The section of that kind.
    genres : list of str
        Label order.
    seed : int
    train, valid : FeatureSet
        `valid` holds originals only.
    weighting, vote, uncertain_share
        See `weighted` and `calibration.fit`.
    members : dict, optional
        The fitted models that a blend is made of.

    Returns
    -------
    Fitted
    """
    model = models.create(kind, genres=genres, seed=seed, settings=settings, members=members)
    train = weighted(train, weighting)
    valid = weighted(valid, "segment", model.inputs)
    valid_labels = labels_of(valid.table, genres)
    began = time.perf_counter()
    model.fit(train, labels_of(train.table, genres), train.table["group"].to_numpy(), validation=(valid, valid_labels))
    seconds = time.perf_counter() - began
    learned = model.predict_proba(train).argmax(axis=1) == labels_of(train.table, genres)
    raw = model.predict_proba(valid)
    fitted = calibration.fit(valid.table, raw, valid_labels, genres, method=vote, uncertain_share=uncertain_share)
    tracks, probabilities = calibration.by_track(valid.table, calibration.soften(raw, fitted.temperature), vote)
    return Fitted(model, fitted, tracks, probabilities, seconds, float(learned.mean()))


def fit_with(params: Params, kind: str, settings: Any, **given: Any) -> Fitted:
    """`fit` as the parameters ``train`` and ``rule.vote`` say; `given` are its other arguments."""
    return fit(
        kind,
        settings,
        weighting=params.train.weighting,
        vote=params.rule.vote,
        uncertain_share=params.train.uncertain_share,
        **given,
    )
