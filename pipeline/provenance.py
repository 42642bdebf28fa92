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
from pipeline import closure
from pipeline.calibration import Calibration
from pipeline.layout import Layout

if TYPE_CHECKING:
    from pipeline.params import Params

#: A song shorter than this, s, or whose loudest sample is below that, gets no answer.
MIN_DURATION_S = 1.0
SILENCE_PEAK = 1e-4


def git_revision(root: Path) -> str:
    """The commit that is checked out, with ``-dirty`` where the code is not the commit's; ``unknown`` outside git."""
    commit, names = _git(root, "rev-parse", "HEAD"), changed(root)
    if commit is None or names is None:
        return "unknown"
    return commit.strip() + ("-dirty" if names else "")


def changed(root: Path) -> list[str] | None:
    """Files that decide what is learned and differ from the commit, or are unknown to git; None outside git.

    These are the rooms of code and params.yaml; reports, DVC's lock and released models are what runs write.
    """
    rooms = [room for room in (*closure.ROOMS, "params.yaml") if (root / room).exists()]
    told = _git(root, "status", "--porcelain", "--untracked-files=all", "--", *rooms, ":(exclude)models/released")
    return None if told is None else [line[3:] for line in told.splitlines()]


def _git(root: Path, *words: str) -> str | None:
    """What git answers; None outside a repository, or without git."""
    try:
        return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def today() -> str:
    """The date, or that of SOURCE_DATE_EPOCH where a build is to be reproducible."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    zone = datetime.UTC
    moment = datetime.datetime.fromtimestamp(int(epoch), zone) if epoch else datetime.datetime.now(zone)
    return moment.date().isoformat()


def config(
    *, corpus: str, kind: str, version: str, rule: Rule, calibration: Calibration, called: str = ""
) -> dict[str, Any]:
    """What config.json of a released model needs beside what the export knows; `called` where not after its kind."""
    return {
        "name": f"{corpus}-{called or kind}-v{version}",
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
    layout: Layout, params: Params, kind: str, *, command: str, trained_on: dict[str, Any], scored: dict[str, Any]
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
        "libraries": libraries(kind),
        "trained_on": trained_on,
        "scores": scored,
    }


def libraries(*kinds: str) -> dict[str, str]:
    """Python and each library that takes part in making a model of these kinds, with its version.

    From what the code imports that decodes, augments, extracts, learns and writes graphs (`pipeline.closure`).
    """
    learned = {kind: models.trained() if models.kind_class(kind).combines else () for kind in kinds}
    names = {*learned, *(member for members in learned.values() for member in members)}
    return closure.versions(
        "pipeline.extraction", "pipeline.fitting", "models.export", *map("models.kinds.{}".format, names)
    )


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
    """Name of the stage that makes a model: a kind, or that of a family (`pipeline.families`)."""
    kind, _, family = kind.partition("-")
    if family:
        return f"family_blend@{family}" if models.kind_class(kind).combines else f"family_train@{family}-{kind}"
    return kind if models.kind_class(kind).combines else f"train@{kind}"
