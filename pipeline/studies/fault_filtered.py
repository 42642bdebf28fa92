"""The genres that are complete here, by the published fault-filtered lists: learned from train, scored on valid.

``python -m pipeline fault-filtered --clips GTZAN`` writes ``reports/released/fault_filtered.csv``. The lists (Kereliuk,
Sturm and Larsen 2015) part artists and leave faulty tracks out; their test side is not read.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

import augment
import models
from corpora import gtzan
from features import Engine, FeatureSettings, store
from pipeline import calibration, provenance
from pipeline.errors import PipelineError
from pipeline.files import write_csv
from pipeline.studies import mixed_lengths
from pipeline.studies.release_models import DATA, REPORTS, SETTINGS, find

SIDES = ("train", "valid")


def complete(tracks: pd.DataFrame, lists: pd.Series) -> list[str]:
    """Genres of which every track of the train and valid lists is there."""
    wanted = lists[lists.isin(SIDES)]
    missing = set(wanted.index) - set(tracks["track_id"])
    incomplete = {name.split(".")[0] for name in missing}
    return sorted(set(tracks["genre"]) - incomplete)


def run(folders: list[Path], kinds: tuple[str, ...] = ("svm", "xgb", "cnn")) -> pd.DataFrame:
    """Train on the train list, score on the valid list, and write the table."""
    settings = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    tracks = find(folders, (settings["features"]["segment_s"], 0.0))
    lists = gtzan.index()["fault_filtered"]
    genres = complete(tracks, lists)
    if len(genres) < 2:
        raise PipelineError(f"{folders[0]}: fewer than two genres have all tracks of the fault-filtered lists")
    tracks = tracks[tracks["genre"].isin(genres)].reset_index(drop=True)
    side = tracks["track_id"].map(lists)
    tracks = tracks[side.isin(SIDES)].reset_index(drop=True)
    features = _features(tracks, settings)
    table = features.table
    side = table["track_id"].map(lists).to_numpy()
    labels = table["genre"].map(genres.index).to_numpy()
    train, valid = side == "train", (side == "valid") & (table["copy"] == 0).to_numpy()
    rows, logs = [], []
    for kind in kinds:
        part = features.take(train)
        part.table["weight"] = 1.0
        model = models.create(kind, genres=genres, seed=settings["seed"], **settings["models"][kind])
        model.fit(part, labels[train])
        logs.append(np.log(np.maximum(model.predict_proba(features.take(valid)), 1e-6)))
        rows.append(_score(kind, np.exp(logs[-1]), table[valid], genres, settings))
    if len(kinds) > 1:
        rows.append(_score("blend (equal weights)", np.exp(np.mean(logs, axis=0)), table[valid], genres, settings))
    out = pd.DataFrame(rows)
    write_csv(REPORTS / "fault_filtered.csv", out)
    return out


def _features(tracks: pd.DataFrame, settings: dict) -> store.FeatureSet:
    features = FeatureSettings(**settings["features"])
    folder = DATA / "features-fault-filtered"
    table = mixed_lengths.plan(
        tracks,
        settings=features,
        recipes=augment.AugmentSettings(**settings["augment"]),
        piece_s=(2.0, 3.0),
        pieces=0,
        piece_copies=0,
        short_copies=0,
        seed=settings["seed"],
    )
    table = table[table["form"] == mixed_lengths.WHOLE].reset_index(drop=True)
    blocks = mixed_lengths.features_of(table, features)
    store.write(folder, table, blocks, settings=features, statistics=Engine(features).statistics)
    return store.open_store(folder)


def _score(kind: str, p: np.ndarray, table: pd.DataFrame, genres: list[str], settings: dict) -> dict:
    tracks, answers = calibration.by_track(table.assign(excerpt=0), p / p.sum(axis=1, keepdims=True))
    card = provenance.score_card(
        split="fault-filtered lists, train to valid",
        probabilities=answers,
        actual=tracks["genre"].map(genres.index).to_numpy(),
        units=tracks["track_id"].to_numpy(),
        genres=genres,
        folds=0,
        bins=10,
        draws=2000,
        seed=settings["seed"],
    )
    return {
        "model": kind,
        "split": card["split"],
        "genres": " ".join(genres),
        "tracks": card["tracks"],
        **{
            f"accuracy{suffix}": card["accuracy"][key]
            for suffix, key in (("", "value"), ("_low", "low"), ("_high", "high"))
        },
        "macro_recall": card["macro_recall"]["value"],
        **{f"recall_{genre}": value for genre, value in card["per_genre_recall"].items()},
    }
