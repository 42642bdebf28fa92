"""A library as one table, a row a song: CSV, JSON lines or Parquet.

Columns: ``path, title, artist, tagged, status, genre, confidence, uncertain, moods, p_<genre>..., duration_s, model,
message, size, modified, added, removed, sha256`` and on wish ``embedding``. Times are UTC.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from musiclassify.errors import UsageError
from musiclassify.files import whole
from musiclassify.formats.csv import line

from .store import Library, Song

__all__ = ["WRITERS", "check", "rows", "write"]

_BATCH = 5_000


def rows(library: Library, songs: Iterable[Song], *, embeddings: bool = False) -> Iterator[dict[str, Any]]:
    """Give songs as rows; ``moods`` and ``probabilities`` are mappings here."""
    for song in songs:
        answer = song.answer
        row: dict[str, Any] = {
            "path": song.name,
            "title": song.look.title,
            "artist": song.look.artist,
            "tagged": list(song.look.tagged),
            "status": answer.status,
            "genre": answer.genre,
            "confidence": answer.confidence,
            "uncertain": answer.uncertain,
            "moods": answer.moods,
            "probabilities": answer.probabilities,
            "duration_s": answer.duration_s,
            "model": answer.model,
            "message": answer.message,
            "size": song.look.size,
            "modified": _time(song.look.mtime_ns / 1e9),
            "added": _time(song.added),
            "removed": None if song.removed is None else _time(song.removed),
            "sha256": song.look.content.hex() or None,
        }
        if embeddings:
            found = None if song.answer_id is None else library.embedding(song.answer_id)
            row["embedding"] = None if found is None else [round(float(x), 6) for x in found]
        yield row


def check(target: Path, *, embeddings: bool = False) -> None:
    """Refuse what cannot be written, before anything is read.

    Raises
    ------
    UsageError
        The name's ending is none of ours, or pyarrow is missing.
    """
    kind = target.suffix.lower()
    if kind not in WRITERS:
        raise UsageError(f"{target} must end in {', '.join(WRITERS)}")
    if kind == ".parquet" and find_spec("pyarrow") is None:
        raise UsageError(f"{target}: Parquet needs pyarrow; pip install 'musiclassify[parquet]', or export to .csv")
    if embeddings and kind == ".csv":
        raise UsageError(f"{target}: embeddings do not fit into cells; export them to .parquet or .jsonl")


def write(target: Path, found: Iterable[dict[str, Any]], labels: list[str]) -> int:
    """Write rows whole or not at all; give their number.

    Parameters
    ----------
    target : Path
        Its ending says the form; see `check`.
    found : iterable of dict
        From `rows`.
    labels : list of str
        The genres that have a column.
    """
    with whole(target) as unfinished:
        return WRITERS[target.suffix.lower()](unfinished, found, labels)


def _csv(target: Path, found: Iterable[dict[str, Any]], labels: list[str]) -> int:
    count = 0
    with target.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        for count, row in enumerate(found, 1):
            flat = _flat(row, labels)
            if count == 1:
                file.write(line(flat))
            file.write(line("; ".join(cell) if isinstance(cell, list) else cell for cell in flat.values()))
        if not count:
            file.write(line(_flat(_NOTHING, labels)))
    return count


def _jsonl(target: Path, found: Iterable[dict[str, Any]], labels: list[str]) -> int:
    count = 0
    with target.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        for count, row in enumerate(found, 1):  # noqa: B007 - the number of the last is the number of all
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


def _parquet(target: Path, found: Iterable[dict[str, Any]], labels: list[str]) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    source, count = iter(found), 0
    first = next(source, None)
    schema = _arrow_schema(labels, embeddings=first is not None and "embedding" in first)
    with parquet.ParquetWriter(target, schema, compression="zstd") as file:
        batch = [] if first is None else [first, *islice(source, _BATCH - 1)]
        while batch:
            file.write_table(pa.Table.from_pylist([_clean(_flat(row, labels)) for row in batch], schema=schema))
            count += len(batch)
            batch = list(islice(source, _BATCH))
    return count


WRITERS: dict[str, Callable[[Path, Iterable[dict[str, Any]], list[str]], int]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}

_NOTHING: dict[str, Any] = dict.fromkeys(
    (
        *("path", "title", "artist", "tagged", "status", "genre", "confidence", "uncertain", "moods", "probabilities"),
        *("duration_s", "model", "message", "size", "modified", "added", "removed", "sha256"),
    ),
    (),
)


def _flat(row: dict[str, Any], labels: list[str]) -> dict[str, Any]:
    """Give a row of plain cells: a column a genre, moods as a list."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name == "probabilities":
            flat |= {f"p_{label}": dict(value).get(label) for label in labels}
        else:
            flat[name] = list(value) if name in ("moods", "tagged") else value
    return flat


def _clean(row: dict[str, Any]) -> dict[str, Any]:
    """Give a row whose texts are valid UTF-8."""
    return {
        name: value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
        for name, value in row.items()
    }


def _arrow_schema(labels: list[str], *, embeddings: bool) -> Any:
    import pyarrow as pa

    kinds: dict[str, Any] = {
        "tagged": pa.list_(pa.string()), "moods": pa.list_(pa.string()), "confidence": pa.float64(),
        "uncertain": pa.bool_(), "duration_s": pa.float64(), "size": pa.int64(),
        **{f"p_{label}": pa.float64() for label in labels},
    }  # fmt: skip
    fields = [(name, kinds.get(name, pa.string())) for name in _flat(_NOTHING, labels)]
    return pa.schema([*fields, *([("embedding", pa.list_(pa.float32()))] if embeddings else [])])


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
