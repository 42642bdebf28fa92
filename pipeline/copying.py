"""The augmented copies of segments, and the segments of some tracks with theirs."""

from __future__ import annotations

from typing import Any

import pandas as pd

import augment
from pipeline import cutting
from pipeline.tables import with_subsets


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
    tracks: pd.DataFrame,
    split: pd.DataFrame,
    given: dict[str, Any],
) -> pd.DataFrame:
    """The segments of some tracks, each followed by its copies where it is of the training side.

    Parameters
    ----------
    tracks : DataFrame
        Usable ones, sorted by ``track_id``.
    split : DataFrame
        Their rows of the split.
    given : dict
        ``rule``; ``cut``: `sample_rate`, `segment` and `hop` of `pipeline.cutting.cut`; ``settings`` of the
        augmentation; ``seed``.
    """
    originals = with_subsets(cutting.cut(tracks, rule=given["rule"], **given["cut"]), split)
    made = copies(originals[originals["split"] == "train"], given["settings"], given["seed"])
    whole = pd.concat([originals, made], ignore_index=True) if len(made) else originals
    return whole.sort_values(["track_id", "segment", "copy"], kind="stable", ignore_index=True)
