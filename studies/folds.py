"""The one cross-validator: every fold answered once by models that did not learn from it, and what was answered kept.

What a fold is, what is learned and how it is scored is its caller's (`studies.crossvalidate`, `studies.held_out`). An
answer is kept in ``<keep>/<name>-<fold>-<key>/`` (``probabilities.npy``, ``told.json``), whole or not at all, so that
a run that was stopped goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.files import fresh_folder, read_json, write_json


@dataclass(frozen=True)
class Answer:
    """What a model says of the rows that a fold holds out.

    Parameters
    ----------
    probabilities : np.ndarray [rows, genres]
        As the model gives them.
    told : dict
        What was learned or measured beside it, plain values.
    """

    probabilities: np.ndarray
    told: dict[str, Any] = field(default_factory=dict)


Learn = Callable[[int, list[str]], Mapping[str, Answer]]


def cross_validate(
    keys: Mapping[str, str], folds: int, keep: Path, learn: Learn, progress: Callable[[str], object] = print
) -> dict[str, list[Answer]]:
    """The answers of some models to every fold.

    Parameters
    ----------
    keys : mapping of str to str
        Of each model by name: the key of its answers (`studies.keys`).
    folds : int
    keep : path
        Where answers are kept.
    learn : callable
        Given the number of a fold and the models whose answers to it are missing: those answers.
    progress : callable
        Gets a line for each fold that was learned.

    Returns
    -------
    dict of str to list of Answer
        A fold after the other.
    """
    found: dict[str, list[Answer]] = {name: [] for name in keys}
    for fold in range(folds):
        places = {name: keep / f"{name}-{fold}-{key}" for name, key in keys.items()}
        missing = [name for name, place in places.items() if not place.exists()]
        if missing:
            began = time.perf_counter()
            for name, answer in learn(fold, missing).items():
                with fresh_folder(places[name]) as partial:
                    np.save(partial / "probabilities.npy", answer.probabilities)
                    write_json(partial / "told.json", answer.told)
            seconds = time.perf_counter() - began
            progress(f"fold {fold + 1} of {folds}: learned {', '.join(missing)}, {seconds:.0f} s")
        for name, place in places.items():
            p = np.load(place / "probabilities.npy", allow_pickle=False)
            found[name].append(Answer(p, read_json(place / "told.json")))
    return found
