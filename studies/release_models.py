"""The released models: scored by grouped cross-validation, then learned from all clips.

``data/released/`` holds the features and, a file a model and fold, the held-out answers, so that a run that was
stopped continues; ``reports/released/`` what was measured; ``models/released/gtzan-*`` the models.

Nothing is chosen on the answers that are scored: settings stand in ``released.yaml``; temperatures, thresholds and
the blend's weights that a fold is scored with come from the other folds. What it names under ``compared`` is scored on
the same folds and is not released.
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

import models
from augment import AugmentSettings
from corpora import gtzan
from corpora import split as splitting
from features import Engine, FeatureSettings, store
from models import export
from models.kinds.blend import learn_weights, pool
from musiclassify.audio.decode import probe
from musiclassify.audio.excerpts import Rule
from pipeline import calibration, provenance, scores
from pipeline.errors import PipelineError
from pipeline.files import fresh_folder, write_csv, write_json, write_text
from settings import asdict
from studies import cards, mixed_lengths

SETTINGS = Path(__file__).with_name("released.yaml")
DATA, REPORTS = Path("data/released"), Path("reports/released")
KINDS = ("svm", "xgb", "cnn")
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


class Study:
    """One set of tracks, its features, its folds, and the held-out answers of each kind of model."""

    def __init__(self, tracks: pd.DataFrame, settings: dict[str, Any]) -> None:
        self.tracks, self.settings = tracks, settings
        self.genres = sorted(tracks["genre"].unique())
        self.features = self._features()
        self.table = self.features.table
        self.labels = self.table["genre"].map(self.genres.index).to_numpy()
        dealt = splitting.folds(tracks, settings["folds"], settings["seed"])
        self.fold = self.table["track_id"].map(dict(zip(tracks["track_id"], dealt, strict=True))).to_numpy()
        self.learned = (self.table["form"] != mixed_lengths.CHECK).to_numpy()
        self.original = (self.table["copy"] == 0).to_numpy()
        self.scored = mixed_lengths.scored_rows(self.table)

    def _features(self) -> store.FeatureSet:
        s = self.settings
        features = FeatureSettings(**s["features"])
        key = _digest(s["features"], s["pieces"], s["augment"], s["seed"], self.tracks["track_id"].tolist())
        folder = DATA / f"features-{key}"
        if not (folder / store.MANIFEST).exists():
            pieces = s["pieces"]
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
            blocks = mixed_lengths.features_of(table, features)
            store.write(folder, table, blocks, settings=features, statistics=Engine(features).statistics)
        return store.open_store(folder)

    def recipe(self, name: str) -> tuple[str, dict[str, Any]]:
        """The kind and the settings of one of the ``models`` or ``compared``."""
        given = dict((self.settings["models"] | self.settings["compared"])[name])
        return given.pop("kind", name), given

    def fit(self, name: str, rows: np.ndarray):
        """A model learned from some rows, genres and forms balanced."""
        part = self.features.take(rows)
        part.table["weight"] = mixed_lengths.balance(part.table, self.settings["pieces"]["share"])
        kind, given = self.recipe(name)
        return models.create(kind, genres=self.genres, seed=self.settings["seed"], **given).fit(part, self.labels[rows])

    def held_out(self, name: str, progress=print) -> np.ndarray:
        """Probabilities of every original row by the model that did not learn its fold, float32 [rows, genres]."""
        out = np.zeros((len(self.table), len(self.genres)), np.float32)
        settings = self.settings
        key = self._key(name, settings["folds"])
        for fold in range(settings["folds"]):
            rows = self.original & (self.fold == fold)
            path = DATA / "held-out" / f"{name}-{fold}-{key}.npy"
            if path.exists():
                out[rows] = np.load(path, allow_pickle=False)
                continue
            began = time.perf_counter()
            model = self.fit(name, self.learned & (self.fold != fold))
            out[rows] = model.predict_proba(self.features.take(rows))
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".part.npy")
            np.save(partial, out[rows])
            partial.replace(path)
            progress(f"{name}, fold {fold + 1} of {settings['folds']}: {time.perf_counter() - began:.0f} s")
        return out

    def final(self, kind: str):
        """The model learned from everything, kept in ``data/released/trained/``."""
        folder = DATA / "trained" / f"{kind}-{self._key(kind)}"
        if not folder.exists():
            with fresh_folder(folder) as partial:
                self.fit(kind, self.learned).save(partial)
        return models.load(folder)

    def _key(self, name: str, *more: Any) -> str:
        """What tells two trainings apart."""
        kind, given = self.recipe(name)
        resolved = asdict(models.create(kind, genres=self.genres, **given).settings)
        s = self.settings
        parts = (s["pieces"], s["augment"], s["features"], s["seed"])
        return _digest(kind, resolved, *parts, *more, self.tracks["track_id"].tolist())

    def by_track(self, p: np.ndarray, rows: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
        """Track level by the rule: a clip is one excerpt."""
        table = self.table[rows].assign(excerpt=0)
        return calibration.by_track(table, p[rows])

    def calibrate(self, p: np.ndarray, folds: list[int]) -> calibration.Calibration:
        """Temperature and threshold from the held-out answers of some folds."""
        rows = self.scored & np.isin(self.fold, folds)
        return calibration.fit(
            self.table[rows].assign(excerpt=0),
            p[rows],
            self.labels[rows],
            self.genres,
            uncertain_share=self.settings["uncertain_share"],
        )

    def cross_fitted(self, p: np.ndarray) -> np.ndarray:
        """Each fold's answers at the temperature that the other folds gave."""
        out = p.copy()
        for fold, others in self._others():
            rows = self.original & (self.fold == fold)
            out[rows] = calibration.soften(p[rows], self.calibrate(p, others).temperature)
        return out

    def blend(self, answers: dict[str, np.ndarray], toward_equal: float = 0.05) -> tuple[np.ndarray, dict[str, float]]:
        """Blended held-out answers, each fold with weights from the others; and the weights from all folds."""
        logs = {kind: np.log(np.maximum(p, FLOOR)) for kind, p in answers.items()}

        def weights(rows: np.ndarray) -> dict[str, float]:
            part = {kind: value[rows] for kind, value in logs.items()}
            return learn_weights(part, self.labels[rows], len(self.genres), toward_equal)

        out = np.zeros_like(next(iter(answers.values())))
        for fold, others in self._others():
            rows = self.original & (self.fold == fold)
            learned = weights(self.scored & np.isin(self.fold, others))
            out[rows] = pool({kind: value[rows] for kind, value in logs.items()}, learned)
        return out, weights(self.scored & (self.fold >= 0))

    def _others(self):
        every = range(self.settings["folds"])
        return [(fold, [f for f in every if f != fold]) for fold in every]


