"""The tables that stages hand on: segments and their subsets, genres as numbers, probabilities by genre."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errors import PipelineError

_TEXT = dict.fromkeys(("segment_id", "track_id", "genre", "group", "split", "recipe"), str)


def read_segments(path: Path) -> pd.DataFrame:
    """Read a segments.csv; an empty recipe stays empty text."""
    return pd.read_csv(path, dtype=_TEXT, keep_default_na=False)


def segment_blocks(path: Path, rows: int = 10_000) -> Iterator[pd.DataFrame]:
    """The same, so many rows at a time."""
    with pd.read_csv(path, dtype=_TEXT, keep_default_na=False, chunksize=rows) as blocks:
        yield from blocks


def middle_original(path: Path, count: int) -> pd.Series:
    """The training original in the middle of all."""
    at = count // 2
    for block in segment_blocks(path):
        train = block[(block["split"] == "train") & (block["copy"] == 0)]
        if at < len(train):
            return train.iloc[at]
        at -= len(train)
    raise PipelineError(f"{path}: has no training segment; run split again")


class Side:
    """The rows of a segments.csv that are of one side, read when they are asked for: there may be millions.

    It stands where `features.store` writes a table: it has a length, the column ``track_id``, and `to_csv`.

    Parameters
    ----------
    path : path
        segments.csv.
    side : {"train", "valid", "test"}
    """

    def __init__(self, path: Path, side: str) -> None:
        self.path, self.side = path, side
        narrow = pd.read_csv(path, usecols=["track_id", "split"], dtype="category", keep_default_na=False)
        self.tracks = narrow.loc[narrow["split"] == side, "track_id"].cat.remove_unused_categories()

    def __len__(self) -> int:
        return len(self.tracks)

    def __getitem__(self, name: str) -> pd.Series:
        if name != "track_id":
            raise KeyError(name)
        return self.tracks

    def blocks(self) -> Iterator[pd.DataFrame]:
        """The rows, some thousand at a time."""
        for block in segment_blocks(self.path):
            part = block[block["split"] == self.side]
            if len(part):
                yield part.reset_index(drop=True)

    def to_csv(self, file: Any, index: bool = False) -> None:
        """As pandas writes the whole table."""
        for number, block in enumerate(self.blocks()):
            block.to_csv(file, index=index, header=number == 0)
        if not len(self):
            pd.read_csv(self.path, nrows=0).to_csv(file, index=index)


def by_track(blocks: Iterable[pd.DataFrame]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and rows of each track, out of blocks that may end in the middle of one; a track's rows stand together."""
    left: pd.DataFrame | None = None
    for block in blocks:
        whole = block if left is None else pd.concat([left, block], ignore_index=True)
        last = whole["track_id"].iloc[-1]
        inside = (whole["track_id"] != last).to_numpy()
        yield from whole[inside].groupby("track_id", sort=False)
        left = whole[~inside].reset_index(drop=True)
    if left is not None:
        yield left["track_id"].iloc[0], left


class Looked:
    """A table by its tracks: the rows of some of them without a look at all others."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table.set_index("track_id")

    def of(self, names: Iterable[str]) -> pd.DataFrame:
        """The rows of these tracks, in the order of the table."""
        at = self.table.index.get_indexer_for(list(names))
        return self.table.iloc[np.unique(at[at >= 0])].reset_index()


def with_subsets(pieces: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Segments with the subset that the split gives them; those without one are dropped."""
    if (table["segment"] >= 0).any():
        return pieces.merge(table, on=["track_id", "segment"], how="inner")
    return pieces.merge(table[["track_id", "split"]], on="track_id", how="inner")


def labels_of(table: pd.DataFrame, genres: list[str]) -> np.ndarray:
    """Genres as their numbers, int64 [n]."""
    return pd.Categorical(table["genre"], categories=genres).codes.astype(np.int64)


def with_probabilities(tracks: pd.DataFrame, probabilities: np.ndarray, genres: list[str]) -> pd.DataFrame:
    """Tracks with what a model says of them: ``predicted, confidence, p_<genre>…``."""
    table = tracks.copy()
    table["predicted"] = [genres[k] for k in probabilities.argmax(axis=1)]
    table["confidence"] = probabilities.max(axis=1)
    for k, genre in enumerate(genres):
        table[f"p_{genre}"] = probabilities[:, k]
    return table


def probabilities_of(table: pd.DataFrame, genres: list[str]) -> np.ndarray:
    """The columns ``p_<genre>`` of such a table, float64 [n, genres]."""
    return table[[f"p_{genre}" for genre in genres]].to_numpy(float)
