"""Stage ``extract``: decode each track once, apply the recipes of its copies, and write the features of each side.

Writes ``data/<corpus>/features/{train,valid,test}/`` (`features.store`) and ``reports/<corpus>/extract/``:
``metrics.json``, ``examples.jpg`` (a clip of each genre).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

import augment
from corpora import split as splitting
from corpora import tracks
from features import Engine, FeatureSettings, store
from musiclassify.audio.decode import stream
from musiclassify.audio.excerpts import Rule, excerpts
from pipeline import workers
from pipeline.augment import read_segments
from pipeline.errors import PipelineError
from pipeline.files import fresh_folder, write_json
from pipeline.layout import Layout
from pipeline.params import Params
from pipeline.prepare import folder

READS = ("corpus", "split.protocol", "segments", "features", "rule")


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
    (np.ndarray [shape=(rows, frames, coefficients)], np.ndarray [shape=(rows, statistics)])
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


def _named(name: str, *call: object) -> tuple[np.ndarray, np.ndarray]:
    try:
        return extract_track(*call)
    except Exception as error:
        error.add_note(f"while extracting {name}")
        raise


def features_of(
    segments: pd.DataFrame, every: pd.DataFrame, where: Path, *, settings: FeatureSettings, rule: Rule, words: str
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Blocks of features, track by track, in the order of `segments` (which must hold each track's rows together)."""
    paths = every.set_index("track_id")["path"]
    calls = [
        (name, where / paths[name], rows, settings, rule) for name, rows in segments.groupby("track_id", sort=False)
    ]
    yield from workers.spread(_named, calls, words)


def run(params: Params, layout: Layout) -> None:
    """Check the segments against the split once more, then extract each side."""
    every = tracks.read(layout.tracks)
    segments = read_segments(layout.segments)
    table = pd.read_csv(layout.split, dtype={"track_id": str})
    splitting.check_split(table, every, protocol=params.split.protocol, segments=segments)
    settings, where = params.features, folder(params, layout)
    statistics = engine(settings).statistics
    counted = {}
    for side in splitting.SIDES:
        part = segments[segments["split"] == side].reset_index(drop=True)
        with fresh_folder(layout.features(side)) as partial:
            store.write(
                partial,
                part,
                features_of(part, every, where, settings=settings, rule=params.rule, words=side),
                settings=settings,
                statistics=statistics,
            )
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
        _examples(tracks.usable(every), where, report, params)
    print(f"extract: {counted}, {settings.segment_frames} x {settings.n_mfcc} MFCC, {len(statistics)} statistics")


def _constant(layout: Layout, statistics: tuple[str, ...]) -> list[str]:
    """Names of the statistics that say nothing: the same for all training segments."""
    summary = store.open_store(layout.features("train")).summary
    return [name for name, spread in zip(statistics, np.ptp(summary, axis=0), strict=True) if spread == 0]


def _examples(usable: pd.DataFrame, where: Path, report: Path, params: Params) -> None:
    from musiclassify.audio.decode import decode
    from pipeline.plots.signals import panel

    settings = params.features
    sounds = []
    for genre, rows in usable.groupby("genre"):
        row = rows.iloc[len(rows) // 2]
        start = max(0.0, min(row["duration_s"] / 2, row["duration_s"] - settings.segment_s))
        y = decode(where / row["path"], sample_rate=settings.sample_rate, start_s=start, duration_s=settings.segment_s)
        sounds.append((f"{genre}: {row['track_id']}", y))
    panel(sounds[:12], engine(settings), report / "examples.jpg")
