"""What chance in learning is worth: models of ``released.yaml`` learned from several seeds, by held-out answers.

Tracks, copies, folds and settings stay; only what a model draws while it learns differs. The answers are kept where
those of `studies.release_models` are, so the seed of the release costs nothing more.

Writes ``reports/released/seeds.csv``: a row a model and seed, then its mean and its standard deviation over the seeds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from pipeline.errors import PipelineError
from pipeline.files import write_csv
from studies import material, mixed_lengths
from studies.folds import Answer, cross_validate
from studies.held_out import DATA, Study, find
from studies.release_models import REPORTS, SETTINGS

MEASURES = ("accuracy", "macro_recall", "accuracy_whole", "accuracy_cut")


def held_out(study: Study, name: str, folds: int) -> np.ndarray:
    """Probabilities of the rows of the first folds by models that did not learn them, kept as all held-out answers."""
    settings, out = study.settings, np.zeros((len(study.table), len(study.genres)), np.float32)

    def learn(fold: int, names: list[str]) -> dict[str, Answer]:
        rows = study.original & (study.fold == fold)
        model = study.fit(name, study.learned & (study.fold != fold))
        return {one: Answer(model.predict_proba(study.hearing(study.recipe(one)[1]).take(rows))) for one in names}

    keys = {name: study._key(name, settings["folds"], settings["dealing"])}
    for fold, answer in enumerate(cross_validate(keys, folds, DATA / "held-out", learn, material.say)[name]):
        out[study.original & (study.fold == fold)] = answer.probabilities
    return out


def scored(study: Study, p: np.ndarray, folds: int) -> dict[str, float]:
    """Track level, no temperature: accuracy and macro recall of all tracks, accuracy of the long ones whole and cut."""
    held = (study.fold >= 0) & (study.fold < folds)
    long = study.table["long"].to_numpy()
    cut = long & (study.table["form"] == mixed_lengths.CHECK).to_numpy()
    hits = {}
    for name, rows in (("all", study.scored & held), ("whole", study.scored & held & long), ("cut", cut & held)):
        tracks, answers = study.by_track(p, rows)
        right = answers.argmax(axis=1) == tracks["genre"].map(study.genres.index).to_numpy()
        hits[name] = pd.DataFrame({"genre": tracks["genre"].to_numpy(), "right": right})
    every = hits["all"]
    values = (
        every["right"].mean(),
        every.groupby("genre")["right"].mean().mean(),
        hits["whole"]["right"].mean(),
        hits["cut"]["right"].mean(),
    )
    return {name: float(value) for name, value in zip(MEASURES, values, strict=True)}


def several(study: Study, names: tuple[str, ...], seeds: int, folds: int) -> pd.DataFrame:
    """A row a model and seed; see the module.

    Parameters
    ----------
    study : Study
    names : tuple of str
        Of its settings' models.
    seeds : int
        How many, from that of the settings on.
    folds : int
        How many of the folds are scored, from the first on.
    """
    first, rows = study.settings, []
    for name in names:
        found = []
        for seed in range(first["seed"], first["seed"] + seeds):
            study.settings = first | {"seed": seed}  # what is extracted is extracted already, by the first
            found.append(scored(study, held_out(study, name, folds), folds))
            rows.append({"model": name, "folds": folds, "seed": str(seed), **found[-1]})
            material.say(f"seeds: {name}, seed {seed}: {found[-1]['accuracy']:.3f} of the tracks")
        study.settings = first
        table = pd.DataFrame(found)
        rows.append({"model": name, "folds": folds, "seed": "mean", **table.mean()})
        rows.append({"model": name, "folds": folds, "seed": "deviation", **table.std(ddof=1)})
    return pd.DataFrame(rows)


def run(folders: list[Path], names: tuple[str, ...], seeds: int, folds: int = 0) -> pd.DataFrame:
    """What ``reports/released/seeds.csv`` holds; `folds` of 0 are all."""
    settings: dict[str, Any] = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    names = tuple(material.known(names, settings["models"], "models"))
    if seeds < 2:
        raise PipelineError(f"--seeds {seeds}: a spread needs two or more")
    if not 0 <= folds <= settings["folds"]:
        raise PipelineError(f"--folds {folds}: must be from 1 to {settings['folds']}, or 0 for all")
    study = Study(find(folders, tuple(settings["pieces"]["seconds"])), settings)
    table = several(study, names, seeds, folds or settings["folds"])
    write_csv(REPORTS / "seeds.csv", table, digits=4)
    return table
