"""Features on disk, or wherever `fsspec` reaches: arrays in shards beside a segment table.

Layout of a folder::

    segments.csv        one row a segment: segment_id, track_id, genre, ..., weight
    mfcc-00000.npy      float32 [segments of the shard, frames, coefficients]
    summary-00000.npy   float32 [segments of the shard, statistics]
    ...                 and so on, shard by shard, in the order of the table
    features.json       settings, names of the statistics, rows and sha256 of every shard; written last

A shard holds whole tracks, `SHARD_ROWS` segments or a few more, so that it can be made by one worker who sees nothing
of the others; where shards begin is said by the table alone. A folder without ``features.json`` was left half-written
and is not opened. Where the features lie elsewhere, the folder holds ``elsewhere.json`` alone: the address, and the
sha256 of the ``features.json`` there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from musiclassify.audio.places import place

from . import rows
from .errors import FeatureError
from .rows import Rows, Shard, streamed
from .settings import FeatureSettings
from .taggers import statistics as embedding_statistics

MANIFEST = "features.json"
ELSEWHERE = "elsewhere.json"
SHARD_ROWS = 2048
_HEADER = 128  # bytes of the head of a shard's .npy


@dataclass(frozen=True)
class FeatureSet:
    """Features of N segments and what is known of them; rows of the table and the arrays agree.

    Attributes
    ----------
    table : pandas.DataFrame
        At least ``segment_id, track_id, genre``; ``weight`` is a sample weight.
    mfcc : float32 [N, frames, coefficients]
        In memory, or `Rows` of a store.
    summary : float32 [N, statistics]
        Likewise.
    statistics : tuple of str
    settings : FeatureSettings
    """

    table: pd.DataFrame
    mfcc: np.ndarray | Rows
    summary: np.ndarray | Rows
    statistics: tuple[str, ...]
    settings: FeatureSettings

    def __len__(self) -> int:
        return len(self.table)

    @property
    def embedding(self) -> np.ndarray | Rows:
        """The statistics of the taggers alone, float32 [N, statistics]; unread where the statistics are.

        Raises
        ------
        FeatureError
            If the features were made without one.
        """
        if self.settings.tagger == "none":
            raise FeatureError("features.tagger=none: this model reads what a tagger hears; set features.tagger too")
        return _columns(self.summary, slice(-len(embedding_statistics(self.settings.tagger)), None))

    @property
    def weight(self) -> np.ndarray:
        """Sample weights, float64 [N]; ones where the table has none."""
        if "weight" in self.table:
            return self.table["weight"].to_numpy(np.float64)
        return np.ones(len(self))

    def hearing(self, tagger: str) -> FeatureSet:
        """The same as it would be with another ``features.tagger``, one of those that are here or none."""
        every, wanted = (set(embedding_statistics(name)) for name in (self.settings.tagger, tagger))
        if not wanted <= every:
            raise FeatureError(f"features.tagger={self.settings.tagger}: {tagger} is not among them")
        kept = [i for i, name in enumerate(self.statistics) if name not in every or name in wanted]
        names, settings = tuple(self.statistics[i] for i in kept), replace(self.settings, tagger=tagger)
        return replace(self, summary=_columns(self.summary, kept), statistics=names, settings=settings)

    def loaded(self, arrays: Iterable[str] = ("mfcc", "summary")) -> FeatureSet:
        """In memory where it is little (`rows.MEMORY_ROWS`); unread where it is much; with a table of its own.

        Parameters
        ----------
        arrays : iterable of {"mfcc", "summary", "embedding"}
            What somebody is going to read; the others stay where they lie.
        """
        wanted = set() if streamed(self.mfcc) else {"summary" if name == "embedding" else name for name in arrays}
        every = np.arange(len(self))
        read = {name: np.asarray(getattr(self, name)[every]) for name in wanted}
        return replace(self, table=self.table.reset_index(drop=True), **read)

    def take(self, index: np.ndarray) -> FeatureSet:
        """The rows at ``index`` (positions or a boolean mask), in memory."""
        index = np.asarray(index)
        if index.dtype == bool:
            index = np.flatnonzero(index)
        return replace(
            self,
            table=self.table.iloc[index].reset_index(drop=True),
            mfcc=np.asarray(self.mfcc[index]),
            summary=np.asarray(self.summary[index]),
        )


def join(sets: list[FeatureSet]) -> FeatureSet:
    """One set of several that were made with the same settings."""
    first = sets[0]
    if any(s.settings != first.settings or s.statistics != first.statistics for s in sets):
        raise FeatureError("features made with different settings cannot be joined: extract them again")
    return replace(
        first,
        table=pd.concat([s.table for s in sets], ignore_index=True),
        mfcc=np.concatenate([s.mfcc for s in sets]),
        summary=np.concatenate([s.summary for s in sets]),
    )


def _columns(summary: np.ndarray | Rows, chosen: Any) -> np.ndarray | Rows:
    return summary.columns(chosen) if isinstance(summary, Rows) else summary[:, chosen]


def shards(table: pd.DataFrame) -> list[tuple[int, int]]:
    """First and last-plus-one row of each shard; a track's rows stand together in the table and in one shard."""
    tracks = table["track_id"].to_numpy()
    begins = np.append(np.flatnonzero(tracks[1:] != tracks[:-1]) + 1, len(table))  # where a shard may end
    found, start = [], 0
    while start < len(table):
        end = int(begins[min(np.searchsorted(begins, start + SHARD_ROWS), len(begins) - 1)])
        found.append((start, end))
        start = end
    return found


