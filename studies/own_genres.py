"""What `musiclassify learn` reaches on GTZAN: three dealings into folds, artists apart, beside the score of its base.

The very functions that people run: the base hears every clip once, a head is fitted to that. The released models' own
score on whole clips stands beside it; it comes from folds of its own over the same clips and some shorter ones.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from corpora import gtzan
from musiclassify.learn.cache import Cache
from musiclassify.learn.fit import learn
from musiclassify.learn.hearing import columns_of, hear, question
from musiclassify.learn.labels import Song
from musiclassify.learn.material import gather
from musiclassify.released.song import load
from pipeline.files import fresh_folder, write_csv, write_json
from studies.held_out import DATA
from studies.material import say

OUT = Path("reports/released/own-genres")
SEEDS = (0, 1, 2)


def run(folders: list[Path], model: str | None = None, out: Path = OUT, cache: Path | None = None) -> pd.DataFrame:
    """Learn GTZAN's genres anew from what a released model hears.

    Parameters
    ----------
    folders : list of Path
        GTZAN's.
    model : str, optional
        The base; default: the one in ``models/default``.
    out : Path
        Where ``<base>/metrics.json``, ``dealings.csv`` and ``genres.csv`` go.
    cache : Path, optional
        Where what was heard is kept; default: below ``data/released/``.

    Returns
    -------
    DataFrame
        A row a dealing: accuracy and macro recall with their intervals, calibration, processor seconds.
    """
    base = load(model)
    tables = [found.assign(file=[str(folder / path) for path in found["path"]])
              for folder in folders for found in [gtzan.find(folder)]]  # fmt: skip
    table = pd.concat(tables, ignore_index=True)
    songs = [Song(row.file, row.genre, str(row.group)) for row in table.itertuples()]
    with Cache(cache or DATA / "heard.sqlite", question(base), len(columns_of(base))) as kept:
        heard = hear(base, songs, kept, finished=lambda done: say(f"heard {done}") if done % 100 == 0 else None)
    material, _ = gather(heard)
    rows, recalls = [], []
    for seed in SEEDS:
        began = time.process_time()
        learned = learn(material, seed=seed)
        rows.append(_row(seed, learned.scores, time.process_time() - began))
        recalls.append(learned.scores["per_genre_recall"])
    dealings, genres = pd.DataFrame(rows), pd.DataFrame(recalls, index=pd.Index(SEEDS, name="seed")).T
    with fresh_folder(out / base.name) as folder:
        write_csv(folder / "dealings.csv", dealings, digits=4)
        write_csv(folder / "genres.csv", genres.rename_axis("genre").reset_index(), digits=4)
        write_json(folder / "metrics.json", _metrics(base.release.metadata["scores"], len(material.songs), dealings))
    return dealings


def _row(seed: int, scores: dict[str, Any], seconds: float) -> dict[str, float]:
    found: dict[str, float] = {"seed": seed}
    for name in ("accuracy", "macro_recall"):
        found |= {name + end: scores[name][key] for end, key in (("", "value"), ("_low", "low"), ("_high", "high"))}
    return found | {"ece": scores["ece"], "processor_s": round(seconds, 1)}


def _metrics(base: dict[str, Any], clips: int, dealings: pd.DataFrame) -> dict[str, Any]:
    whole = base.get("amounts", {})
    return {
        "clips": clips,
        "accuracy": round(float(np.mean(dealings["accuracy"])), 4),
        "macro_recall": round(float(np.mean(dealings["macro_recall"])), 4),
        "base_accuracy": base["accuracy"]["value"],
        "base_tracks": base["tracks"],
        "base_accuracy_whole": whole.get("accuracy_whole"),
        "base_tracks_whole": whole.get("tracks_whole"),
    }
