"""Stage ``augment``: cut the tracks into segments and draw the recipes of the training segments' copies.

Writes ``data/<corpus>/segments.csv``: all segments of all subsets (``segment_id, track_id, genre, group, split,
segment, excerpt, start, start_s, duration_s, copy, recipe``), and ``reports/<corpus>/augment/``: ``metrics.json``,
``strengths.svg``, ``genres.jpg`` (a clip of each genre), ``examples.jpg``, ``examples/index.csv`` and, where the corpus
may be handed on, ``examples/*.ogg``.

A copy's ``recipe`` is what `extract` really applies, as JSON; an original's is empty. No sound is written but examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import augment
from corpora import split as splitting
from corpora import tracks
from pipeline import cutting, examples
from pipeline.copying import copies
from pipeline.files import fresh_folder, write_csv, write_json
from pipeline.layout import Layout
from pipeline.plots.recipes import strengths
from pipeline.tables import with_subsets

if TYPE_CHECKING:
    from pipeline.params import Params

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
    originals = with_subsets(pieces, table)
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
            strengths(recipes, report / "strengths.svg")
        where = layout.clips(params.corpus.path)
        examples.segment(originals, every, report, params=params, where=where)
        examples.genres(every, where, report / "genres.jpg", params)
    print(f"augment: {len(originals)} segments, {len(made)} copies of those in train")
