"""Stages ``evaluate@cnn`` … ``evaluate@blend``: score a model on the test subset, which nothing else reads.

Writes ``reports/<corpus>/evaluate/<kind>/``: ``metrics.json`` (segment and track level), ``predictions.csv`` (a row a
track), ``confusion.csv`` (``actual,predicted`` rows), ``confusion.svg``, ``reliability.svg``, ``coverage.svg``,
``curves.svg`` (of the training), and ``timing.json`` (how long an answer takes and how large the model is).

A track's answer is made by the classification rule with the code that the answering side uses: the mean over an
excerpt's segments, then `musiclassify.audio.excerpts.vote` over the excerpts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import models
from features.store import open_store
from pipeline import families, roster
from pipeline.files import fresh_folder, read_json, write_json
from pipeline.layout import Layout
from pipeline.naming import describe, title
from pipeline.plots.answers import answers as draw_answers
from pipeline.plots.curves import curves
from pipeline.scoring import score
from pipeline.timing import answering

if TYPE_CHECKING:
    from pipeline.params import Params

READS = ("base.seed", "corpus.name", "corpus.kind", "split", "rule.vote", "evaluate", "features.sample_rate")


def run(params: Params, layout: Layout, name: str) -> None:
    """Score one model on the test subset: a kind, or that of a family (`families`)."""
    model, released = models.load(layout.model(name)), layout.model(name) / "released"
    tagger = read_json(released / "config.json")["features"]["tagger"]
    features = families.heard(open_store(layout.features("test")), tagger).loaded()
    learned = read_json(layout.model(name) / "calibration.json")
    settings = params.evaluate
    measures, answers, arrays = score(
        features.table,
        model.predict_proba(features),
        model.genres,
        temperature=learned["temperature"],
        uncertain_below=learned["uncertain_below"],
        vote=params.rule.vote,
        bins=settings.bins,
        draws=settings.bootstrap,
        seed=params.base.seed,
    )
    heading = title(params.corpus.name, params.corpus.kind, params.split)
    short = f"{roster.label(name)} on {params.corpus.name}, {describe(params.split)}"
    with fresh_folder(layout.report("evaluate", name)) as report:
        told = {"title": heading, "split": f"{describe(params.split)}, test subset"}
        write_json(report / "metrics.json", told | measures)
        draw_answers(
            answers,
            arrays["before"],
            model.genres,
            report,
            name=roster.label(name),
            title=short,
            bins=settings.bins,
            threshold=learned["uncertain_below"],
        )
        history = pd.read_csv(layout.report("train", name) / "history.csv")
        curves(history, report / "curves.svg", title=f"{roster.label(name)} on {params.corpus.name}")
        write_json(report / "timing.json", answering(released, params.features.sample_rate, params.base.seed))
    track = measures["track"]
    print(
        f"evaluate@{name}: accuracy {track['accuracy']:.3f} "
        f"[{track['accuracy_low']:.3f}, {track['accuracy_high']:.3f}], macro recall {track['macro_recall']:.3f} "
        f"on {measures['tracks']} tracks"
    )
