"""The augmented copies of segments."""

from __future__ import annotations

import pandas as pd

import augment
from pipeline import cutting


def copies(originals: pd.DataFrame, settings: augment.AugmentSettings, seed: int) -> pd.DataFrame:
    """The augmented copies of segments: the same rows with ``copy`` 1 and up and the recipe drawn for each."""
    rows = []
    for row in originals.to_dict("records"):
        for copy in range(1, settings.copies + 1):
            recipe = augment.draw(settings, seed, row["track_id"], row["segment"], copy)
            name = cutting.segment_id(row["track_id"], row["segment"], copy)
            rows.append(row | {"segment_id": name, "copy": copy, "recipe": recipe.to_json()})
    return pd.DataFrame(rows, columns=originals.columns)
