"""One set of tracks, its features, its folds, and the answers of models to tracks that they did not learn from.

What is extracted, answered and learned is kept in ``data/released/`` under keys of `studies.keys`: the features under
what they are made from, code and clips included, and all else under that, the model's settings and its own code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import models
from augment import AugmentSettings
from corpora import gtzan
from corpora import split as splitting
from features import FeatureSettings, store
from models.kinds.blend import learn_weights, pool
from musiclassify.audio.decode import probe
from pipeline import calibration
from pipeline.errors import PipelineError
from pipeline.files import fresh_folder
from settings import asdict
from studies import amounts, material, mixed_lengths
from studies.folds import Answer, cross_validate
from studies.keys import key

DATA = Path("data/released")
FLOOR = 1e-6


def find(folders: list[Path], seconds: tuple[float, float]) -> pd.DataFrame:
    """The clips of several GTZAN folders: ``track_id, genre, group, file, duration_s``; none may stand in two."""
    parts = []
    for folder in folders:
        found = gtzan.find(folder)
        found["file"] = [str(folder / path) for path in found["path"]]
        parts.append(found)
    tracks = pd.concat(parts, ignore_index=True).sort_values("track_id", ignore_index=True)
    twice = tracks.loc[tracks["track_id"].duplicated(), "track_id"].tolist()
    if twice:
        raise PipelineError(f"{twice[0]}: stands in two of the folders; give each track once")
    tracks["duration_s"] = [probe(file).duration_s for file in tracks["file"]]
    short = tracks[tracks["duration_s"] < seconds[0]]
    if len(short):
        raise PipelineError(f"{short['file'].iloc[0]}: shorter than pieces.seconds={list(seconds)}; leave it out")
    return tracks[["track_id", "genre", "group", "file", "duration_s"]]


def pooled(answers: dict[str, np.ndarray], weights: dict[str, float]) -> np.ndarray:
    """Answers of several models to the same rows put together, float32 [rows, genres]."""
    return pool({name: np.log(np.maximum(p, FLOOR)) for name, p in answers.items()}, weights)


class Study:
    """One set of tracks, its features, its folds, and the held-out answers of each kind of model."""

    def __init__(self, tracks: pd.DataFrame, settings: dict[str, Any]) -> None:
        self.tracks, self.settings = tracks, settings
        self.genres = sorted(tracks["genre"].unique())
        self.features = self._features()
        self.table = self.features.table
        self.labels = self.table["genre"].map(self.genres.index).to_numpy()
        dealt = splitting.folds(tracks, settings["folds"], settings["dealing"])
        self.fold = self.table["track_id"].map(dict(zip(tracks["track_id"], dealt, strict=True))).to_numpy()
        self.learned = (self.table["form"] != mixed_lengths.CHECK).to_numpy()
        self.original = (self.table["copy"] == 0).to_numpy()
        self.scored = mixed_lengths.scored_rows(self.table)
        self.heard = amounts.heard(self.table)
        self._hearing = {self.features.settings.tagger: self.features}

    def _features(self) -> store.FeatureSet:
        s = self.settings
        features, pieces = FeatureSettings(**s["features"]), s["pieces"]
        table = mixed_lengths.plan(
            self.tracks,
            settings=features,
            recipes=AugmentSettings(**s["augment"]),
            piece_s=tuple(pieces["seconds"]),
            pieces=pieces["of_a_long_clip"],
            piece_copies=pieces["copies"],
            short_copies=pieces["copies_of_a_short_clip"],
            seed=s["seed"],
        )
        rows = table.drop(columns="file")  # where the clips lie says nothing; what is in them does
        self._made = key(features, rows, files=self.tracks["file"], code=["studies.mixed_lengths"])
        return material.kept(
            DATA / f"features-{self._made}",
            self._made,
            table,
            lambda: mixed_lengths.features_of(table, features),
            settings=features,
            words="released",
        )

    def recipe(self, name: str) -> tuple[str, str, dict[str, Any]]:
        """The kind, ``features.tagger`` and the settings of one of the ``models``."""
        given = dict(self.settings["models"][name])
        return given.pop("kind", name), given.pop("tagger"), given

    def hearing(self, tagger: str) -> store.FeatureSet:
        """The features of a model that hears with some of the taggers."""
        if tagger not in self._hearing:
            self._hearing[tagger] = self.features.hearing(tagger)
        return self._hearing[tagger]

    def fit(self, name: str, rows: np.ndarray) -> Any:
        """A model learned from some rows, genres and forms balanced."""
        kind, tagger, given = self.recipe(name)
        part = self.hearing(tagger).take(rows)
        part.table["weight"] = mixed_lengths.balance(part.table, self.settings["pieces"]["share"])
        return models.create(kind, genres=self.genres, seed=self.settings["seed"], **given).fit(part, self.labels[rows])

    def held_out(self, name: str, progress: Callable[[str], object] = print) -> np.ndarray:
        """Probabilities of every original row by the model that did not learn its fold, float32 [rows, genres]."""
        rows = [self.original & (self.fold == fold) for fold in range(self.settings["folds"])]

        def learn(fold: int, names: list[str]) -> dict[str, Answer]:
            model = self.fit(name, self.learned & (self.fold != fold))
            return {name: Answer(model.predict_proba(self.hearing(self.recipe(name)[1]).take(rows[fold])))}

        keys = {name: self._key(name, self.settings["folds"], self.settings["dealing"])}
        answers = cross_validate(keys, len(rows), DATA / "held-out", learn, progress)
        out = np.zeros((len(self.table), len(self.genres)), np.float32)
        for here, answer in zip(rows, answers[name], strict=True):
            out[here] = answer.probabilities
        return out

    def final(self, name: str) -> Any:
        """The model learned from everything, kept in ``data/released/trained/``."""
        folder = DATA / "trained" / f"{name}-{self._key(name)}"
        if not folder.exists():
            with fresh_folder(folder) as partial:
                self.fit(name, self.learned).save(partial)
        return models.load(folder)

    def _key(self, name: str, *more: Any) -> str:
        """What tells two trainings apart (`studies.keys`)."""
        kind, tagger, given = self.recipe(name)
        resolved = asdict(models.create(kind, genres=self.genres, **given).settings)
        asked = (kind, tagger, resolved, self.settings["pieces"], self.settings["seed"], *more)
        code = [f"models.kinds.{kind}", "studies.mixed_lengths", "corpora.split"]
        return key(self._made, *asked, files=[__file__], code=code)

    def by_track(self, p: np.ndarray, rows: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
        """Track level by the rule: a clip is one excerpt."""
        table = self.table[rows].assign(excerpt=0)
        return calibration.by_track(table, p[rows])

    def temperatures(self, p: np.ndarray, folds: list[int]) -> list[float]:
        """From the held-out answers of some folds; see `amounts`."""
        rows = self.original & np.isin(self.fold, folds)
        rows &= (self.table["form"] != mixed_lengths.PIECE).to_numpy() | self.scored
        return amounts.temperatures(self.table[rows], p[rows], self.labels[rows])

    def cross_fitted(self, p: np.ndarray) -> np.ndarray:
        """Each fold's answers at the temperatures that the other folds gave."""
        out = p.copy()
        for fold, others in self.others():
            rows = self.original & (self.fold == fold)
            out[rows] = amounts.soften(p[rows], self.heard[rows], self.temperatures(p, others))
        return out

    def threshold(self, p: np.ndarray) -> float:
        """The confidence below which the uncertain share of the held-out tracks lies."""
        _, answers = self.by_track(self.cross_fitted(p), self.scored & (self.fold >= 0))
        return round(float(np.quantile(answers.max(axis=1), self.settings["uncertain_share"])), 4)

    def weights(self, answers: dict[str, np.ndarray], rows: np.ndarray, toward_equal: float = 0.05) -> dict[str, float]:
        """Weights of models in a blend, learned from their held-out answers to some rows."""
        logs = {name: np.log(np.maximum(p[rows], FLOOR)) for name, p in answers.items()}
        return learn_weights(logs, self.labels[rows], len(self.genres), toward_equal)

    def blend(self, answers: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, float]]:
        """Blended held-out answers, each fold with weights from the others; and the weights from all folds."""
        out = np.zeros_like(next(iter(answers.values())))
        for fold, others in self.others():
            rows = self.original & (self.fold == fold)
            learned = self.weights(answers, self.scored & np.isin(self.fold, others))
            out[rows] = pooled({name: p[rows] for name, p in answers.items()}, learned)
        return out, self.weights(answers, self.scored & (self.fold >= 0))

    def others(self) -> Iterator[tuple[int, list[int]]]:
        """Each fold, and all but it."""
        every = range(self.settings["folds"])
        return ((fold, [f for f in every if f != fold]) for fold in every)
