"""Stage ``extract``: decode each track once, apply the recipes of its copies, and write the features of each side.

Writes ``data/<corpus>/features/{train,valid,test}/`` (`features.store`) and ``reports/<corpus>/extract/``:
``metrics.json``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corpora import split as splitting
from corpora import tracks
from features import store
from pipeline import families
from pipeline.extraction import engine, features_of, write_far
from pipeline.files import fresh_folder, write_json
from pipeline.layout import Layout
from pipeline.tables import Looked, Side, segment_blocks
from settings import replace

if TYPE_CHECKING:
    from pipeline.params import Params

READS = ("corpus", "split.protocol", "segments", "features", "families", "rule")


def run(params: Params, layout: Layout) -> None:
    """Check the segments against the split once more, then extract each side."""
    every = tracks.read(layout.tracks)
    table = pd.read_csv(layout.split, dtype={"track_id": str})
    splitting.check_split(table, every, protocol=params.split.protocol)
    looked, facts = Looked(table), Looked(every)
    for block in segment_blocks(layout.segments):
        names = block["track_id"].unique()
        splitting.check_split(looked.of(names), facts.of(names), protocol=params.split.protocol, segments=block)
    tagger = families.together(params.features.tagger, params.families.beside)
    settings, where = replace(params.features, tagger=tagger), layout.clips(params.corpus.path)
    statistics = engine(settings).statistics
    counted = {}
    for side in splitting.SIDES:
        part = Side(layout.segments, side)
        given = {"settings": settings, "rule": params.rule, "words": side}
        with fresh_folder(layout.features(side)) as partial:
            if (far := layout.far(side)) is not None:
                write_far(far, part, every, where, **given)
                store.point(partial, far)
            else:
                blocks = features_of(part, every, where, **given)
                store.write(partial, part, blocks, settings=settings, statistics=statistics)
        counted[side] = len(part)
    with fresh_folder(layout.report("extract")) as report:
        write_json(
            report / "metrics.json",
            {
                "segments": counted,
                "frames": settings.segment_frames,
                "coefficients": settings.n_mfcc,
                "statistics": len(statistics),
                "constant_statistics": _constant(layout, statistics),
            },
        )
    print(f"extract: {counted}, {settings.segment_frames} x {settings.n_mfcc} MFCC, {len(statistics)} statistics")


def _constant(layout: Layout, statistics: tuple[str, ...]) -> list[str]:
    """Names of the statistics that say nothing: the same for all training segments."""
    low, high = np.full(len(statistics), np.inf), np.full(len(statistics), -np.inf)
    for block in store.open_store(layout.features("train")).summary.blocks():
        low, high = np.minimum(low, block.min(axis=0)), np.maximum(high, block.max(axis=0))
    return [name for name, same in zip(statistics, low == high, strict=True) if same]
