"""What the studies share of the corpus: tracks, sides, and features that are extracted once and kept.

A study makes its own sides in memory and scores its own held-out side (`pipeline.scoring`); the stored test side
(``data/<corpus>/features/test``) is not opened here.

Features that a study extracts are kept in ``data/<corpus>/studies/<name>/`` (`features.store`) with ``key.json``: they
are taken again while the rows, the bytes of the files, the settings and the code that makes them are the same
(`studies.keys`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from corpora import split as splitting
from corpora import tracks
from features import Engine, FeatureError, FeatureSettings, store
from features.store import FeatureSet
from musiclassify.audio.excerpts import Rule
from pipeline import cutting
from pipeline.errors import PipelineError
from pipeline.extraction import features_of
from pipeline.files import fresh_folder, read_json, write_json
from pipeline.layout import Layout
from pipeline.params import Params
from pipeline.tables import with_subsets
from studies.keys import key


def say(words: str) -> None:
    """Progress for a person; results go to stdout and into the report."""
    print(words, file=sys.stderr, flush=True)


def read_tracks(layout: Layout) -> pd.DataFrame:
    """All tracks of the corpus, also the excluded ones."""
    if not layout.tracks.exists():
        raise PipelineError(f"{layout.tracks}: not found; run `dvc repro prepare` first")
    return tracks.read(layout.tracks)


def read_split(layout: Layout) -> pd.DataFrame:
    """The split that the stages use: ``track_id, segment, split``."""
    if not layout.split.exists():
        raise PipelineError(f"{layout.split}: not found; run `dvc repro split` first")
    return pd.read_csv(layout.split, dtype={"track_id": str})


def some(usable: pd.DataFrame, clips: int) -> pd.DataFrame:
    """At most so many tracks of each genre, spread evenly over the list; 0 keeps all.

    >>> some(pd.DataFrame({"track_id": list("abcd"), "genre": ["x", "x", "x", "y"]}), 2)["track_id"].tolist()
    ['a', 'c', 'd']
    """
    if not clips:
        return usable
    kept = []
    for _, rows in usable.groupby("genre", sort=False):
        number = np.unique(np.linspace(0, len(rows) - 1, min(clips, len(rows))).round().astype(int))
        kept.extend(rows.index[number])
    return usable.loc[sorted(kept)].reset_index(drop=True)


def pieces(usable: pd.DataFrame, *, rule: Rule, settings: FeatureSettings) -> pd.DataFrame:
    """The original segments of some tracks, as the stage ``augment`` cuts them."""
    return cutting.cut(
        usable,
        rule=rule,
        sample_rate=settings.sample_rate,
        segment=settings.segment_samples,
        hop=settings.segment_hop_samples,
    )


def extract(
    name: str,
    rows: pd.DataFrame,
    every: pd.DataFrame,
    where: Path,
    layout: Layout,
    *,
    settings: FeatureSettings,
    rule: Rule,
) -> FeatureSet:
    """Features of originals and copies, in the order of `rows`, which may name one copy more than once.

    Parameters
    ----------
    name : str
        Of the study; names the folder that keeps them.
    rows : DataFrame
        Segments as the stage ``augment`` makes them: ``segment_id, track_id, segment, excerpt, start, copy, recipe``.
    every : DataFrame
        The tracks table.
    where : path
        The corpus folder.
    layout : Layout
    settings : FeatureSettings
    rule : Rule

    Returns
    -------
    FeatureSet
        One row for each different (track, segment, recipe), in the order of `rows`.
    """
    unique = rows.drop_duplicates(["track_id", "segment", "recipe"])
    unique = unique.sort_values("track_id", kind="stable", ignore_index=True)
    files = where / every.set_index("track_id")["path"][unique["track_id"].unique()]
    return kept(
        layout.data / "studies" / name,
        key(settings, rule, unique, files=files, code=["pipeline.extraction"]),
        unique,
        lambda: features_of(unique, every, where, settings=settings, rule=rule, words=name),
        settings=settings,
        words=name,
    )


def features(name: str, rows: pd.DataFrame, every: pd.DataFrame, params: Params, layout: Layout) -> FeatureSet:
    """`extract` as the parameters say."""
    where = layout.clips(params.corpus.path)
    return extract(name, rows, every, where, layout, settings=params.features, rule=params.rule)


def kept(
    folder: Path,
    wanted: str,
    rows: pd.DataFrame,
    blocks: Callable[[], Iterator[tuple[np.ndarray, np.ndarray]]],
    *,
    settings: FeatureSettings,
    words: str,
) -> FeatureSet:
    """Features that are extracted only where those of this key are not in the folder yet.

    Parameters
    ----------
    folder : path
        Holds one set; another key's is replaced.
    wanted : str
        Its key (`studies.keys`).
    rows : DataFrame
        The table of segments.
    blocks : callable
        Extracts: pairs of arrays in the order of `rows` (`features.store.write`).
    settings : FeatureSettings
    words : str
        What is extracted, for the progress.
    """
    told = {"key": wanted}
    try:
        if read_json(folder / "key.json") == told:
            return store.open_store(folder)
    except (OSError, FeatureError, json.JSONDecodeError):
        pass
    say(f"{words}: extracting {len(rows)} segments of {rows['track_id'].nunique()} tracks")
    with fresh_folder(folder) as partial:
        store.write(partial, rows, blocks(), settings=settings, statistics=Engine(settings).statistics)
        write_json(partial / "key.json", told)
    return store.open_store(folder)


def places(features: FeatureSet, rows: pd.DataFrame) -> np.ndarray:
    """Where each of `rows` stands in `features` (of `extract`), int64 [rows]."""
    names = ["track_id", "segment", "recipe"]
    at = features.table[names].fillna("").assign(at=np.arange(len(features)))
    found = rows[names].merge(at, on=names, how="left")["at"]
    if found.isna().any():
        raise PipelineError("rows that were not extracted: extract them first")
    return found.to_numpy(np.int64)


def taken(features: FeatureSet, rows: pd.DataFrame) -> FeatureSet:
    """The features of `rows`, with the columns of `rows` as their table."""
    chosen = features.take(places(features, rows))
    return FeatureSet(rows.reset_index(drop=True), chosen.mfcc, chosen.summary, chosen.statistics, chosen.settings)


def sided(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Rows with the side that a split gives them, ``split``: originals everywhere, copies in train only."""
    found = with_subsets(rows, table)
    return found[(found["copy"] == 0) | (found["split"] == "train")]


def sides(features: FeatureSet, sided: pd.DataFrame) -> dict[str, FeatureSet]:
    """The features of each side of rows that `sided` gave."""
    return {side: taken(features, sided[sided["split"] == side]) for side in splitting.SIDES}


def known(kinds: Iterable[str], choices: Iterable[str], option: str = "kinds") -> list[str]:
    """The names of an option; an unknown one is refused with the list of known ones."""
    kinds, choices = list(dict.fromkeys(kinds)), list(choices)
    for kind in kinds:
        if kind not in choices:
            raise PipelineError(f"--{option} {kind}: must be of {', '.join(choices)}")
    if not kinds:
        raise PipelineError(f"--{option}: names none; give some of {', '.join(choices)}")
    return kinds
