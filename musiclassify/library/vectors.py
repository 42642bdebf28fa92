"""Songs that are alike: the nearest embeddings, found exactly.

Embeddings are standardised over the library (each of their numbers less its mean, by its deviation), so that none of
them outweighs the others, and compared by the cosine. All of a library lie in one matrix, float32, a row a piece of
sound: copies of a file are one row. It is kept beside the database (``<database>-vectors``), mapped into memory, and
made anew when the library's `state` is not the one it was made from.

The file is the magic `HEAD`, the length of a JSON object (uint32, little-endian), the object (``state``, ``digest``,
``rows``, ``size``), padding to a multiple of 64, then ``rows`` int64 ids, ``rows`` float64 durations, ``size`` float64
means and deviations, and the matrix.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musiclassify.errors import TargetError
from musiclassify.files import whole

from .errors import LibraryError
from .store import Library

__all__ = ["HEAD", "Vectors", "load", "of_arrays", "place_of"]

HEAD = b"MClbvec1"


@dataclass(frozen=True)
class Vectors:
    """The embeddings of a library, of one model.

    Attributes
    ----------
    ids : int64 [rows]
        Rows of ``answers``.
    durations : float64 [rows]
        Seconds.
    mean, deviation : float64 [size]
        Over the library.
    matrix : float32 [rows, size]
        Standardised, each row of length 1.
    """

    ids: np.ndarray
    durations: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    matrix: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def standardised(self, embedding: np.ndarray) -> np.ndarray:
        """Give an embedding as a row of the matrix is, float32 [size]."""
        if len(embedding) != len(self.mean):
            raise ValueError(f"embedding of {len(embedding)} numbers must have {len(self.mean)}")
        return _unit(((embedding - self.mean) / self.deviation)[None])[0]

    def row_of(self, answer: int) -> int | None:
        """Find the row of an answer."""
        at = int(np.searchsorted(self.ids, answer))
        return at if at < len(self.ids) and self.ids[at] == answer else None

    def nearest(self, row: np.ndarray, count: int, *, without: int | None = None) -> list[tuple[int, float]]:
        """Find the rows that are most alike.

        Parameters
        ----------
        row : float32 [size]
            Standardised.
        count : int
        without : int, optional
            A row that is left out: the asking one.

        Returns
        -------
        list of (int, float)
            Rows and cosines, the most alike first; of equal ones the lower row.
        """
        likeness = self.matrix @ row
        if without is not None:
            likeness[without] = -np.inf
        count = min(count, len(self) - (without is not None))
        if count <= 0:
            return []
        best = np.argpartition(-likeness, count - 1)[:count]
        ranked = best[np.lexsort((best, -likeness[best]))]
        return [(int(at), float(likeness[at])) for at in ranked]


def place_of(database: Path) -> Path:
    """Name the file beside a database."""
    return database.with_name(database.name + "-vectors")


def load(library: Library, digest: str) -> Vectors:
    """Give the embeddings of a model, from the file beside the database where that is of this very state.

    Raises
    ------
    LibraryError
        The model gave no embeddings.
    """
    place, state = place_of(library.path), library.state
    found = _mapped(place, state, digest)
    if found is not None:
        return found
    ids, durations, blobs = [], [], []
    for id_, duration_s, blob in library.embeddings(digest):
        ids.append(id_)
        durations.append(duration_s or 0.0)
        blobs.append(blob)
    if not ids or len({len(blob) for blob in blobs}) != 1:
        advice = "scan with a model that hears tags, such as the default, and --again"
        raise LibraryError(library.path, "holds no embeddings of this model to compare songs by", advice)
    table = np.frombuffer(b"".join(blobs), "<f4").reshape(len(ids), -1)
    vectors = of_arrays(np.array(ids), np.array(durations), table)
    with contextlib.suppress(TargetError, OSError):  # it is made anew each time where it cannot be kept
        _keep(place, vectors, state, digest)
    return vectors


def of_arrays(ids: np.ndarray, durations: np.ndarray, embeddings: np.ndarray) -> Vectors:
    """Standardise embeddings [rows, size]; a number that is the same for all counts nothing."""
    mean = embeddings.mean(axis=0, dtype=np.float64)
    deviation = embeddings.std(axis=0, dtype=np.float64)
    deviation[deviation < 1e-9] = np.inf
    matrix = np.empty(embeddings.shape, np.float32)
    for at in range(0, len(embeddings), 4096):  # no second table of the size in float64
        matrix[at : at + 4096] = _unit((embeddings[at : at + 4096] - mean) / deviation)
    return Vectors(ids.astype(np.int64), durations.astype(np.float64), mean, deviation, matrix)


def _unit(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(length, 1e-12)).astype(np.float32)


def _keep(place: Path, vectors: Vectors, state: str, digest: str) -> None:
    rows, size = vectors.matrix.shape
    about = json.dumps({"state": state, "digest": digest, "rows": rows, "size": size}).encode()
    head = HEAD + len(about).to_bytes(4, "little") + about
    with whole(place) as unfinished, unfinished.open("wb") as file:
        file.write(head + b"\0" * (-len(head) % 64))
        for part in (vectors.ids, vectors.durations, vectors.mean, vectors.deviation, vectors.matrix):
            file.write(np.ascontiguousarray(part).astype(part.dtype.newbyteorder("<"), copy=False).data)


def _mapped(place: Path, state: str, digest: str) -> Vectors | None:
    """Open the kept file; None where it is missing, of another state or model, or not whole."""
    try:
        with place.open("rb") as file:
            if file.read(len(HEAD)) != HEAD:
                return None
            length = int.from_bytes(file.read(4), "little")
            about = json.loads(file.read(min(length, 1 << 16)))
            if (about["state"], about["digest"]) != (state, digest):
                return None
            rows, size = int(about["rows"]), int(about["size"])
            start = -(-(len(HEAD) + 4 + length) // 64) * 64
            if os.fstat(file.fileno()).st_size != start + 16 * rows + 16 * size + 4 * rows * size:
                return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    parts = []
    for shape, kind in (((rows,), "<i8"), ((rows,), "<f8"), ((size,), "<f8"), ((size,), "<f8"), ((rows, size), "<f4")):
        part = np.memmap(place, kind, "r", start, shape)
        parts.append(part)
        start += part.nbytes
    ids, durations, mean, deviation, matrix = parts
    return Vectors(np.array(ids), np.array(durations), np.array(mean), np.array(deviation), matrix)
