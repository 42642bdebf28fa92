"""Features of tracks: each is decoded once, its segments analysed, the recipes of its copies applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import augment
from corpora.check import sha256
from features import Engine, FeatureSettings, store
from musiclassify.audio.decode import stream
from musiclassify.audio.excerpts import Rule, excerpts
from musiclassify.audio.places import local
from pipeline import workers
from pipeline.errors import PipelineError
from pipeline.tables import Side, by_track


@cache
def engine(settings: FeatureSettings) -> Engine:
    """The engine of these settings, prepared once a process."""
    return Engine(settings)


def extract_track(
    path: Path, rows: pd.DataFrame, settings: FeatureSettings, rule: Rule
) -> tuple[np.ndarray, np.ndarray]:
    """The features of some segments of one track.

    Parameters
    ----------
    path : path
        The track's file.
    rows : DataFrame
        Its segments and copies: ``segment, excerpt, start, copy, recipe``.
    settings : FeatureSettings
    rule : Rule
        How the track is cut into excerpts; each is analysed as a whole, as the released model does it.

    Returns
    -------
    (np.ndarray [rows, frames, coefficients], np.ndarray [rows, statistics])
        float32, in the order of `rows`.

    Raises
    ------
    PipelineError
        If the file has fewer segments than the table says.
    """
    prepared = engine(settings)
    mfcc = np.empty((len(rows), settings.segment_frames, settings.n_mfcc), np.float32)
    summary = np.empty((len(rows), len(prepared.statistics)), np.float32)
    left = len(rows)
    wanted = {int(number): part for number, part in rows.assign(at=np.arange(len(rows))).groupby("excerpt")}
    blocks = stream(path, sample_rate=settings.sample_rate)
    for number, excerpt in enumerate(excerpts(blocks, rule, settings.sample_rate)):
        if number not in wanted:
            continue
        part = wanted[number]
        if (part["copy"] == 0).any():
            whole = prepared.extract(excerpt.samples)
            places = {int(frame): k for k, frame in enumerate(whole.starts)}
        for row in part.itertuples():
            if row.copy == 0:
                k = places.get(int(row.start) // settings.hop_length)
                if k is None:
                    raise PipelineError(f"{path}: has no segment at sample {row.start}; run augment again")
                mfcc[row.at], summary[row.at] = whole.segments[k], whole.summary[k]
            else:
                recipe = augment.Recipe.from_json(row.recipe)
                y = augment.apply(
                    recipe,
                    excerpt.samples,
                    int(row.start),
                    settings.segment_samples,
                    settings.n_fft // 2,
                    settings.sample_rate,
                )
                made = prepared.extract_segment(y)
                mfcc[row.at], summary[row.at] = made.segments[0], made.summary[0]
            left -= 1
    if left:
        raise PipelineError(f"{path}: {left} segments of the table lie past its end; run prepare again")
    return mfcc, summary


def _named(name: str, path: Any, checked: str, *call: Any) -> tuple[np.ndarray, np.ndarray]:
    """The features of one track, of the very file that the tracks table tells of (`checked` is its sha256)."""
    try:
        with local(path) as file:
            if sha256(file) != checked:
                raise PipelineError(f"{path}: is not the file that prepare checked; run `dvc repro` again")
            return extract_track(file, *call)
    except Exception as error:
        error.add_note(f"while extracting {name}")
        raise


def _calls(
    blocks: Iterable[pd.DataFrame], every: pd.DataFrame, where: Any, settings: FeatureSettings, rule: Rule
) -> Iterator[tuple]:
    """What `_named` is called with, track by track."""
    known = every.set_index("track_id")[["path", "sha256"]]
    for name, rows in by_track(blocks):
        path, checked = known.loc[name]
        yield name, where / path, checked, rows, settings, rule


def _blocks(segments: pd.DataFrame | Side) -> Iterable[pd.DataFrame]:
    return segments.blocks() if isinstance(segments, Side) else [segments] if len(segments) else []


def features_of(
    segments: pd.DataFrame | Side,
    every: pd.DataFrame,
    where: Any,
    *,
    settings: FeatureSettings,
    rule: Rule,
    words: str,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Blocks of features, track by track, in the order of `segments` (which must hold each track's rows together)."""
    calls = _calls(_blocks(segments), every, where, settings, rule)
    yield from workers.spread(_named, calls, words, total=segments["track_id"].nunique())


def _shard(folder: Any, number: int, calls: list[tuple]) -> dict[str, Any]:
    """Extract the tracks of one shard and write it."""
    mfcc, summary = zip(*(_named(*call) for call in calls), strict=True)
    return store.write_shard(folder, number, np.concatenate(mfcc), np.concatenate(summary))


def write_far(
    folder: Any,
    segments: pd.DataFrame | Side,
    every: pd.DataFrame,
    where: Any,
    *,
    settings: FeatureSettings,
    rule: Rule,
    words: str,
) -> None:
    """Features of all of `segments`, each shard written by the worker that made it; the same bytes as elsewhere."""
    folder = store.begin(folder)
    bounds = store.shards(segments)
    calls = _calls(_blocks(segments), every, where, settings, rule)

    def shards() -> Iterator[tuple]:
        for number, (start, end) in enumerate(bounds):
            taken, rows = [], 0
            while rows < end - start:  # a shard holds whole tracks
                call = next(calls)
                _, _, _, of_track, *_ = call
                taken.append(call)
                rows += len(of_track)
            yield folder, number, taken

    made = list(workers.spread(_shard, shards(), words, total=len(bounds)))
    store.finish(folder, segments, made, settings=settings, statistics=engine(settings).statistics)