def measure(study: Study, p: np.ndarray) -> dict[str, Any]:
    """What the held-out answers of one model are worth; see the keys."""
    scored = study.scored & (study.fold >= 0)
    tempered = study.cross_fitted(p)
    tracks, raw = study.by_track(p, scored)
    _, answers = study.by_track(tempered, scored)
    actual = tracks["genre"].map(study.genres.index).to_numpy()
    units = tracks["track_id"].to_numpy()
    card = provenance.score_card(
        split=f"{study.settings['folds']} artist-grouped folds, held-out tracks",
        probabilities=answers,
        actual=actual,
        units=units,
        genres=study.genres,
        folds=study.settings["folds"],
        bins=10,
        draws=2000,
        seed=study.settings["seed"],
    )
    share, right = scores.coverage(answers, actual)
    long_tracks = set(study.table.loc[study.table["long"], "track_id"])
    is_long = tracks["track_id"].isin(long_tracks).to_numpy()
    hit = answers.argmax(axis=1) == actual
    card |= {
        "segment_accuracy": round(float((p[scored].argmax(axis=1) == study.labels[scored]).mean()), 6),
        "ece_before_temperature": round(scores.ece(raw, actual, 10), 6),
        "accuracy_of_most_confident_70": round(float(right[np.searchsorted(share, 0.7)]), 6),
        "accuracy_long_tracks": round(float(hit[is_long].mean()), 6),
        "accuracy_short_tracks": round(float(hit[~is_long].mean()), 6) if (~is_long).any() else None,
        "length": length_check(study, tempered),
    }
    return card


def length_check(study: Study, p: np.ndarray) -> dict[str, float]:
    """Do the answers lean on length? Every track is cut to 2 s, long or short, and answered again.

    The short tracks are all of some genres. A model that had learned the length would answer those genres more
    often for a long track of another genre once it is cut short.
    """
    table = study.table
    short_genres = set(table.loc[~table["long"], "genre"])
    if not short_genres or len(short_genres) == len(study.genres):
        return {}
    columns = [i for i, genre in enumerate(study.genres) if genre in short_genres]
    other = (~table["genre"].isin(short_genres) & table["long"] & (study.fold >= 0)).to_numpy()
    out = {}
    for name, rows in (
        ("whole", study.scored & other),
        ("cut_to_2_s", (table["form"] == mixed_lengths.CHECK).to_numpy() & other),
    ):
        tracks, answers = study.by_track(p, rows)
        actual = tracks["genre"].map(study.genres.index).to_numpy()
        out[f"tracks_{name}"] = len(tracks)
        out[f"accuracy_{name}"] = round(float((answers.argmax(axis=1) == actual).mean()), 4)
        out[f"answered_a_short_genre_{name}"] = round(float(np.isin(answers.argmax(axis=1), columns).mean()), 4)
        out[f"probability_of_short_genres_{name}"] = round(float(answers[:, columns].sum(axis=1).mean()), 4)
    return out


