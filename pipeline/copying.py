"""The augmented copies of segments, and the segments of some tracks with theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

import augment
from corpora import split as splitting
from corpora import tracks
from pipeline import cutting, workers
from pipeline.tables import Looked, with_subsets

TRACKS = 1024  # that are cut and drawn for at a time


def copies(originals: pd.DataFrame, settings: augment.AugmentSettings, seed: int) -> pd.DataFrame:
    """The augmented copies of segments: the same rows with ``copy`` 1 and up and the recipe drawn for each."""
    rows = []
    for row in originals.to_dict("records"):
        for copy in range(1, settings.copies + 1):
            recipe = augment.draw(settings, seed, row["track_id"], row["segment"], copy)
            name = cutting.segment_id(row["track_id"], row["segment"], copy)
            rows.append(row | {"segment_id": name, "copy": copy, "recipe": recipe.to_json()})
    return pd.DataFrame(rows, columns=originals.columns)


def segments_of(
    those: pd.DataFrame,
    split: pd.DataFrame,
    given: dict[str, Any],
) -> pd.DataFrame:
    """The segments of some tracks, each followed by its copies where it is of the training side.

    Parameters
    ----------
    those : DataFrame
        Usable tracks, sorted by ``track_id``.
    split : DataFrame
        Their rows of the split.
    given : dict
        ``rule``; ``cut``: `sample_rate`, `segment` and `hop` of `pipeline.cutting.cut`; ``settings`` of the
        augmentation; ``seed``.
    """
    originals = with_subsets(cutting.cut(those, rule=given["rule"], **given["cut"]), split)
    made = copies(originals[originals["split"] == "train"], given["settings"], given["seed"])
    whole = pd.concat([originals, made], ignore_index=True) if len(made) else originals
    return whole.sort_values(["track_id", "segment", "copy"], kind="stable", ignore_index=True)


def blocks_of(
    every: pd.DataFrame, table: pd.DataFrame, *, protocol: str, given: dict[str, Any]
) -> Iterator[pd.DataFrame]:
    """`segments_of` all usable tracks, some after the other, each block checked against the split.

    Parameters
    ----------
    every, table : DataFrame
        The tracks and the split.
    protocol : str
        Of the split.
    given : dict
        See `segments_of`.
    """
    usable = tracks.usable(every).sort_values("track_id", kind="stable", ignore_index=True)
    looked = Looked(table)
    parts = [usable.iloc[start : start + TRACKS] for start in range(0, len(usable), TRACKS)]
    sides = [looked.of(part["track_id"]) for part in parts]
    calls = [(part, side, given) for part, side in zip(parts, sides, strict=True)]
    for part, side, block in zip(parts, sides, workers.spread(segments_of, calls, "augment"), strict=True):
        splitting.check_split(side, part, protocol=protocol, segments=block)
        if len(block):
            yield block
