"""An array that lies in shards: rows are read when they are asked for, so memory holds what is worked on.

It stands where a NumPy array stands that is indexed by its first axis, and by its last one where it has two:
``rows[3:9]``, ``rows[[5, 0]]``, ``rows[mask]``, ``rows[:, columns]``. What indexing gives is an array in memory;
`columns` and `blocks` are for what is too large for it. A memory map would do the same on a local disk, but the pages
that were once looked at stay with the process: here a shard is mapped for one reading only. On other file systems
(`fsspec`) the very bytes of the rows are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

BLOCK_ROWS = 2048
"""Rows that are worked on at a time by whoever reads all of them."""

MEMORY_ROWS = 16_384
"""Up to so many rows are read into memory at once, whoever asks; beyond, they are streamed."""


@dataclass(frozen=True)
class Shard:
    """One file of rows: a ``.npy`` of float32.

    Attributes
    ----------
    path : Path or UPath
    rows : int
    offset : int
        Bytes before the first row.
    """

    path: Any
    rows: int
    offset: int

    def read(self, index: np.ndarray, row: tuple[int, ...]) -> np.ndarray:
        """The rows at ``index``, float32 [len(index), *row]."""
        if isinstance(self.path, Path):
            mapped = np.memmap(self.path, np.float32, "r", self.offset, (self.rows, *row))
            return np.array(mapped[index])
        wanted, back = np.unique(index, return_inverse=True)
        runs = np.split(wanted, np.flatnonzero(np.diff(wanted) > 1) + 1)
        size = 4 * int(np.prod(row, dtype=np.int64))
        starts = [self.offset + int(run[0]) * size for run in runs]
        ends = [self.offset + (int(run[-1]) + 1) * size for run in runs]
        data = b"".join(self.path.fs.cat_ranges([self.path.path] * len(runs), starts, ends))
        return np.frombuffer(data, np.float32).reshape(len(wanted), *row)[back]


class Rows:
    """float32 [n, ...] out of shards.

    Parameters
    ----------
    shards : sequence of Shard
        In the order of their rows.
    row : tuple of int
        Shape of a row as it is stored.
    columns : int [shown], optional
        Columns that are shown of rows of one axis; all without it.
    """

    def __init__(self, shards: Sequence[Shard], row: tuple[int, ...], columns: np.ndarray | None = None) -> None:
        self._shards, self._row, self._columns = tuple(shards), tuple(row), columns
        self._ends = np.cumsum([shard.rows for shard in self._shards], dtype=np.int64)
        shown = self._row if columns is None else (len(columns),)
        self.shape = (int(self._ends[-1]) if len(self._ends) else 0, *shown)
        self.dtype, self.ndim = np.dtype(np.float32), len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        """Bytes of all of it."""
        return 4 * int(np.prod(self.shape, dtype=np.int64))

    def columns(self, chosen: Sequence[int] | np.ndarray | slice) -> Rows:
        """Some columns of all rows, unread."""
        every = np.arange(self._row[0]) if self._columns is None else self._columns
        return Rows(self._shards, self._row, every[chosen])

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[np.ndarray]:
        """All rows in their order, ``size`` at a time."""
        for start in range(0, len(self), size):
            yield self[start : start + size]

    def __getitem__(self, key: Any) -> np.ndarray:
        if isinstance(key, tuple):
            rows, *rest = key
            if isinstance(rows, slice) and len(rest) == 1 and self.ndim == 2 and not isinstance(rest[0], int):
                return self.columns(rest[0])[rows]
            return self[rows][(slice(None) if np.ndim(rows) or isinstance(rows, slice) else ..., *rest)]
        if isinstance(key, int | np.integer):
            return self._gather(np.asarray([_within(int(key), len(self))]))[0]
        if isinstance(key, slice):
            return self._gather(np.arange(*key.indices(len(self))))
        index = np.asarray(key)
        if index.dtype == bool:
            if len(index) != len(self):
                raise IndexError(f"a mask of {len(index)} for {len(self)} rows")
            index = np.flatnonzero(index)
        index = index.astype(np.int64)
        if index.size and not -len(self) <= index.min() <= index.max() < len(self):
            raise IndexError(f"rows {index.min()} to {index.max()} of {len(self)}")
        return self._gather(np.where(index < 0, index + len(self), index))

    def _gather(self, index: np.ndarray) -> np.ndarray:
        found = np.empty((len(index), *self.shape[1:]), np.float32)
        which = np.searchsorted(self._ends, index, side="right")
        for number in np.unique(which):
            at = np.flatnonzero(which == number)
            shard = self._shards[number]
            read = shard.read(index[at] - (self._ends[number] - shard.rows), self._row)
            found[at] = read if self._columns is None else read[:, self._columns]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        whole = self[:]
        return whole if dtype is None else whole.astype(dtype, copy=False)


def blocks(array: np.ndarray | Rows, size: int = BLOCK_ROWS) -> Iterator[np.ndarray]:
    """All rows of an array or of `Rows` in their order, ``size`` at a time; what is small comes in one piece.

    Up to `MEMORY_ROWS` are one block, so that sums over few rows are added as they always were, to the last bit.
    """
    size = len(array) if len(array) <= MEMORY_ROWS else size
    for start in range(0, len(array), max(1, size)):
        yield np.asarray(array[start : start + size])


def streamed(array: np.ndarray | Rows) -> bool:
    """Whether there are too many rows for memory."""
    return isinstance(array, Rows) and len(array) > MEMORY_ROWS


def _within(row: int, n: int) -> int:
    if not -n <= row < n:
        raise IndexError(f"row {row} of {n}")
    return row % n
