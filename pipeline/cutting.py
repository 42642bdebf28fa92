"""Which segments a track has: excerpts by the classification rule, cut as the answering side cuts them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from musiclassify.audio import segments
from musiclassify.audio.excerpts import Rule


def spans(n: int, rule: Rule, sample_rate: int) -> list[tuple[int, int]]:
    """First and last-plus-one sample of each excerpt of a track; what `musiclassify.audio.excerpts.excerpts` gives.

    Parameters
    ----------
    n : int
        Samples of the track.
    rule : Rule
    sample_rate : int
        Hz.
    """
    size = max(1, round(rule.excerpt_s * sample_rate))
    smallest = max(1, round(rule.min_excerpt_s * sample_rate))
    skip = round(rule.skip_s * sample_rate) if n > round(rule.skip_if_longer_than_s * sample_rate) else 0
    found = []
    start = skip
    while start < n and (start == skip or n - start >= smallest):
        found.append((start, min(start + size, n)))
        start += size
    return found


def cut(tracks: pd.DataFrame, *, rule: Rule, sample_rate: int, segment: int, hop: int) -> pd.DataFrame:
    """The original segments of all tracks.

    Parameters
    ----------
    tracks : DataFrame
        ``track_id, genre, group, duration_s`` (exact: samples over `sample_rate`).
    rule : Rule
    sample_rate : int
        Hz.
    segment, hop : int
        Samples.

    Returns
    -------
    DataFrame
        ``segment_id, track_id, genre, group, segment`` (number in the track), ``excerpt``, ``start`` (sample in the
        excerpt), ``start_s`` (in the track), ``duration_s``, ``copy`` 0, ``recipe`` empty.
    """
    rows = []
    for track in tracks.itertuples(index=False):
        number = 0
        for excerpt, (first, last) in enumerate(spans(round(track.duration_s * sample_rate), rule, sample_rate)):
            for start in segments.starts(max(last - first, segment), segment, hop):
                rows.append(
                    {
                        "segment_id": segment_id(track.track_id, number, 0),
                        "track_id": track.track_id,
                        "genre": track.genre,
                        "group": track.group,
                        "segment": number,
                        "excerpt": excerpt,
                        "start": int(start),
                        "start_s": (first + int(start)) / sample_rate,
                        "duration_s": min(segment, last - first) / sample_rate,
                        "copy": 0,
                        "recipe": "",
                    }
                )
                number += 1
    return pd.DataFrame(rows)


def counts(tracks: pd.DataFrame, **given: Any) -> dict[str, int]:
    """How many segments each track has, by its name; `given` as for `cut`."""
    found: dict[str, int] = {}
    for start in range(0, len(tracks), 1024):  # the segments of all tracks may be more than memory holds
        found |= cut(tracks.iloc[start : start + 1024], **given)["track_id"].value_counts().to_dict()
    return found


def segment_id(track_id: str, segment: int, copy: int) -> str:
    """Name of a segment: ``blues.00000:03``, and ``blues.00000:03+1`` for its first copy."""
    return f"{track_id}:{segment:02d}" + (f"+{copy}" if copy else "")
