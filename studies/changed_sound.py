"""What changed sound costs the released models' recipe: every long clip changed whole, by answers of held-out models.

The clips go through `augment.degrade.DEGRADATIONS` (those that keep their length) before anything is measured; each
fold's are answered by models of ``released.yaml`` that did not learn its tracks, and blended with weights that the
other folds' sound, unchanged, gave. Nothing is chosen on the dealing that scores.

Writes ``reports/released/changed.csv``: a row a model and change; ``lost`` is paired, over the same tracks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from augment.degrade import DEGRADATIONS
from features import FeatureSettings
from features.store import FeatureSet
from musiclassify.audio.decode import decode
from pipeline import calibration, scores, workers
from pipeline.errors import PipelineError
from pipeline.files import write_csv
from studies import material, mixed_lengths
from studies.folds import Answer, cross_validate
from studies.held_out import DATA, Study, find, pooled
from studies.keys import key
from studies.release_models import REPORTS, SETTINGS

AS_IT_IS = "as it is"
CHANGES = tuple(name for name in DEGRADATIONS if not name.startswith(("pitch", "tempo")))
CODE = ("studies.changed_sound", "augment.degrade")


def plan(study: Study) -> pd.DataFrame:
    """The whole segments of the long clips once for each of `CHANGES`, a track after the other."""
    whole = study.table[study.original & (study.table["form"] == mixed_lengths.WHOLE)]
    parts = [whole.assign(change=name, segment_id=whole["segment_id"] + f":{name}") for name in CHANGES]
    return pd.concat(parts).sort_values("track_id", kind="stable", ignore_index=True)


def extract_track(file: Path, rows: pd.DataFrame, settings: FeatureSettings) -> tuple[np.ndarray, np.ndarray]:
    """Features of one track's rows, in their order."""
    engine, y, made = mixed_lengths.engine(settings), decode(file, sample_rate=settings.sample_rate), []
    for name, part in rows.groupby("change", sort=False):
        made.append(engine.extract(np.asarray(DEGRADATIONS[name](y, settings.sample_rate), np.float32)))
        if len(made[-1].starts) != len(part):
            raise PipelineError(f"{file}, {name}: {len(made[-1].starts)} segments where the clip has {len(part)}")
    return np.concatenate([one.segments for one in made]), np.concatenate([one.summary for one in made])


def changed(study: Study) -> FeatureSet:
    """Features of all changed clips, kept."""
    table, settings = plan(study), study.features.settings
    files = table.drop_duplicates("track_id").set_index("track_id")["file"]
    rows = table.drop(columns="file")

    def blocks() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        calls = [(Path(files[name]), part, settings) for name, part in rows.groupby("track_id", sort=False)]
        return workers.spread(extract_track, calls, "tracks")

    made = key(settings, rows, files=files, code=CODE)
    return material.kept(DATA / f"changed-{made}", made, rows, blocks, settings=settings, words="changed sound")


def answers(study: Study, sound: FeatureSet, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Held-out probabilities of one model, float32 [rows, genres]: of the study's rows, and of the changed ones."""
    fold = _fold(study, sound)
    clean = np.zeros((len(study.table), len(study.genres)), np.float32)
    other = np.zeros((len(sound.table), len(study.genres)), np.float32)
    rows = [(study.original & (study.fold == k), fold == k) for k in range(study.settings["folds"])]
    tagger = study.recipe(name)[1]

    def learn(k: int, names: list[str]) -> dict[str, Answer]:
        model, (ours, theirs) = study.fit(name, study.learned & (study.fold != k)), rows[k]
        parts = (study.hearing(tagger).take(ours), sound.take(theirs).hearing(tagger))
        return {one: Answer(np.concatenate([model.predict_proba(part) for part in parts])) for one in names}

    kept = key(study._key(name, study.settings["folds"], study.settings["dealing"]), list(CHANGES), code=CODE)
    found = cross_validate({f"{name}-changed": kept}, len(rows), DATA / "held-out", learn, material.say)
    for (ours, theirs), answer in zip(rows, found[f"{name}-changed"], strict=True):
        clean[ours], other[theirs] = np.split(answer.probabilities, [ours.sum()])
    return clean, other


def scored(study: Study, sound: FeatureSet, name: str, clean: np.ndarray, other: np.ndarray) -> list[dict[str, Any]]:
    """A row for the clips as they are and for each change; track level, no temperature."""
    whole = study.original & (study.table["form"] == mixed_lengths.WHOLE).to_numpy() & (study.fold >= 0)
    cases = [(AS_IT_IS, study.table[whole], clean[whole])]
    for change in CHANGES:
        here = (sound.table["change"] == change).to_numpy()
        cases.append((change, sound.table[here], other[here]))
    found, first, seed = [], np.empty(0), study.settings["seed"]
    for change, table, p in cases:
        tracks, of_track = calibration.by_track(table.assign(excerpt=0), p)
        actual = tracks["genre"].map(study.genres.index).to_numpy()
        predicted = of_track.argmax(axis=1)
        right = predicted == actual
        first = right if change == AS_IT_IS else first
        drawn = scores.bootstrap(actual, predicted, tracks["track_id"].to_numpy(), genres=len(study.genres), seed=seed)
        lost = scores.paired_difference(first, right, seed=seed)
        row = {"model": name, "change": change, "tracks": len(tracks)}
        values = {"accuracy": drawn["accuracy"], "macro_recall": drawn["macro_recall"], "lost": lost}
        ends = ("", "_low", "_high")
        found.append(row | {f"{n}{e}": v for n, three in values.items() for e, v in zip(ends, three, strict=True)})
    return found


def run(folders: list[Path], names: tuple[str, ...] = ()) -> pd.DataFrame:
    """What ``reports/released/changed.csv`` holds.

    Parameters
    ----------
    folders : list of path
        GTZAN's clips.
    names : tuple of str
        Blends of ``released.yaml``, each with its members; none means the first.
    """
    settings: dict[str, Any] = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    names = tuple(material.known(names or tuple(settings["blends"])[:1], settings["blends"], "blends"))
    study = Study(find(folders, tuple(settings["pieces"]["seconds"])), settings)
    sound = changed(study)
    rows: list[dict[str, Any]] = []
    for name in names:
        members = {member: answers(study, sound, member) for member in settings["blends"][name]}
        for member, (clean, other) in members.items():
            rows += scored(study, sound, member, clean, other)
        clean = {member: p for member, (p, _) in members.items()}
        other = {member: p for member, (_, p) in members.items()}
        rows += scored(study, sound, name, study.blend(clean)[0], _blended(study, sound, clean, other))
    table = pd.DataFrame(rows)
    write_csv(REPORTS / "changed.csv", table, digits=4)
    return table


def _blended(study: Study, sound: FeatureSet, clean: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> np.ndarray:
    """Changed sound's answers put together, each fold's with the weights that unchanged sound of the others gave."""
    fold = _fold(study, sound)
    out = np.zeros((len(sound.table), len(study.genres)), np.float32)
    for k, others in study.others():
        weights = study.weights(clean, study.scored & np.isin(study.fold, others))
        out[fold == k] = pooled({name: p[fold == k] for name, p in other.items()}, weights)
    return out


def _fold(study: Study, sound: FeatureSet) -> np.ndarray:
    """The fold of each changed row, int64 [rows]."""
    return sound.table["track_id"].map(dict(zip(study.table["track_id"], study.fold, strict=True))).to_numpy()
