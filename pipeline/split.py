"""Stage ``split``: give every track its side before anything is cut or augmented.

Writes ``data/<corpus>/split.csv`` (``track_id, segment, split``; segment -1 is the whole track) and
``reports/<corpus>/split/``: ``metrics.json``, ``sides.svg``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from corpora import published, tracks
from corpora import split as splitting
from pipeline import cutting
from pipeline.files import fresh_folder, write_csv, write_json
from pipeline.layout import Layout
from pipeline.naming import describe
from pipeline.plots import counts

if TYPE_CHECKING:
    from pipeline.params import Params

READS = ("base.seed", "corpus.name", "corpus.kind", "split", "segments", "features", "rule")


def run(params: Params, layout: Layout) -> None:
    """Split the usable tracks, refuse a split that leaks, and tell what a side lacks."""
    every = tracks.read(layout.tracks)
    usable = tracks.usable(every)
    settings, features = params.split, params.features
    pieces = cutting.counts(
        usable,
        rule=params.rule,
        sample_rate=features.sample_rate,
        segment=features.segment_samples,
        hop=features.segment_hop_samples,
    )
    table = splitting.split(
        usable,
        protocol=settings.protocol,
        valid=settings.valid,
        test=settings.test,
        folds_n=settings.folds,
        fold=settings.fold,
        seed=params.base.seed,
        segments=pieces,
        published=published(params.corpus.kind),
    )
    splitting.check_split(table, every, protocol=settings.protocol)
    told = splitting.notices(usable, table)
    for words in told:
        print(f"split: {words}", file=sys.stderr)
    write_csv(layout.split, table)
    sided = table.merge(usable[["track_id", "genre", "group"]], on="track_id")
    with fresh_folder(layout.report("split")) as report:
        write_json(
            report / "metrics.json",
            {
                "split": describe(settings),
                "tracks": sided.groupby("split")["track_id"].nunique().to_dict(),
                "groups": sided.groupby("split")["group"].nunique().to_dict(),
                "left_out": len(usable) - table["track_id"].nunique(),
                "notices": told,
            },
        )
        what = "segments" if settings.protocol == "segment" else "tracks"
        counts.sides(sided, report / "sides.svg", title=f"{params.corpus.name}: {describe(settings)}", what=what)
    sizes = table["split"].value_counts()
    print(f"split: {describe(settings)}: " + ", ".join(f"{side} {sizes.get(side, 0)}" for side in splitting.SIDES))