def write(
    folder: str | Path,
    table: pd.DataFrame,
    blocks: Iterable[tuple[np.ndarray, np.ndarray]],
    *,
    settings: FeatureSettings,
    statistics: tuple[str, ...],
) -> None:
    """Write features in the order of ``table``; no more than one shard of them is in memory.

    Parameters
    ----------
    folder : path, address or UPath
    table : DataFrame
    blocks : iterable of (mfcc [k, frames, coefficients], summary [k, statistics])
        Together as many rows as the table has.
    settings : FeatureSettings
    statistics : tuple of str

    Raises
    ------
    FeatureError
        If the rows of the blocks are more or fewer than the table's.
    OSError
        If the disk is full; the folder then has no manifest and is not taken for whole.
    """
    folder = begin(folder)
    bounds = shards(table)
    made = [
        write_shard(folder, number, *arrays)
        for number, arrays in enumerate(_gathered(folder, blocks, bounds, settings, len(statistics)))
    ]
    finish(folder, table, made, settings=settings, statistics=statistics)


def begin(folder: str | Path) -> Any:
    """Make a folder ready for shards: what it held is no longer taken for whole."""
    folder = place(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (MANIFEST, ELSEWHERE):
        (folder / name).unlink(missing_ok=True)
    return folder


def _gathered(
    folder: Any,
    blocks: Iterable[tuple[np.ndarray, np.ndarray]],
    bounds: list[tuple[int, int]],
    settings: FeatureSettings,
    statistics: int,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Blocks of any lengths as blocks of the lengths of the shards."""
    n = bounds[-1][1] if bounds else 0
    waiting = iter(bounds)
    held: tuple[np.ndarray, np.ndarray] | None = None
    at = filled = 0
    for block in blocks:
        if at + len(block[0]) > n:
            raise FeatureError(f"{folder}: more segments came than the table's {n}: the table is of another run")
        taken = 0
        while taken < len(block[0]):
            if held is None:
                start, end = next(waiting)
                held = (
                    np.empty((end - start, settings.segment_frames, settings.n_mfcc), "<f4"),
                    np.empty((end - start, statistics), "<f4"),
                )
                filled = 0
            fits = min(len(block[0]) - taken, len(held[0]) - filled)
            for array, part in zip(held, block, strict=True):
                array[filled : filled + fits] = part[taken : taken + fits]
            taken, filled, at = taken + fits, filled + fits, at + fits
            if filled == len(held[0]):
                yield held
                held = None
    if at != n:
        raise FeatureError(f"{folder}: {at} segments came for a table of {n}: the table is of another run")


def write_shard(folder: Any, number: int, mfcc: np.ndarray, summary: np.ndarray) -> dict[str, Any]:
    """Write one shard, by whichever process; what `finish` is to be told of it."""
    told: dict[str, Any] = {"rows": len(mfcc)}
    for name, array in (("mfcc", mfcc), ("summary", summary)):
        array = np.ascontiguousarray(array, "<f4")
        head = _head(array.shape)
        with (folder / f"{name}-{number:05d}.npy").open("wb") as file:
            # Plain writes report a full disk; a memory map dies of it.
            file.write(head)
            file.write(memoryview(array).cast("B"))
            file.flush()
            if isinstance(folder, Path):
                os.fsync(file.fileno())
        whole = hashlib.sha256(head)
        whole.update(memoryview(array).cast("B"))
        told[name] = whole.hexdigest()
    return told


def _head(shape: tuple[int, ...]) -> bytes:
    """The head of a .npy, always of one length."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    size = _HEADER - 10
    return b"\x93NUMPY\x01\x00" + size.to_bytes(2, "little") + text.ljust(size - 1).encode("latin1") + b"\n"


def finish(
    folder: Any,
    table: pd.DataFrame,
    made: list[dict[str, Any]],
    *,
    settings: FeatureSettings,
    statistics: tuple[str, ...],
) -> None:
    """Write the table and, last, the manifest: from now on the folder is whole.

    Parameters
    ----------
    made : list of dict
        What `write_shard` gave, in the order of the shards.
    """
    if [part["rows"] for part in made] != [end - start for start, end in shards(table)]:
        raise FeatureError(f"{folder}: its shards are not those of the table: run the extract stage again")
    with (folder / "segments.csv").open("w", encoding="utf-8", newline="") as file:
        table.to_csv(file, index=False)
    manifest = {
        "segments": len(table),
        "shards": made,
        "settings": settings.to_dict(),
        "statistics": list(statistics),
    }
    text = json.dumps(manifest, indent=1) + "\n"
    if not isinstance(folder, Path):
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        return
    temporary = folder / (MANIFEST + ".part")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, folder / MANIFEST)


def point(folder: Path, address: Any) -> None:
    """Say in a local folder that its features lie at an address, and which they are."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {"address": str(address), "sha256": _sha256((address / MANIFEST).read_bytes())}
    (folder / ELSEWHERE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def open_store(folder: str | Path) -> FeatureSet:
    """Open a folder that is whole; its arrays are read when they are asked for.

    Parameters
    ----------
    folder : path, address or UPath

    Raises
    ------
    FeatureError
        If the folder is absent, half-written, or its parts disagree.
    """
    folder = place(folder)
    expected = None
    if isinstance(folder, Path) and (folder / ELSEWHERE).exists():
        told = json.loads((folder / ELSEWHERE).read_text(encoding="utf-8"))
        folder, expected = place(told["address"]), told["sha256"]
    try:
        data = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        raise FeatureError(
            f"{folder}: no {MANIFEST}, so its features are not complete: run the extract stage"
        ) from None
    if expected not in (None, _sha256(data)):
        raise FeatureError(f"{folder}: its features are of another run: run the extract stage again")
    manifest = json.loads(data)
    if "shards" not in manifest:
        raise FeatureError(f"{folder}: its features were written by an older version: run the extract stage again")
    settings = FeatureSettings.from_dict(manifest["settings"])
    table = _read_table(folder / "segments.csv", manifest["segments"] > rows.MEMORY_ROWS)
    statistics = tuple(manifest["statistics"])
    mfcc = _rows(folder, "mfcc", manifest, (settings.segment_frames, settings.n_mfcc))
    summary = _rows(folder, "summary", manifest, (len(statistics),))
    if not len(table) == len(mfcc) == len(summary) == manifest["segments"]:
        raise FeatureError(f"{folder}: its files disagree on the number of segments: run the extract stage again")
    return FeatureSet(table, mfcc, summary, statistics, settings)


def _read_table(path: Any, compact: bool) -> pd.DataFrame:
    # Of very many segments only what trainings ask for, a few bytes a segment.
    if compact:
        named = {"track_id": "category", "genre": "category", "group": "category"}
        with path.open("r", encoding="utf-8", newline="") as file:
            wanted = {*named, "segment", "excerpt", "copy", "weight"}
            return pd.read_csv(file, dtype=named, usecols=lambda name: name in wanted, keep_default_na=False)
    keys = {"segment_id": str, "track_id": str, "genre": str, "group": str}
    with path.open("r", encoding="utf-8", newline="") as file:
        return pd.read_csv(file, dtype=keys, keep_default_na=False, na_values={"weight": [""]})


def _rows(folder: Any, name: str, manifest: dict[str, Any], row: tuple[int, ...]) -> Rows:
    """The shards of one array, each as long as the manifest says."""
    found = []
    for number, part in enumerate(manifest["shards"]):
        path = folder / f"{name}-{number:05d}.npy"
        size = _HEADER + 4 * part["rows"] * int(np.prod(row, dtype=np.int64))
        there = path.stat().st_size if path.exists() else 0
        if there != size:
            raise FeatureError(f"{path}: has {there} bytes instead of {size}: run the extract stage again")
        found.append(Shard(path, part["rows"], _HEADER))
    return Rows(found, row)
