"""Stage ``augment``: cut the tracks into segments and draw the recipes of the training segments' copies.

Writes ``data/<corpus>/segments.csv``: all segments of all subsets (``segment_id, track_id, genre, group, split,
segment, excerpt, start, start_s, duration_s, copy, recipe``), and ``reports/<corpus>/augment/``: ``metrics.json``,
``strengths.svg``, ``genres.jpg`` (a clip of each genre), ``examples.jpg``, ``examples/index.csv`` and, where the corpus
may be handed on, ``examples/*.ogg``.

A copy's ``recipe`` is what `extract` really applies, as JSON; an original's is empty. No sound is written but examples.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

import augment
from corpora import split as splitting
from corpora import tracks
from pipeline import examples
from pipeline.copying import blocks_of
from pipeline.files import fresh_folder, growing_csv, write_json
from pipeline.layout import Layout
from pipeline.plots.recipes import strengths
from pipeline.tables import middle_original

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


SHOWN = 20_000  # copies in the picture of the strengths


def run(params: Params, layout: Layout) -> None:
    """Cut, draw, check against the split, and show examples."""
    every = tracks.read(layout.tracks)
    table = pd.read_csv(layout.split, dtype={"track_id": str})
    splitting.check_split(table, every, protocol=params.split.protocol)
    features, seed = params.features, params.base.seed
    sizes = {"segment": features.segment_samples, "hop": features.segment_hop_samples}
    cut = {"sample_rate": features.sample_rate, **sizes}
    given = {"rule": params.rule, "cut": cut, "settings": params.augment, "seed": seed}
    originals: Counter[str] = Counter()
    used: Counter[str] = Counter()
    recipes: list[augment.Recipe] = []
    copied = 0
    with growing_csv(layout.segments) as add:
        for block in blocks_of(every, table, protocol=params.split.protocol, given=given):
            add(block[list(_COLUMNS)])
            originals.update(block.loc[block["copy"] == 0, "split"])
            drawn = [augment.Recipe.from_json(text) for text in block.loc[block["copy"] > 0, "recipe"]]
            copied += len(drawn)
            used.update(name for recipe in drawn for name in augment.TRANSFORMS.names() if recipe.uses(name))
            recipes += drawn[: SHOWN - len(recipes)]
    with fresh_folder(layout.report("augment")) as report:
        write_json(
            report / "metrics.json",
            {
                "originals": dict(sorted(originals.items())),
                "copies": copied,
                "share_of_copies_with": {name: used[name] / max(1, copied) for name in augment.TRANSFORMS.names()},
            },
        )
        if recipes:
            strengths(recipes, report / "strengths.svg")
        where = layout.clips(params.corpus.path)
        examples.segment(
            middle_original(layout.segments, originals["train"]), every, report, params=params, where=where
        )
        examples.genres(every, where, report / "genres.jpg", params)
    print(f"augment: {originals.total()} segments, {copied} copies of those in train")
