"""What the studies share: tracks, features that are extracted once and kept, settings, scores of held-out tracks.

A study makes its own sides in memory and scores its own held-out side with the functions of `pipeline.evaluate`; the
stored test side (``data/<corpus>/features/test``) is not opened here.

Features that a study extracts are kept in ``data/<corpus>/studies/<name>/`` (`features.store`) with ``key.json``: they
are taken again while the rows, the files, the settings and the code that makes them are the same.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from corpora import tracks
from features import Engine, FeatureError, FeatureSettings, store
from features.store import FeatureSet
from musiclassify.audio.excerpts import Rule
from pipeline import cutting, scores
from pipeline.errors import PipelineError
from pipeline.extraction import features_of
from pipeline.files import fresh_folder, read_json, write_json
from pipeline.layout import Layout
from pipeline.params import Params
from settings import replace

#: What a model of a study is made of: the kind of `models`, and what it changes in that kind's settings.
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "cnn": ("cnn", {}),
    "svm": ("svm", {}),
    "xgb": ("xgb", {}),
    # A step of it costs twenty times the CNN's: eight epochs of 1024 segments are four passes over 340 clips.
    "original": ("cnn", {"architecture": "original", "epochs": 8, "samples_per_epoch": 1024}),
}

#: Settings of the CNN that vary the features while it learns; 0 turns each off.
VARIATIONS = ("eq_db", "shift_bands", "tempo", "mask_bands", "mask_frames", "mixup")

#: Rooms whose code decides what the features are.
_CODE = ("musiclassify/audio", "augment", "features")


def say(words: str) -> None:
    """Progress for a person; results go to stdout and into the report."""
    print(words, file=sys.stderr, flush=True)


def read_tracks(layout: Layout) -> pd.DataFrame:
    """All tracks of the corpus, also the excluded ones."""
    if not layout.tracks.exists():
        raise PipelineError(f"{layout.tracks}: not found; run `dvc repro prepare` first")
    return tracks.read(layout.tracks)


def read_split(layout: Layout) -> pd.DataFrame:
    """The split that the stages use: ``track_id, segment, split``."""
    if not layout.split.exists():
        raise PipelineError(f"{layout.split}: not found; run `dvc repro split` first")
    return pd.read_csv(layout.split, dtype={"track_id": str})


def some(usable: pd.DataFrame, clips: int) -> pd.DataFrame:
    """At most so many tracks of each genre, spread evenly over the list; 0 keeps all.

    >>> some(pd.DataFrame({"track_id": list("abcd"), "genre": ["x", "x", "x", "y"]}), 2)["track_id"].tolist()
    ['a', 'c', 'd']
    """
    if not clips:
        return usable
    kept = []
    for _, rows in usable.groupby("genre", sort=False):
        number = np.unique(np.linspace(0, len(rows) - 1, min(clips, len(rows))).round().astype(int))
        kept.extend(rows.index[number])
    return usable.loc[sorted(kept)].reset_index(drop=True)


def pieces(usable: pd.DataFrame, *, rule: Rule, settings: FeatureSettings) -> pd.DataFrame:
    """The original segments of some tracks, as the stage ``augment`` cuts them."""
    return cutting.cut(
        usable,
        rule=rule,
        sample_rate=settings.sample_rate,
        segment=settings.segment_samples,
        hop=settings.segment_hop_samples,
    )


def extract(
    name: str,
    rows: pd.DataFrame,
    every: pd.DataFrame,
    where: Path,
    layout: Layout,
    *,
    settings: FeatureSettings,
    rule: Rule,
) -> FeatureSet:
    """Features of originals and copies, in the order of `rows`, which may name one copy more than once.

    Parameters
    ----------
    name : str
        Of the study; names the folder that keeps them.
    rows : DataFrame
        Segments as the stage ``augment`` makes them: ``segment_id, track_id, segment, excerpt, start, copy, recipe``.
    every : DataFrame
        The tracks table.
    where : path
        The corpus folder.
    layout : Layout
    settings : FeatureSettings
    rule : Rule

    Returns
    -------
    FeatureSet
        One row for each different (track, segment, recipe), in the order of `rows`.
    """
    unique = rows.drop_duplicates(["track_id", "segment", "recipe"])
    unique = unique.sort_values("track_id", kind="stable", ignore_index=True)
    folder, key = layout.data / "studies" / name, {"key": _key(unique, every, settings, rule)}
    try:
        if read_json(folder / "key.json") == key:
            return store.open_store(folder)
    except (OSError, FeatureError, json.JSONDecodeError):
        pass
    say(f"{name}: extracting {len(unique)} segments of {unique['track_id'].nunique()} tracks")
    with fresh_folder(folder) as partial:
        store.write(
            partial,
            unique,
            features_of(unique, every, where, settings=settings, rule=rule, words=name),
            settings=settings,
            statistics=Engine(settings).statistics,
        )
        write_json(partial / "key.json", key)
    return store.open_store(folder)


def _key(rows: pd.DataFrame, every: pd.DataFrame, settings: FeatureSettings, rule: Rule) -> str:
    root = Path(__file__).resolve().parents[1]
    code = [path.read_bytes() for room in _CODE for path in sorted((root / room).glob("*.py"))]
    files = every[every["track_id"].isin(rows["track_id"])][["track_id", "path", "sha256"]]
    told = json.dumps([settings.to_dict(), asdict(rule)], sort_keys=True)
    parts = [told.encode(), rows.to_csv(index=False).encode(), files.to_csv(index=False).encode(), *code]
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def places(features: FeatureSet, rows: pd.DataFrame) -> np.ndarray:
    """Where each of `rows` stands in `features` (of `extract`), int64 [rows]."""
    names = ["track_id", "segment", "recipe"]
    at = features.table[names].fillna("").assign(at=np.arange(len(features)))
    found = rows[names].merge(at, on=names, how="left")["at"]
    if found.isna().any():
        raise PipelineError("rows that were not extracted: extract them first")
    return found.to_numpy(np.int64)


def taken(features: FeatureSet, rows: pd.DataFrame) -> FeatureSet:
    """The features of `rows`, with the columns of `rows` as their table."""
    chosen = features.take(places(features, rows))
    return FeatureSet(rows.reset_index(drop=True), chosen.mfcc, chosen.summary, chosen.statistics, chosen.settings)


def known(kinds: Iterable[str], choices: Iterable[str], option: str = "kinds") -> list[str]:
    """The names of an option; an unknown one is refused with the list of known ones."""
    kinds, choices = list(dict.fromkeys(kinds)), list(choices)
    for kind in kinds:
        if kind not in choices:
            raise PipelineError(f"--{option} {kind}: must be of {', '.join(choices)}")
    if not kinds:
        raise PipelineError(f"--{option}: names none; give some of {', '.join(choices)}")
    return kinds


def settings_of(
    params: Params,
    model: str,
    *,
    epochs: int | None = None,
    samples_per_epoch: int | None = None,
    rounds: int | None = None,
    **more: Any,
) -> tuple[str, Any]:
    """The kind and the settings of a study's model: params.yaml's, and what the study's options change.

    >>> kind, settings = settings_of(Params(svm=models.create("svm", genres=[], C=1.0).settings), "svm", epochs=3)
    >>> kind, settings.C
    ('svm', 1.0)
    """
    kind, changes = MODELS[model]
    options = {"cnn": {"epochs": epochs, "samples_per_epoch": samples_per_epoch}, "xgb": {"rounds": rounds}}
    given = {name: value for name, value in options.get(kind, {}).items() if value is not None}
    return kind, replace(getattr(params, kind), **(changes | given | more))


def told(kind: str, settings: Any) -> str:
    """The settings that cost time, in words for a table.

    >>> told("xgb", models.create("xgb", genres=[], rounds=300).settings)
    'up to 300 rounds'
    """
    if kind == "cnn":
        seeds = f", {settings.ensemble_size} seeds" if settings.ensemble_size > 1 else ""
        return f"{settings.epochs} epochs of {settings.samples_per_epoch} segments{seeds}"
    if kind == "xgb":
        return f"up to {settings.rounds} rounds"
    return ""


def measures(actual: np.ndarray, predicted: np.ndarray, units: np.ndarray, **options: Any) -> dict[str, float]:
    """``accuracy, accuracy_low, accuracy_high, macro_recall, …`` by the bootstrap over tracks.

    Parameters
    ----------
    actual, predicted : np.ndarray [shape=(n,), int]
    units : np.ndarray [shape=(n,)]
        Track of each row.
    options
        ``genres, draws, seed`` of `scores.bootstrap`.
    """
    drawn = scores.bootstrap(actual, predicted, units, **options)
    return {
        f"{name}{end}": value
        for name in ("accuracy", "macro_recall")
        for end, value in zip(("", "_low", "_high"), drawn[name], strict=True)
    }
