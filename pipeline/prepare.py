"""Stage ``prepare``: find the clips, decode every one of them, write tracks.csv.

Writes ``data/<corpus>/tracks.csv`` and ``reports/<corpus>/prepare/``: ``metrics.json``, ``excluded.csv`` (what is
excluded or remarked, and why), ``tracks.svg``, ``durations.svg``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from corpora import KINDS, check, tracks
from corpora.tracks import CorpusError
from pipeline import workers
from pipeline.files import fresh_folder, write_csv, write_json
from pipeline.layout import Layout
from pipeline.plots import counts

if TYPE_CHECKING:
    from pipeline.params import Params

READS = ("corpus", "prepare", "features.sample_rate")


def run(params: Params, layout: Layout) -> None:
    """Find, check and list the clips of the corpus."""
    where = layout.clips(params.corpus.path)
    room = KINDS.get(params.corpus.kind)
    found = room.find(layout.given(params.corpus.path))
    settings = params.prepare
    table = check.check(
        found,
        where,
        spread=lambda function, calls: workers.spread(function, calls, "checking"),
        sample_rate=params.features.sample_rate,
        min_duration_s=settings.min_duration_s,
        max_duration_s=settings.max_duration_s,
        silence_peak=settings.silence_peak,
    )
    if hasattr(room, "mark_faults"):
        table = room.mark_faults(table, settings.known_faults)
    usable = tracks.usable(table)
    told = table[table["reason"] != ""][["track_id", "path", "status", "reason"]]
    for row in told[told["status"] == "excluded"].itertuples(index=False):
        print(f"prepare: {row.path}: excluded: {row.reason}", file=sys.stderr)
    if usable.empty:
        raise CorpusError(f"{where}: none of the {len(table)} clips can be used; the reasons are above")
    tracks.write(layout.tracks, table)
    with fresh_folder(layout.report("prepare")) as report:
        write_csv(report / "excluded.csv", told)
        write_json(
            report / "metrics.json",
            {
                "found": len(table),
                "usable": len(usable),
                "excluded": int((table["status"] == "excluded").sum()),
                "groups": usable["group"].nunique(),
                "hours": usable["duration_s"].sum() / 3600,
                "shortest_s": usable["duration_s"].min(),
                "longest_s": usable["duration_s"].max(),
                "genres": usable["genre"].value_counts().sort_index().to_dict(),
            },
        )
        counts.by_genre(table, report / "tracks.svg")
        counts.durations(table, report / "durations.svg")
    print(f"prepare: {len(usable)} of {len(table)} clips can be used, {usable['genre'].nunique()} genres")
