"""Where a trained model comes from (revision, parameters, tracks) and the constants that its fronts need."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import subprocess
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import models
from musiclassify.audio.excerpts import Rule
from pipeline.calibration import Calibration
from pipeline.layout import Layout

if TYPE_CHECKING:
    from pipeline.params import Params

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


def metadata(
    layout: Layout, params: Params, *, command: str, trained_on: dict[str, Any], scored: dict[str, Any]
) -> dict[str, Any]:
    """What metadata.json of a released model needs beside what the export knows.

    ``params_sha256`` is of the parameters that the stage may see: what else stands in params.yaml took no part.
    """
    return {
        "created": today(),
        "git_revision": git_revision(layout.root),
        "command": command,
        "params_sha256": hashlib.sha256(told(params).encode()).hexdigest(),
        "index_sha256": hashlib.sha256(layout.tracks.read_bytes()).hexdigest(),
        "trained_on": trained_on,
        "scores": scored,
    }


def told(value: Any) -> str:
    """Settings as one line of JSON with sorted names: the same settings give the same text."""
    return json.dumps(value, sort_keys=True, default=lambda item: asdict(item) if is_dataclass(item) else vars(item))


def trained_on(corpus: str, split: str, table: pd.DataFrame) -> dict[str, Any]:
    """What a model learned from: the counts of its training segments' table."""
    return {
        "corpus": corpus,
        "split": split,
        "tracks": int(table["track_id"].nunique()),
        "segments": len(table),
        "genres": table.drop_duplicates("track_id")["genre"].value_counts().sort_index().to_dict(),
    }


def stage_name(kind: str) -> str:
    """Name of the stage that makes a kind of model."""
    return kind if models.kind_class(kind).combines else f"train@{kind}"
