"""Features on disk: memory-mapped arrays beside a segment table.

Layout of a folder::

    segments.csv    one row a segment: segment_id, track_id, genre, ..., weight
    mfcc.npy        float32 [segments, frames, coefficients]
    summary.npy     float32 [segments, statistics]
    features.json   settings, names of the statistics, number of segments; written last

A folder without ``features.json`` was left half-written and is not opened.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from .settings import FeatureError, FeatureSettings
from .taggers import statistics as embedding_statistics

MANIFEST = "features.json"


@dataclass(frozen=True)
class FeatureSet:
    """Features of N segments and what is known of them; rows of the table and the arrays agree.

    Attributes
    ----------
    table : pandas.DataFrame
        At least ``segment_id, track_id, genre``; ``weight`` is a sample weight.
    mfcc : float32 [N, frames, coefficients]
    summary : float32 [N, statistics]
    statistics : tuple of str
    settings : FeatureSettings
    """

    table: pd.DataFrame
    mfcc: np.ndarray
    summary: np.ndarray
    statistics: tuple[str, ...]
    settings: FeatureSettings

    def __len__(self) -> int:
        return len(self.table)

    @property
    def embedding(self) -> np.ndarray:
        """The statistics of the taggers alone, float32 [N, statistics].

        Raises
        ------
        FeatureError
            If the features were made without one.
        """
        if self.settings.tagger == "none":
            raise FeatureError("features.tagger=none: this model reads what a tagger hears; set features.tagger too")
        return self.summary[:, -len(embedding_statistics(self.settings.tagger)) :]

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
        return replace(self, summary=self.summary[:, kept], statistics=names, settings=settings)

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


def write(
    folder: str | Path,
    table: pd.DataFrame,
    blocks: Iterable[tuple[np.ndarray, np.ndarray]],
    *,
    settings: FeatureSettings,
    statistics: tuple[str, ...],
) -> None:
    """Write features in the order of ``table``.

    Parameters
    ----------
    blocks : iterable of (mfcc [k, frames, coefficients], summary [k, statistics])
        Together as many rows as the table has.

    Raises
    ------
    FeatureError
        If the rows of the blocks are more or fewer than the table's.
    OSError
        If the disk is full; the folder then has no manifest and is not taken for whole.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    n = len(table)
    arrays = (
        _create(folder / "mfcc.npy", (n, settings.segment_frames, settings.n_mfcc)),
        _create(folder / "summary.npy", (n, len(statistics))),
    )
    at = 0
    try:
        for mfcc, summary in blocks:
            end = at + len(mfcc)
            if end > n:
                raise FeatureError(f"{folder}: more segments came than the table's {n}: the table is of another run")
            for file, block in zip(arrays, (mfcc, summary), strict=True):
                file.write(np.ascontiguousarray(block, dtype=np.float32).tobytes())
            at = end
        if at != n:
            raise FeatureError(f"{folder}: {at} segments came for a table of {n}: the table is of another run")
        for file in arrays:
            file.flush()
            os.fsync(file.fileno())
    finally:
        for file in arrays:
            file.close()
    table.to_csv(folder / "segments.csv", index=False)
    manifest = {"segments": n, "settings": settings.to_dict(), "statistics": list(statistics)}
    temporary = folder / (MANIFEST + ".part")
    temporary.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, folder / MANIFEST)


def _create(path: Path, shape: tuple[int, ...]):
    """A .npy file with its header, rows to follow: plain writes report a full disk, a memory map dies of it."""
    file = open(path, "wb")  # noqa: SIM115 - closed by write()
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file


def open_store(folder: str | Path) -> FeatureSet:
    """Open a folder that :func:`write` completed; the arrays are memory-mapped, read-only.

    Raises
    ------
    FeatureError
        If the folder is absent, half-written, or its parts disagree.
    """
    folder = Path(folder)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FeatureError(
            f"{folder}: no {MANIFEST}, so its features are not complete: run the extract stage"
        ) from None
    keys = {"segment_id": str, "track_id": str, "genre": str, "group": str}
    table = pd.read_csv(folder / "segments.csv", dtype=keys, keep_default_na=False, na_values={"weight": [""]})
    mfcc = np.load(folder / "mfcc.npy", mmap_mode="r", allow_pickle=False)
    summary = np.load(folder / "summary.npy", mmap_mode="r", allow_pickle=False)
    n = manifest["segments"]
    if not len(table) == len(mfcc) == len(summary) == n:
        raise FeatureError(f"{folder}: its files disagree on the number of segments: run the extract stage again")
    settings = FeatureSettings.from_dict(manifest["settings"])
    return FeatureSet(table, mfcc, summary, tuple(manifest["statistics"]), settings)
