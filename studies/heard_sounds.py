"""What released models answer to sounds that are no music, asked as a user would ask, and what they answer to songs.

``python -m studies no-music`` makes the sounds of `studies.made_sounds` that are scored only, from a seed that no
release was made or chosen with, and gives their samples to each model's one file. A sound is missed where a genre is
told without "uncertain". With ``--songs`` a folder of music is asked too: none of it should be called no music.

Writes ``reports/released/no_music.csv``: a row a model and kind of sound, and of all together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from musiclassify import released
from musiclassify.audio.walk import walk
from pipeline.errors import PipelineError
from pipeline.files import write_csv
from studies import made_sounds
from studies.material import say
from studies.release_models import REPORTS

SEED = 2000
ALL, SONGS = "all sounds", "songs"


def sounds(seed: int) -> Iterator[tuple[str, str, np.ndarray]]:
    """What must be heard, the kind of sound, samples float32; nothing of them was learned from."""
    for heard, name, y in made_sounds.scored(seed):
        yield heard, name.split(" ")[0], y


def songs(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Every song of a folder."""
    found = walk(folder).sounds
    if not found:
        raise PipelineError(f"--songs {folder}: holds no audio; give a folder of music")
    yield from (("", SONGS, path) for path in found)


def ask(model: Any, asked: Iterable[tuple[str, str, Any]]) -> pd.DataFrame:
    """The answers of one model: ``kind, heard, sure, named`` (what it was called; empty: taken for music)."""
    rows = []
    for heard, kind, song in asked:
        answer = model.classify(song)
        if not answer.ok:
            raise PipelineError(f"{model.name}: {kind}: {answer.status}: {answer.message}")
        rows.append({"kind": kind, "heard": heard, "sure": not answer.uncertain, "named": answer.sound})
    return pd.DataFrame(rows)


def summary(name: str, answers: pd.DataFrame) -> list[dict[str, Any]]:
    """Shares by kind of sound, and of all sounds together."""
    made = answers[answers["kind"] != SONGS]
    parts = [*answers.groupby("kind", sort=False), (ALL, made)]
    return [
        {
            "model": name,
            "kind": kind,
            "sounds": len(part),
            "sure_of_a_genre": part["sure"].mean(),
            "called_no_music": (part["named"] != "").mean(),
            "named_rightly": (part["named"] == part["heard"]).mean() if kind != SONGS else None,
        }
        for kind, part in parts
        if len(part)
    ]


def run(models: tuple[str, ...] = (), *, folder: Path | None = None, seed: int = SEED) -> pd.DataFrame:
    """Ask the models (none: the default one) and write the table.

    Raises
    ------
    PipelineError
        If espeak-ng is missing, a folder holds no music, or a model gives no answer.
    """
    made, rows = list(sounds(seed)), []
    for name in models or (released.default_name(),):
        model = released.load(name)
        say(f"no-music: {model.name}: {len(made)} sounds")
        rows += summary(model.name, ask(model, [*made, *(songs(folder) if folder else ())]))
    table = pd.DataFrame(rows)
    write_csv(REPORTS / "no_music.csv", table, digits=4)
    return table
