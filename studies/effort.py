"""What hearing less of a song costs: held-out answers to single looks of 5 s, put together as the efforts do.

A look is what `musiclassify.released.effort` has the model hear at a time: a segment alone, cut out of its clip before
anything is measured. The models are those of ``released.yaml`` without augmented copies, each fold's tracks answered
by models that did not learn them. A clip of GTZAN is one excerpt; a **song** is made of up to four clips of one artist
and genre, so that there is something to leave out.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from augment import AugmentSettings
from features import FeatureSettings, store
from musiclassify.audio.excerpts import Excerpt
from musiclassify.released.effort import Attention, Effort, effort_of
from pipeline import calibration, scores
from pipeline.files import write_csv
from studies import material, mixed_lengths
from studies.held_out import DATA, Study, find
from studies.keys import key

SETTINGS = Path(__file__).with_name("released.yaml")
REPORTS = Path("reports/released")
LOOK = "look"
BLEND = ("svm", "xgb", "cnn")


class Looks(Study):
    """Held-out answers to whole clips' segments and to the same segments alone."""

    def __init__(self, tracks: pd.DataFrame, settings: dict[str, Any]) -> None:
        super().__init__(tracks, settings)
        self.learned = self.learned & (self.table["form"] != LOOK).to_numpy()

    def _features(self) -> store.FeatureSet:
        s, features = self.settings, FeatureSettings(**self.settings["features"])
        table = mixed_lengths.plan(
            self.tracks,
            settings=features,
            recipes=AugmentSettings(copies=0),
            piece_s=tuple(s["pieces"]["seconds"]),
            pieces=s["pieces"]["of_a_long_clip"],
            piece_copies=0,
            short_copies=0,
            seed=s["seed"],
        )
        whole = table[table["form"] == mixed_lengths.WHOLE]
        looks = whole.assign(form=LOOK, segment_id=whole["segment_id"] + ":look")
        table = pd.concat([table, looks]).sort_values("track_id", kind="stable", ignore_index=True)
        rows = table.drop(columns="file")
        self._made = key(features, rows, files=self.tracks["file"], code=["studies.mixed_lengths"])
        return material.kept(
            DATA / f"looks-{self._made}",
            self._made,
            table,
            lambda: mixed_lengths.features_of(table, features),
            settings=features,
            words="looks",
        )


def answers(folders: list[Path], seed: int | None = None) -> tuple[Looks, np.ndarray]:
    """The study, and the blend's held-out answers to all its rows."""
    settings = copy.deepcopy(yaml.safe_load(SETTINGS.read_text(encoding="utf-8")))
    settings["features"]["tagger"] = settings["models"]["svm"]["tagger"]
    settings["models"] = {name: settings["models"][name] for name in BLEND}
    if seed is not None:
        settings["seed"] = seed
    study = Looks(find(folders, tuple(settings["pieces"]["seconds"])), settings)
    return study, study.blend({name: study.held_out(name) for name in BLEND})[0]


def songs(table: pd.DataFrame, draws: int = 8, seed: int = 20) -> list[list[str]]:
    """Tracks that stand for one song: two to four clips of one artist and genre, none twice in a draw.

    Clips are dealt `draws` times: which of them meet decides as much as an effort does.
    """
    whole = table[table["form"] == LOOK].drop_duplicates("track_id")
    made, rng = [], np.random.default_rng(seed)
    for _ in range(draws):
        for _, tracks in whole.groupby(["genre", "group"], sort=True):
            names = [str(name) for name in rng.permutation(sorted(tracks["track_id"]))]
            made += [names[at : at + 4] for at in range(0, len(names), 4) if len(names[at : at + 4]) > 1]
    return made


RATE = 20
"""Hz of the sound that is made up for an `Attention`: it looks at nothing but lengths and silence."""


