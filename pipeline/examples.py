"""What a person sees and hears of the corpus and of its augmentation: pictures, and where it may be, sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import augment
from corpora import tracks
from features import Engine
from musiclassify.audio.decode import decode, stream
from musiclassify.audio.excerpts import Rule, excerpts
from musiclassify.audio.places import local
from pipeline.errors import PipelineError
from pipeline.files import write_csv
from pipeline.listen import allowed, write_ogg
from pipeline.plots.signals import panel

if TYPE_CHECKING:
    from pipeline.params import Params

DRAWS = 20


def genres(every: pd.DataFrame, where: Any, picture: Path, params: Params) -> None:
    """A clip of each genre, twelve at most: waveform, mel spectrogram, MFCC."""
    settings = params.features
    sounds = []
    for genre, rows in tracks.usable(every).groupby("genre"):
        row = rows.iloc[len(rows) // 2]
        start = max(0.0, min(row["duration_s"] / 2, row["duration_s"] - settings.segment_s))
        with local(where / row["path"]) as file:
            y = decode(file, sample_rate=settings.sample_rate, start_s=start, duration_s=settings.segment_s)
        sounds.append((f"{genre}: {row['track_id']}", y))
    panel(sounds[:12], Engine(settings), picture)


def excerpt_of(path: Path, number: int, rule: Rule, sample_rate: int) -> np.ndarray:
    """The samples of one excerpt of a track, by the rule that cuts all of them: a long song's start is left out."""
    for found, excerpt in enumerate(excerpts(stream(path, sample_rate=sample_rate), rule, sample_rate)):
        if found == number:
            return excerpt.samples
    raise PipelineError(f"{path}: has no excerpt {number}; run prepare again")


def segment(row: pd.Series, every: pd.DataFrame, report: Path, *, params: Params, where: Any) -> None:
    """One training segment: as it is, after the strongest of 20 draws of each transform, and after a whole recipe."""
    path = where / every.set_index("track_id").loc[row["track_id"], "path"]
    rate, length, start = params.features.sample_rate, params.features.segment_samples, int(row["start"])
    with local(path) as file:
        clip = excerpt_of(file, int(row["excerpt"]), params.rule, rate)
    recipes = strongest(params.augment, params.base.seed, row["track_id"], int(row["segment"]))
    with_sound = allowed(params.report.audio, params.corpus.kind)
    sounds, listed = [], []
    for number, (title, recipe) in enumerate({row["segment_id"]: augment.Recipe(), **recipes}.items()):
        y = augment.apply(recipe, clip, start, length, 0, rate)
        sounds.append((title, y))
        name = f"{number}-{title.split(',')[0].split(' ')[0] if number else 'original'}.ogg" if with_sound else ""
        listed.append({"example": title, "recipe": recipe.to_json() if number else "", "sound": name})
        if with_sound:
            write_ogg(report / "examples" / name, y, rate)
    panel(sounds, Engine(params.features), report / "examples.jpg")
    write_csv(report / "examples" / "index.csv", pd.DataFrame(listed))


def strongest(settings: augment.AugmentSettings, seed: int, track_id: str, number: int) -> dict[str, augment.Recipe]:
    """Each transform alone at its strongest of some draws, and one whole recipe, by what they do in words."""
    always = augment.with_probability(settings, 1.0)
    drawn = [augment.draw(always, seed, track_id, number, copy) for copy in range(1, DRAWS + 1)]
    alone = {}
    for name, transform in augment.TRANSFORMS.all().items():
        recipe = max(drawn, key=transform.strength).only(name)
        alone[transform.words(recipe)] = recipe
    return alone | {"all in one recipe": max(drawn, key=augment.TRANSFORMS.get("noise").strength)}
