"""Stages ``train@<kind>`` and ``blend``: learn from train, stop and calibrate on valid.

Writes ``models/trained/<corpus>/<kind>/`` (what the model saves, ``calibration.json``, ``released/`` in the form of a
released model, of version 0.0) and ``reports/<corpus>/train/<kind>/``: ``metrics.json`` (validation),
``validation.csv`` (each track's probabilities), ``history.csv`` (one row for a model that learns in one step) and
``timing.json`` (seconds and peak memory: the one file here that differs from run to run).

The test subset is not read here, nor can it be: the stage does not depend on it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import models
from features.store import open_store
from models.export import release
from pipeline import families, provenance, scores
from pipeline.errors import PipelineError
from pipeline.files import fresh_folder, write_csv, write_json
from pipeline.fitting import Fitted, fit_with
from pipeline.layout import Layout
from pipeline.naming import describe
from pipeline.scoring import score_card
from pipeline.tables import labels_of, with_probabilities
from pipeline.timing import peak_memory_mib

if TYPE_CHECKING:
    from pipeline.params import Params

#: Bins and draws of the validation scores, which choose the model; those of ``evaluate`` belong to the test scores.
BINS, DRAWS = 10, 1000
VERSION = "0.0"


def READS(kind: str) -> tuple[str, ...]:  # noqa: N802 - the same name in every stage
    """The parameters that training a kind of model reads."""
    return ("base.seed", "corpus.name", "split", "segments", "features", "train", "rule", families.parted(kind)[0])


def run(params: Params, layout: Layout, name: str) -> None:
    """Train one model and write it down: a kind as its section says, or that of a family (`families`)."""
    kind, family = families.parted(name)
    heard = families.tagger_of(name, params.features.tagger)
    train, valid = (families.heard(open_store(layout.features(side)), heard) for side in ("train", "valid"))
    genres = sorted(train.table["genre"].unique())
    if len(genres) < 2:
        raise PipelineError(f"{layout.features('train')}: one label only; two or more are needed")
    members = None
    if models.kind_class(kind).combines:
        members = {k: models.load(layout.model(families.joined(k, family))) for k in models.trained()}
    given = {"genres": genres, "seed": params.base.seed, "train": train, "valid": valid, "members": members}
    fitted = fit_with(params, kind, families.settings_of(name, getattr(params, kind)), **given)
    card = score_card(
        split=f"{describe(params.split)}, validation subset",
        probabilities=fitted.probabilities,
        actual=labels_of(fitted.tracks, genres),
        units=fitted.tracks["track_id"].to_numpy(),
        genres=genres,
        folds=0,
        bins=BINS,
        draws=DRAWS,
        seed=params.base.seed,
    )
    told = {"corpus": params.corpus.name, "kind": kind, "called": name, "version": VERSION}
    metadata = provenance.metadata(
        layout,
        params,
        kind,
        command="dvc repro " + provenance.stage_name(name),
        trained_on=provenance.trained_on(params.corpus.name, describe(params.split), train.table),
        scored=card,
    )
    with fresh_folder(layout.model(name)) as folder:
        fitted.model.save(folder)
        write_json(folder / "calibration.json", fitted.calibration.to_dict())
        config = provenance.config(**told, rule=params.rule, calibration=fitted.calibration)
        release(fitted.model, folder / "released", settings=train.settings, config=config, metadata=metadata)
    with fresh_folder(layout.report("train", name)) as report:
        _report(report, fitted, genres, card)
    print(
        f"{provenance.stage_name(name)}: validation accuracy {card['accuracy']['value']:.3f} "
        f"on {card['tracks']} tracks, {fitted.seconds:.0f} s"
    )


def _report(report: Path, fitted: Fitted, genres: list[str], card: dict) -> None:
    actual = labels_of(fitted.tracks, genres)
    measured = {name: card[name]["value"] for name in ("accuracy", "macro_recall")}
    measured |= {"macro_f1": card["macro_f1"], "ece": card["ece"], "brier": scores.brier(fitted.probabilities, actual)}
    told = {"split": card["split"], "tracks": card["tracks"], **fitted.model.told}
    write_json(report / "metrics.json", told | measured | fitted.calibration.to_dict())
    write_csv(report / "validation.csv", with_probabilities(fitted.tracks, fitted.probabilities, genres))
    write_json(report / "timing.json", {"train_s": fitted.seconds, "peak_memory_mib": peak_memory_mib()})
    history = pd.DataFrame({name: pd.Series(values) for name, values in fitted.model.history.items()})
    if history.empty:
        # A model without steps: where it ended.
        history = pd.DataFrame({"accuracy": [fitted.train_accuracy], "val_accuracy": [measured["accuracy"]]})
    history.insert(0, "step", np.arange(1, len(history) + 1))
    write_csv(report / "history.csv", history)
