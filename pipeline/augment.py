"""Stage ``augment``: cut the tracks into segments and draw the recipes of the training segments' copies.

Writes ``data/<corpus>/segments.csv``: all segments of all sides (``segment_id, track_id, genre, group, split, segment,
excerpt, start, start_s, duration_s, copy, recipe``), and ``reports/<corpus>/augment/``: ``metrics.json``,
``strengths.svg``, ``examples.jpg``, ``examples/index.csv`` and, where the corpus may be handed on, ``examples/*.ogg``.

A copy's ``recipe`` is what `extract` really applies, as JSON; an original's is empty. No sound is written but examples.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import augment
from corpora import split as splitting
from corpora import tracks
from musiclassify.audio.decode import decode
from pipeline import cutting
from pipeline.files import fresh_folder, write_csv, write_json
from pipeline.layout import Layout
from pipeline.params import Params
from pipeline.prepare import folder

READS = ("base.seed", "corpus", "split.protocol", "segments", "features", "rule", "augment", "report.audio")

_COLUMNS = (
    "segment_id",
    "track_id",
    "genre",
    "group",
    "split",
    "segment",
    "excerpt",
    "start",
    "start_s",
    "duration_s",
    "copy",
    "recipe",
)


def read_segments(path: Path) -> pd.DataFrame:
    """Read a segments.csv; an empty recipe stays empty text."""
    text = dict.fromkeys(("segment_id", "track_id", "genre", "group", "split", "recipe"), str)
    return pd.read_csv(path, dtype=text, keep_default_na=False)


def with_sides(pieces: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Segments with the side that the split gives them; those without a side are dropped."""
    if (table["segment"] >= 0).any():
        return pieces.merge(table, on=["track_id", "segment"], how="inner")
    return pieces.merge(table[["track_id", "split"]], on="track_id", how="inner")


def copies(originals: pd.DataFrame, settings: augment.AugmentSettings, seed: int) -> pd.DataFrame:
    """The augmented copies of segments: the same rows with ``copy`` 1 and up and the recipe drawn for each."""
    rows = []
    for row in originals.to_dict("records"):
        for copy in range(1, settings.copies + 1):
            recipe = augment.draw(settings, seed, row["track_id"], row["segment"], copy)
            name = cutting.segment_id(row["track_id"], row["segment"], copy)
            rows.append(row | {"segment_id": name, "copy": copy, "recipe": recipe.to_json()})
    return pd.DataFrame(rows, columns=originals.columns)


def run(params: Params, layout: Layout) -> None:
    """Cut, draw, check against the split, and show examples."""
    every = tracks.read(layout.tracks)
    table = pd.read_csv(layout.split, dtype={"track_id": str})
    features = params.features
    pieces = cutting.cut(
        tracks.usable(every),
        rule=params.rule,
        sample_rate=features.sample_rate,
        segment=features.segment_samples,
        hop=features.segment_hop_samples,
    )
    originals = with_sides(pieces, table)
    made = copies(originals[originals["split"] == "train"], params.augment, params.base.seed)
    segments = pd.concat([originals, made], ignore_index=True)
    segments = segments.sort_values(["track_id", "segment", "copy"], kind="stable", ignore_index=True)
    splitting.check_split(table, every, protocol=params.split.protocol, segments=segments)
    write_csv(layout.segments, segments[list(_COLUMNS)])

    recipes = [augment.Recipe.from_json(text) for text in made["recipe"]]
    with fresh_folder(layout.report("augment")) as report:
        write_json(
            report / "metrics.json",
            {
                "originals": originals["split"].value_counts().sort_index().to_dict(),
                "copies": len(made),
                "share_of_copies_with": {
                    name: float(np.mean([recipe.uses(name) for recipe in recipes])) if recipes else 0.0
                    for name in augment.TRANSFORMS.names()
                },
            },
        )
        if recipes:
            from pipeline.plots.recipes import strengths

            strengths(recipes, report / "strengths.svg")
        _examples(originals, every, report, params=params, where=folder(params, layout))
    print(f"augment: {len(originals)} segments, {len(made)} copies of those in train")


def _examples(originals: pd.DataFrame, every: pd.DataFrame, report: Path, *, params: Params, where: Path) -> None:
    """One training segment: as it is, after the strongest of 20 draws of each transform, and after a whole recipe."""
    from features import Engine
    from pipeline.listen import allowed, write_ogg
    from pipeline.plots.signals import panel

    train = originals[(originals["split"] == "train") & (originals["excerpt"] == 0)]
    row = train.iloc[len(train) // 2]
    facts = every.set_index("track_id").loc[row["track_id"]]
    features = params.features
    always = augment.with_probability(params.augment, 1.0)
    drawn = [augment.draw(always, params.base.seed, row["track_id"], int(row["segment"]), k) for k in range(1, 21)]
    alone = {}
    for name, transform in augment.TRANSFORMS.all().items():
        strongest = max(drawn, key=transform.strength).only(name)
        alone[transform.words(strongest)] = strongest
    alone["all in one recipe"] = max(drawn, key=augment.TRANSFORMS.get("noise").strength)
    rate = features.sample_rate
    clip = decode(where / facts["path"], sample_rate=rate)[: round(params.rule.excerpt_s * rate)]
    start, length = int(row["start"]), features.segment_samples
    start = min(start, max(0, len(clip) - length))
    sounds = [(row["segment_id"], augment.apply(augment.Recipe(), clip, start, length, 0, rate))]
    sounds += [(title, augment.apply(r, clip, start, length, 0, rate)) for title, r in alone.items()]
    panel(sounds, Engine(features), report / "examples.jpg")
    with_sound = allowed(params.report.audio, params.corpus.kind)
    listed = []
    for number, (title, y) in enumerate(sounds):
        name = f"{number}-{title.split(',')[0].split(' ')[0] if number else 'original'}.ogg" if with_sound else ""
        recipe = list(alone.values())[number - 1].to_json() if number else ""
        listed.append({"example": title, "recipe": recipe, "sound": name})
        if with_sound:
            write_ogg(report / "examples" / name, y, rate)
    write_csv(report / "examples" / "index.csv", pd.DataFrame(listed))
