"""Stages ``train@cnn``, ``train@svm``, ``train@xgb`` and ``blend``: learn from train, stop and calibrate on valid.

Writes ``models/trained/<corpus>/<kind>/`` (what the model saves, ``calibration.json``, ``released/`` in the form of a
released model) and ``reports/<corpus>/train/<kind>/``: ``metrics.json`` (validation), ``validation.csv`` (each
track's probabilities), ``history.csv`` and ``curves.svg`` (one point for a model that learns in one step),
``timing.json`` (seconds and peak memory: the one file here that differs from run to run).

The test side is not read here, nor can it be: the stage does not depend on it.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import models
from features.store import FeatureSet, open_store
from pipeline import calibration, provenance
from pipeline.errors import PipelineError
from pipeline.files import fresh_folder, write_csv, write_json
from pipeline.layout import Layout
from pipeline.params import Params
from pipeline.plots.curves import curves
from pipeline.split import describe

_SHARED = (
    "base.seed",
    "corpus.name",
    "split",
    "segments",
    "features",
    "train",
    "rule",
    "evaluate",
    "release.version",
)


def READS(kind: str) -> tuple[str, ...]:  # noqa: N802 - the same name in every stage
    """The parameters that training a kind of model reads."""
    return (*_SHARED, kind)


@dataclass(frozen=True)
class Fitted:
    """A model with what was learned beside it.

    Parameters
    ----------
    model : models.Model
    calibration : Calibration
    tracks : DataFrame
        Validation tracks: ``track_id, genre, group``.
    probabilities : np.ndarray [shape=(tracks, genres)]
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


def labels_of(table: pd.DataFrame, genres: list[str]) -> np.ndarray:
    """Genres as their numbers, int64 [n]."""
    return pd.Categorical(table["genre"], categories=genres).codes.astype(np.int64)


def weighted(features: FeatureSet, weighting: str) -> FeatureSet:
    """The features in memory, with a ``weight`` column.

    Parameters
    ----------
    features : FeatureSet
    weighting : {"segment", "track"}
        ``segment``: every row 1; ``track``: the rows of a track share 1, however many they are. (The models
        balance the genres on top of it.)
    """
    weight = np.ones(len(features))
    if weighting == "track":
        weight = 1 / features.table.groupby("track_id")["track_id"].transform("size").to_numpy(float)
        weight *= len(weight) / weight.sum()
    taken = features.take(np.arange(len(features)))
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
    valid = weighted(valid, "segment")
    valid_labels = labels_of(valid.table, genres)
    began = time.perf_counter()
    model.fit(train, labels_of(train.table, genres), train.table["group"].to_numpy(), validation=(valid, valid_labels))
    seconds = time.perf_counter() - began
    learned = model.predict_proba(train).argmax(axis=1) == labels_of(train.table, genres)
    raw = model.predict_proba(valid)
    fitted = calibration.fit(valid.table, raw, valid_labels, genres, method=vote, uncertain_share=uncertain_share)
    tracks, probabilities = calibration.by_track(valid.table, calibration.soften(raw, fitted.temperature), vote)
    return Fitted(model, fitted, tracks, probabilities, seconds, float(learned.mean()))


def run(params: Params, layout: Layout, kind: str) -> None:
    """Train one kind of model and write it down."""
    from models.export import release

    train, valid = open_store(layout.features("train")), open_store(layout.features("valid"))
    genres = sorted(train.table["genre"].unique())
    if len(genres) < 2:
        raise PipelineError(f"{layout.features('train')}: one label only; two or more are needed")
    members = None
    if models.kind_class(kind).combines:
        members = {name: models.load(layout.model(name)) for name in models.trained()}
    fitted = fit(
        kind,
        getattr(params, kind),
        genres=genres,
        seed=params.base.seed,
        train=train,
        valid=valid,
        weighting=params.train.weighting,
        vote=params.rule.vote,
        uncertain_share=params.train.uncertain_share,
        members=members,
    )
    card = provenance.score_card(
        split=f"{describe(params.split)}, validation side",
        probabilities=fitted.probabilities,
        actual=labels_of(fitted.tracks, genres),
        units=fitted.tracks["track_id"].to_numpy(),
        genres=genres,
        folds=0,
        bins=params.evaluate.bins,
        draws=params.evaluate.bootstrap,
        seed=params.base.seed,
    )
    trained_on = {
        "corpus": params.corpus.name,
        "split": describe(params.split),
        "tracks": int(train.table["track_id"].nunique()),
        "segments": len(train),
        "genres": train.table.drop_duplicates("track_id")["genre"].value_counts().sort_index().to_dict(),
    }
    with fresh_folder(layout.model(kind)) as folder:
        fitted.model.save(folder)
        write_json(folder / "calibration.json", fitted.calibration.to_dict())
        release(
            fitted.model,
            folder / "released",
            settings=train.settings,
            config=provenance.config(
                corpus=params.corpus.name,
                kind=kind,
                version=params.release.version,
                rule=params.rule,
                calibration=fitted.calibration,
            ),
            metadata=provenance.metadata(
                layout, command="dvc repro " + stage_name(kind), trained_on=trained_on, scored=card
            ),
        )
    with fresh_folder(layout.report("train", kind)) as report:
        _report(report, params, kind, fitted, genres, card)
    accuracy = card["accuracy"]["value"]
    print(f"{stage_name(kind)}: validation accuracy {accuracy:.3f} on {card['tracks']} tracks, {fitted.seconds:.0f} s")


def stage_name(kind: str) -> str:
    """Name of the stage that makes a kind of model."""
    return "blend" if kind == "blend" else f"train@{kind}"


def peak_memory_mib() -> float:
    """The most memory that this process has had, MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def _report(report: Path, params: Params, kind: str, fitted: Fitted, genres: list[str], card: dict) -> None:
    table = fitted.tracks.copy()
    table["predicted"] = [genres[k] for k in fitted.probabilities.argmax(axis=1)]
    for k, genre in enumerate(genres):
        table[f"p_{genre}"] = fitted.probabilities[:, k]
    write_csv(report / "validation.csv", table)
    write_json(
        report / "metrics.json",
        {
            "split": card["split"],
            "tracks": card["tracks"],
            "accuracy": card["accuracy"]["value"],
            "macro_recall": card["macro_recall"]["value"],
            "macro_f1": card["macro_f1"],
            "ece": card["ece"],
            **fitted.calibration.to_dict(),
        },
    )
    write_json(report / "timing.json", {"train_s": fitted.seconds, "peak_memory_mib": peak_memory_mib()})
    history = pd.DataFrame({name: pd.Series(values) for name, values in (fitted.model.history or {}).items()})
    if history.empty:
        # A model without steps: where it ended.
        history = pd.DataFrame({"accuracy": [fitted.train_accuracy], "val_accuracy": [card["accuracy"]["value"]]})
    history.insert(0, "step", np.arange(1, len(history) + 1))
    write_csv(report / "history.csv", history)
    curves(history, report / "curves.svg", title=f"{models.label(kind)} on {params.corpus.name}")