def run(
    folders: list[Path],
    out: Path,
    *,
    kinds: tuple[str, ...] = KINDS,
    score_only: bool = False,
    compared: bool = True,
) -> None:
    """Score by cross-validation, then learn from everything and write the released models.

    Parameters
    ----------
    folders : list of path
        GTZAN's clips.
    out : path
        Where the released models go.
    kinds : tuple of str
        Of ``models`` in the settings; two or more are blended too.
    score_only : bool
        Release nothing.
    compared : bool
        Also score what the settings name under ``compared``.
    """
    revision = provenance.git_revision(Path("."))  # before anything is written
    settings = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    study = Study(find(folders, tuple(settings["pieces"]["seconds"])), settings)
    every = {kind: study.held_out(kind) for kind in kinds}
    weights: dict[str, float] = {}
    if len(kinds) > 1:
        every["blend"], weights = study.blend(every)
    if compared:
        others = {name: study.held_out(name) for name in settings["compared"]}
        blended = settings["compared_blend"]
        others[blended["name"]], _ = study.blend({name: others[name] for name in blended["of"]})
        every |= others
    cards_by_kind = {name: measure(study, p) for name, p in every.items()}
    _report(study, every, cards_by_kind, weights)
    if score_only:
        return
    trained = {kind: study.final(kind) for kind in kinds}
    if weights:
        trained["blend"] = _blended(study, trained, weights)
    for kind, model in trained.items():
        _release(study, kind, model, cards_by_kind[kind], every[kind], out, revision)


def _blended(study: Study, members: dict[str, Any], weights: dict[str, float]) -> Any:
    blend = models.create("blend", genres=study.genres, members=members)
    blend.weights = weights
    return blend


def _release(study: Study, kind: str, model, measured: dict, p: np.ndarray, out: Path, revision: str) -> None:
    s = study.settings
    fitted = study.calibrate(p, list(range(s["folds"])))
    config = provenance.config(corpus="gtzan", kind=kind, version=s["version"], rule=Rule(), calibration=fitted)
    short = int((study.tracks["duration_s"] < s["features"]["segment_s"]).sum())
    trained_on = {
        "corpus": "GTZAN, part of it",
        "tracks": len(study.tracks),
        "short_tracks": short,
        "genres": study.tracks["genre"].value_counts().sort_index().to_dict(),
        "settings": s,
    }
    metadata = {
        "created": provenance.today(),
        "git_revision": revision,
        "command": "python -m studies release-models --clips GTZAN --clips GTZAN-EXCERPTS",
        "params_sha256": hashlib.sha256(SETTINGS.read_bytes()).hexdigest(),
        "index_sha256": hashlib.sha256((Path(gtzan.__file__).with_name("gtzan_index.csv")).read_bytes()).hexdigest(),
        "trained_on": trained_on,
        "scores": measured,
    }
    card = cards.card(config, metadata)
    folder = export.release(
        model, out / config["name"], settings=study.features.settings, config=config, metadata=metadata, card=card
    )
    print(f"wrote {folder}")


def _report(study: Study, every: dict[str, np.ndarray], measured: dict[str, dict], weights: dict[str, float]) -> None:
    rows = []
    scored = study.scored & (study.fold >= 0)
    for kind, card in measured.items():
        rows.append(
            {
                "model": kind,
                "tracks": card["tracks"],
                **{
                    f"{name}{suffix}": card[name][key]
                    for name in ("accuracy", "macro_recall")
                    for suffix, key in (("", "value"), ("_low", "low"), ("_high", "high"))
                },
                "ece": card["ece"],
                "accuracy_of_most_confident_70": card["accuracy_of_most_confident_70"],
            }
        )
    write_csv(REPORTS / "models.csv", pd.DataFrame(rows))
    write_json(
        REPORTS / "metrics.json", {"split": next(iter(measured.values()))["split"], "weights": weights, **measured}
    )
    table = None
    for kind, p in every.items():
        tracks, answers = study.by_track(study.cross_fitted(p), scored)
        table = tracks if table is None else table
        for k, genre in enumerate(study.genres):
            table[f"{kind}_{genre}"] = answers[:, k].round(4)
    write_csv(REPORTS / "held-out.csv", table)
    lines = [
        f"{r['model']:6s} accuracy {r['accuracy']:.3f} [{r['accuracy_low']:.3f}, {r['accuracy_high']:.3f}]  "
        f"macro recall {r['macro_recall']:.3f}  ECE {r['ece']:.3f}  best 70 % {r['accuracy_of_most_confident_70']:.3f}"
        for r in rows
    ]
    print("\n".join([measured[rows[0]["model"]]["split"], *lines]))
    write_text(REPORTS / "README.md", cards.report(measured, weights))


def _digest(*values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:12]
