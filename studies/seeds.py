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
from studies.held_out import Study, find
from studies.release_models import REPORTS, SETTINGS

MEASURES = ("accuracy", "macro_recall", "accuracy_whole", "accuracy_cut")


def scored(study: Study, p: np.ndarray) -> dict[str, float]:
    """Track level, no temperature: accuracy and macro recall of all tracks, accuracy of the long ones whole and cut."""
    held = study.fold >= 0
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


def several(study: Study, names: tuple[str, ...], seeds: int) -> pd.DataFrame:
    """A row a model and seed; see the module.

    Parameters
    ----------
    study : Study
    names : tuple of str
        Of its settings' models.
    seeds : int
        How many, from that of the settings on.
    """
    first, rows = study.settings, []
    for name in names:
        found = []
        for seed in range(first["seed"], first["seed"] + seeds):
            study.settings = first | {"seed": seed}  # what is extracted is extracted already, by the first
            found.append(scored(study, study.held_out(name)))
            rows.append({"model": name, "seed": str(seed), **found[-1]})
            material.say(f"seeds: {name}, seed {seed}: {found[-1]['accuracy']:.3f} of the tracks")
        study.settings = first
        table = pd.DataFrame(found)
        rows.append({"model": name, "seed": "mean", **table.mean()})
        rows.append({"model": name, "seed": "deviation", **table.std(ddof=1)})
    return pd.DataFrame(rows)


def run(folders: list[Path], names: tuple[str, ...], seeds: int) -> pd.DataFrame:
    """What ``reports/released/seeds.csv`` holds."""
    settings: dict[str, Any] = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    names = tuple(material.known(names, settings["models"], "models"))
    if seeds < 2:
        raise PipelineError(f"--seeds {seeds}: a spread needs two or more")
    table = several(Study(find(folders, tuple(settings["pieces"]["seconds"])), settings), names, seeds)
    write_csv(REPORTS / "seeds.csv", table, digits=4)
    return table
