"""Where a trained model comes from (revision, parameters, tracks, scores) and the constants that its fronts need."""

from __future__ import annotations

import datetime
import os
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from corpora.check import sha256
from musiclassify.audio.excerpts import Rule
from pipeline import scores
from pipeline.calibration import Calibration
from pipeline.layout import Layout

#: A song shorter than this, s, or whose loudest sample is below that, gets no answer.
MIN_DURATION_S = 1.0
SILENCE_PEAK = 1e-4


def git_revision(root: Path) -> str:
    """The commit that is checked out, with ``-dirty`` where files differ from it; ``unknown`` outside git."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip() or "unknown"


def today() -> str:
    """The date, or that of SOURCE_DATE_EPOCH where a build is to be reproducible."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    zone = datetime.UTC
    moment = datetime.datetime.fromtimestamp(int(epoch), zone) if epoch else datetime.datetime.now(zone)
    return moment.date().isoformat()


def config(*, corpus: str, kind: str, version: str, rule: Rule, calibration: Calibration) -> dict[str, Any]:
    """What config.json of a released model needs beside what the export knows."""
    return {
        "name": f"{corpus}-{kind}-v{version}",
        "corpus": corpus,
        "kind": kind,
        "version": version,
        "rule": asdict(rule),
        "min_duration_s": MIN_DURATION_S,
        "silence_peak": SILENCE_PEAK,
        "temperature": calibration.temperature,
        "uncertain_below": calibration.uncertain_below,
    }


def metadata(layout: Layout, *, command: str, trained_on: dict[str, Any], scored: dict[str, Any]) -> dict[str, Any]:
    """What metadata.json of a released model needs beside what the export knows."""
    return {
        "created": today(),
        "git_revision": git_revision(layout.root),
        "command": command,
        "params_sha256": sha256(layout.root / "params.yaml"),
        "index_sha256": sha256(layout.tracks),
        "trained_on": trained_on,
        "scores": scored,
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
    probabilities : np.ndarray [shape=(tracks, genres)]
    actual : np.ndarray [shape=(tracks,), int]
    units : np.ndarray [shape=(tracks,)]
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
