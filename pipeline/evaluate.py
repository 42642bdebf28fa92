"""Stages ``evaluate@cnn`` … ``evaluate@blend``: score a model on the test side, which nothing else reads.

Writes ``reports/<corpus>/evaluate/<kind>/``: ``metrics.json`` (segment and track level), ``predictions.csv`` (a row a
track), ``confusion.csv`` (``actual,predicted`` rows), ``confusion.svg``, ``reliability.svg``, ``coverage.svg``, and
``timing.json`` (how long an answer takes and how large the model is).

A track's answer is made by the classification rule with the code that the answering side uses: the mean over an
excerpt's segments, then `musiclassify.audio.excerpts.vote` over the excerpts.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import models
from features.store import FeatureSet, open_store
from pipeline import calibration, scores
from pipeline.files import fresh_folder, read_json, write_csv, write_json
from pipeline.layout import Layout
from pipeline.params import Params
from pipeline.plots import calibration as calibration_plots
from pipeline.plots.confusion import confusion
from pipeline.split import describe
from pipeline.train import labels_of

READS = ("base.seed", "corpus.name", "corpus.kind", "split", "rule.vote", "evaluate", "features.sample_rate")

NO_MUSIC = "scores on the embedded corpus, which is composed by a program: no scores on music"


def title(corpus: str, kind: str, split: object) -> str:
    """Heading of a report on scores: the corpus, the split, a warning where one is due."""
    words = f"{corpus}, {describe(split)}"
    return f"{words} ({NO_MUSIC})" if kind == "demo" else words


def score(
    features: FeatureSet,
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
    features : FeatureSet
        Originals; only the table is looked at.
    raw : np.ndarray [shape=(segments, genres)]
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
    table = features.table
    actual_segments = labels_of(table, genres)
    soft = calibration.soften(raw, temperature)
    tracks, before = calibration.by_track(table, raw, vote)
    _, after = calibration.by_track(table, soft, vote)
    actual = labels_of(tracks, genres)

    def level(p: np.ndarray, p_before: np.ndarray, right: np.ndarray, units: np.ndarray) -> dict[str, Any]:
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

    confidence = after.max(axis=1)
    uncertain = confidence < uncertain_below
    right = after.argmax(axis=1) == actual
    track_level = level(after, before, actual, tracks["track_id"].to_numpy())
    track_level |= {
        "uncertain_share": float(uncertain.mean()),
        "accuracy_when_certain": float(right[~uncertain].mean()) if (~uncertain).any() else None,
    }
    measures = {
        "tracks": len(tracks),
        "segments": len(table),
        "genres_tested": int((np.bincount(actual, minlength=len(genres)) > 0).sum()),
        "track": track_level,
        "segment": level(soft, raw, actual_segments, table["track_id"].to_numpy()),
    }
    answers = tracks.copy()
    answers["predicted"] = [genres[k] for k in after.argmax(axis=1)]
    answers["confidence"] = confidence
    answers["uncertain"] = uncertain
    for k, genre in enumerate(genres):
        answers[f"p_{genre}"] = after[:, k]
    return measures, answers, {"before": before, "after": after, "actual": actual}


def run(params: Params, layout: Layout, kind: str) -> None:
    """Score one kind of model on the test side."""
    test = open_store(layout.features("test"))
    features = test.take(np.arange(len(test)))
    model = models.load(layout.model(kind))
    learned = read_json(layout.model(kind) / "calibration.json")
    settings = params.evaluate
    measures, answers, arrays = score(
        features,
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
    short = f"{models.label(kind)} on {params.corpus.name}, {describe(params.split)}"
    with fresh_folder(layout.report("evaluate", kind)) as report:
        write_json(
            report / "metrics.json", {"title": heading, "split": f"{describe(params.split)}, test side"} | measures
        )
        write_csv(report / "predictions.csv", answers)
        write_csv(report / "confusion.csv", answers[["genre", "predicted"]].rename(columns={"genre": "actual"}))
        counts = scores.confusion(arrays["actual"], arrays["after"].argmax(axis=1), len(model.genres))
        confusion(counts, model.genres, report / "confusion.svg", title=short)
        calibration_plots.reliability(
            arrays["before"],
            arrays["after"],
            arrays["actual"],
            report / "reliability.svg",
            bins=settings.bins,
            title=f"{models.label(kind)}: calibration",
        )
        calibration_plots.coverage(
            arrays["after"],
            arrays["actual"],
            report / "coverage.svg",
            threshold=learned["uncertain_below"],
            title=f"{models.label(kind)}: accuracy against coverage",
        )
        released = layout.model(kind) / "released"
        write_json(report / "timing.json", answering(released, params.features.sample_rate, params.base.seed))
    track = measures["track"]
    print(
        f"evaluate@{kind}: accuracy {track['accuracy']:.3f} "
        f"[{track['accuracy_low']:.3f}, {track['accuracy_high']:.3f}], macro recall {track['macro_recall']:.3f} "
        f"on {measures['tracks']} tracks"
    )


def answering(released: Path, sample_rate: int, seed: int) -> dict[str, float | None]:
    """Milliseconds that the released graph takes for 30 s of sound on one core, and its size in MiB.

    The median of five answers to the same noise, after one to warm up.
    """
    graph = released / "model.onnx"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    noise = 0.1 * np.random.default_rng(seed).standard_normal((1, 30 * sample_rate)).astype(np.float32)
    taken = []
    for _ in range(6):
        began = time.perf_counter()
        session.run(["probabilities"], {"samples": noise})
        taken.append(1000 * (time.perf_counter() - began))
    return {"answer_ms": float(np.median(taken[1:])), "size_mib": graph.stat().st_size / 2**20}
