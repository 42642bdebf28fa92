"""The genres that are nearly whole here, by the published fault-filtered lists: learned from train, scored on valid.

``python -m studies fault-filtered --clips GTZAN`` writes ``reports/released/fault_filtered.csv``. The lists (Kereliuk,
Sturm and Larsen 2015) part artists and leave faulty tracks out; their test side is not read. Models, settings and
features are those of the released models (`studies.release_models`), without the pieces.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

import models
from corpora import gtzan
from pipeline import calibration
from pipeline.errors import PipelineError
from pipeline.files import write_csv
from pipeline.scoring import score_card
from studies import mixed_lengths
from studies.held_out import FLOOR, Study, find
from studies.release_models import REPORTS, SETTINGS

SIDES = ("train", "valid")
NEARLY = 0.9  # share of each list that must be there


def complete(tracks: pd.DataFrame, lists: pd.Series) -> tuple[list[str], list[str]]:
    """Genres of which nearly all of the train list and of the valid list is there, and the tracks that they lack."""
    wanted = lists[lists.isin(SIDES)]
    names = wanted.index.to_series()
    here = names.isin(tracks["track_id"])
    genre = names.str.split(".").str[0]
    shares = here.groupby([genre, wanted]).mean().unstack()
    genres = sorted(shares.index[(shares >= NEARLY).all(axis=1)])
    return genres, sorted(names[~here & genre.isin(genres)])


def run(folders: list[Path], names: tuple[str, ...] = ()) -> pd.DataFrame:
    """Train on the train list, score on the valid list, and write the table.

    Parameters
    ----------
    folders : list of path
        GTZAN's clips.
    names : tuple of str
        Of ``models`` in the released models' settings; none means all.
    """
    settings = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    known = list(settings["models"])
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise PipelineError(f"--models {','.join(unknown)}: must be of {', '.join(known)}")
    tracks = find(folders, tuple(settings["pieces"]["seconds"]))
    lists = gtzan.index()["fault_filtered"]
    long = tracks[tracks["duration_s"] >= settings["features"]["segment_s"]]
    genres, lacking = complete(long, lists)
    if len(genres) < 2:
        raise PipelineError(
            f"{folders[0]}: fewer than two genres have {NEARLY:.0%} of both fault-filtered lists; give all of GTZAN"
        )
    if lacking:
        print(f"not here: {', '.join(lacking)}", flush=True)
    study = Study(tracks, settings)
    side = study.table["track_id"].map(lists).to_numpy()
    here = (study.table["form"] == mixed_lengths.WHOLE) & study.table["genre"].isin(genres)
    train = here.to_numpy() & (side == "train")
    valid = here.to_numpy() & (side == "valid") & study.original
    labels = pd.Categorical(study.table["genre"], categories=genres).codes.astype(np.int64)
    rows, logs = [], {}
    for name in names or known:
        kind, tagger, given = study.recipe(name)
        part = study.hearing(tagger).take(train)
        part.table["weight"] = 1.0
        model = models.create(kind, genres=genres, seed=settings["seed"], **given).fit(part, labels[train])
        p = model.predict_proba(study.hearing(tagger).take(valid))
        logs[name] = np.log(np.maximum(p, FLOOR))
        rows.append(_score(name, p, study.table[valid], genres, settings))
        print(f"{name}: {rows[-1]['accuracy']:.3f}", flush=True)
    for name, members in settings["blends"].items():  # equal weights: the lists hold nothing to learn others from
        if set(members) <= set(logs):
            p = np.exp(np.mean([logs[member] for member in members], axis=0))
            rows.append(_score(name, p, study.table[valid], genres, settings))
    out = pd.DataFrame(rows).assign(not_here=" ".join(lacking))
    write_csv(REPORTS / "fault_filtered.csv", out)
    return out


def _score(name: str, p: np.ndarray, table: pd.DataFrame, genres: list[str], settings: dict) -> dict[str, Any]:
    tracks, answers = calibration.by_track(table.assign(excerpt=0), p / p.sum(axis=1, keepdims=True))
    card = score_card(
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
        "model": name,
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
