"""Learn from clips of 30 s and of 2 to 3 s together without learning which is which.

Where the short clips are all of a few genres, everything that tells a short clip from a long one (a looped
segment, its seams, the number of segments) tells the genre. So both kinds are shown in both forms:

- ``whole``: the segments of a long clip;
- ``piece``: 2 to 3 s, looped to a segment. A short clip is one; from a long clip several are cut at random places
  and are handled in the very same way.

A third form, ``check``, is 2.4 s from the middle of every track, long or short; it is never learned from and serves to
see whether answers lean on length.

Training weights give every genre the same share of pieces, so the form says nothing about the genre.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

import augment
from augment.recipe import generator
from features import Engine, FeatureSettings
from musiclassify.audio import segments
from musiclassify.audio.decode import decode
from pipeline import workers

WHOLE, PIECE, CHECK = "whole", "piece", "check"
CHECK_S = 2.4


@cache
def engine(settings: FeatureSettings) -> Engine:
    """One engine a process."""
    return Engine(settings)


def plan(
    tracks: pd.DataFrame,
    *,
    settings: FeatureSettings,
    recipes: augment.AugmentSettings,
    piece_s: tuple[float, float],
    pieces: int,
    piece_copies: int,
    short_copies: int,
    seed: int,
) -> pd.DataFrame:
    """All rows to extract.

    Parameters
    ----------
    tracks : DataFrame
        ``track_id, genre, group, file, duration_s``.
    recipes : AugmentSettings
        ``recipes.copies`` is the number of copies of a whole segment.
    piece_s : (float, float)
        Range of the pieces of long clips, seconds: that of the short clips.
    pieces : int
        Pieces cut from a long clip.
    piece_copies, short_copies : int
        Augmented copies of each such piece, and of a short clip.
    seed : int

    Returns
    -------
    DataFrame
        ``segment_id, track_id, genre, group, file, form, long, first, length`` (samples; of the piece, or of the
        segment in its clip), ``copy, recipe``.
    """
    rows = []
    for track in tracks.itertuples(index=False):
        n = round(track.duration_s * settings.sample_rate)
        rng = generator(seed, track.track_id, -1, 0)
        spans = _spans(n, rng, settings, (recipes.copies, piece_copies, short_copies), piece_s, pieces)
        for number, (form, first, length, copies) in enumerate(spans):
            for copy in range(copies + 1):
                recipe = augment.draw(recipes, seed, track.track_id, number, copy).to_json() if copy else ""
                rows.append(
                    {
                        "segment_id": f"{track.track_id}:{number:02d}" + (f"+{copy}" if copy else ""),
                        "track_id": track.track_id,
                        "genre": track.genre,
                        "group": track.group,
                        "file": track.file,
                        "form": form,
                        "long": n >= settings.segment_samples,
                        "first": first,
                        "length": length,
                        "copy": copy,
                        "recipe": recipe,
                    }
                )
    return pd.DataFrame(rows)


def _spans(
    n: int,
    rng: np.random.Generator,
    settings: FeatureSettings,
    copies: tuple[int, int, int],
    piece_s: tuple[float, float],
    pieces: int,
) -> Iterator[tuple[str, int, int, int]]:
    """Form, first sample, length and copies of all that is taken of a clip of `n` samples."""
    of_whole, of_piece, of_short = copies
    rate, size = settings.sample_rate, settings.segment_samples
    if n >= size:
        for start in segments.starts(n, size, settings.segment_hop_samples):
            yield WHOLE, int(start), size, of_whole
        for _ in range(pieces):
            length = int(rng.uniform(*piece_s) * rate)
            yield PIECE, int(rng.integers(0, n - length + 1)), length, of_piece
    else:
        yield PIECE, 0, n, of_short
    cut = min(n, round(CHECK_S * rate))
    yield CHECK, (n - cut) // 2, cut, 0


def extract_track(file: Path, rows: pd.DataFrame, settings: FeatureSettings) -> tuple[np.ndarray, np.ndarray]:
    """Features of one track's rows, in their order."""
    made = engine(settings)
    y = decode(file, sample_rate=settings.sample_rate)
    size, margin = settings.segment_samples, settings.n_fft // 2
    whole = made.extract(y) if (rows["form"] == WHOLE).any() else None
    mfcc = np.empty((len(rows), settings.segment_frames, settings.n_mfcc), np.float32)
    summary = np.empty((len(rows), len(made.statistics)), np.float32)
    for at, row in enumerate(rows.itertuples(index=False)):
        if row.form == WHOLE and not row.copy:
            k = int(np.flatnonzero(whole.starts == row.first // settings.hop_length)[0])
            mfcc[at], summary[at] = whole.segments[k], whole.summary[k]
            continue
        clip, start = (y, row.first) if row.form == WHOLE else (y[row.first : row.first + row.length], 0)
        if row.copy:
            recipe = augment.Recipe.from_json(row.recipe)
            copied = augment.apply(recipe, clip, start, size, margin, settings.sample_rate)
            one = made.extract_segment(copied)
        else:
            one = made.extract(clip)
        mfcc[at], summary[at] = one.segments[0], one.summary[0]
    return mfcc, summary


def features_of(table: pd.DataFrame, settings: FeatureSettings) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Blocks of features in the order of ``table``."""
    calls = [(Path(rows["file"].iloc[0]), rows, settings) for _, rows in table.groupby("track_id", sort=False)]
    yield from workers.spread(extract_track, calls, "tracks")


def balance(table: pd.DataFrame, piece_share: float) -> np.ndarray:
    """Training weights, mean 1.

    Every genre weighs the same; within a genre pieces weigh ``piece_share``; within a form every artist weighs the
    same, so that one of whom there are many tracks does not stand for the genre; within an artist every track; within
    a track every row.

    Parameters
    ----------
    table : DataFrame
        ``genre, form, group, track_id``.
    piece_share : float
        Between 0 and 1.
    """
    per_track = table.groupby(["genre", "form", "track_id"])["form"].transform("size").to_numpy(float)
    tracks = table.groupby(["genre", "form", "group"])["track_id"].transform("nunique").to_numpy(float)
    weight = 1.0 / (per_track * tracks)
    shares = {PIECE: piece_share, WHOLE: 1.0 - piece_share}
    total = pd.Series(weight).groupby([table["genre"].to_numpy(), table["form"].to_numpy()]).transform("sum").to_numpy()
    weight *= table["form"].map(shares).to_numpy() / total
    return weight * len(weight) / weight.sum()


def scored_rows(table: pd.DataFrame) -> np.ndarray:
    """Mask of the rows that a track's answer comes from: its whole segments, or the piece that a short clip is."""
    original, long = table["copy"].to_numpy() == 0, table["long"].to_numpy(bool)
    return original & np.where(long, table["form"] == WHOLE, table["form"] == PIECE)