class Replay:
    """Songs of known answers, heard by the code that hears real ones."""

    def __init__(self, study: Looks, p: np.ndarray) -> None:
        self.study, self.p = study, p
        s = study.settings["features"]
        self.config = {"sample_rate": RATE, "silence_peak": 1e-4, "features": s | {"segment_s": float(s["segment_s"])}}
        table, folds = study.table, range(study.settings["folds"])
        self.rows = {form: table.index[table["form"] == form].to_numpy() for form in (mixed_lengths.WHOLE, LOOK)}
        names = table["track_id"].to_numpy()
        self.of = {form: dict(pd.Series(rows).groupby(names[rows]).agg(list)) for form, rows in self.rows.items()}
        self.found = {f: study.temperatures(p, [other for other in folds if other != f]) for f in folds}

    def hear(self, tracks: list[str], effort: Effort) -> tuple[np.ndarray, float]:
        """Probabilities of a song whose excerpts are these clips, and the seconds of it that were heard."""
        fold = self.study.fold[self.of[LOOK][tracks[0]][0]]
        found = self.found[fold]
        if effort.most == 0 or (effort.short_whole and len(tracks) == 1):
            rows = [calibration.soften(self.p[self.of[mixed_lengths.WHOLE][t]], found[-1]).mean(0) for t in tracks]
            return np.mean(rows, axis=0), 30.0 * len(tracks)
        attention = Attention(self.config | {"temperatures": found}, effort, "mean")
        excerpts = [Excerpt(30.0 * k, 30.0 * k + 30, np.ones(30 * RATE, np.float32)) for k in range(len(tracks))]
        hop = self.study.settings["features"]["segment_hop_s"]
        for look in attention.pieces(excerpts):
            track, inside = divmod(look.start_s, 30.0)
            row = self.of[LOOK][tracks[int(track)]][round(inside / hop)]
            attention.hear(calibration.soften(self.p[[row]], found[1])[0])
        return attention.rows().mean(axis=0), attention.heard_s

    def score(self, units: list[list[str]], effort: Effort) -> dict[str, float]:
        """How an effort answers some songs, and how often as `full` does."""
        heard = [self.hear(unit, effort) for unit in units]
        answers, seconds = np.array([one for one, _ in heard]), np.array([one for _, one in heard])
        full = np.array([self.hear(unit, effort_of({}, "full"))[0] for unit in units])
        actual = np.array([self.study.labels[self.of[LOOK][unit[0]][0]] for unit in units])
        return {
            "songs": len(units),
            "accuracy": round(float((answers.argmax(1) == actual).mean()), 4),
            "accuracy_full": round(float((full.argmax(1) == actual).mean()), 4),
            "same_answer": round(float((answers.argmax(1) == full.argmax(1)).mean()), 4),
            "ece": round(scores.ece(answers, actual, 10), 4),
            "ece_full": round(scores.ece(full, actual, 10), 4),
            "confidence": round(float(answers.max(1).mean()), 4),
            "confidence_full": round(float(full.max(1).mean()), 4),
            "heard_s": round(float(seconds.mean()), 1),
        }


TRIED = [Effort("full", 0, 0, 1.0)] + [
    Effort(f"{least} to {most}, {margin}", least, most, margin, short_whole=least > 1)
    for least, most, margin in (
        *((1, 3, 0.5), (1, 3, 0.7), (1, 6, 0.7), (2, 6, 0.6), (2, 6, 0.8), (3, 6, 0.6)),
        *((2, 8, 0.8), (3, 8, 0.6), (2, 12, 0.6), (2, 12, 0.8), (3, 12, 0.6), (12, 12, 1.0)),
    )
]


def run(folders: list[Path], models: tuple[str, ...] = ("blend", *BLEND)) -> pd.DataFrame:
    """Score efforts by held-out answers; ``reports/released/effort.csv``, a row a model, kind of song and effort."""
    study, blended = answers(folders)
    rows = []
    for name in models:
        replay = Replay(study, blended if name == "blend" else study.held_out(name))
        for kind, units in (("clip", [[track] for track in sorted(replay.of[LOOK])]), ("song", songs(study.table))):
            for effort in TRIED:
                given = ("least", "most", "margin", "short_whole")
                told = {"model": name, "of": kind} | {field: getattr(effort, field) for field in given}
                rows.append(told | replay.score(units, effort))
    table = pd.DataFrame(rows)
    write_csv(REPORTS / "effort.csv", table)
    return table
