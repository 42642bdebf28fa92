"""The table of tracks: its columns, reading, writing, and the walk over a corpus folder.

Layout of ``tracks.csv``: one row a track, sorted by ``track_id``, UTF-8, the columns of `COLUMNS` in that
order, then those of `MORE_COLUMNS` that the corpus has. ``path`` is relative to the corpus folder, with forward
slashes (a list of clips may give absolute ones). ``group`` is what may not stand on both sides of a split. ``status``
is ``ok`` or ``excluded``; ``reason`` says why in words, and may also hold a remark on an ``ok`` track.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from musiclassify.audio.places import PlaceError, place, sounds
from musiclassify.audio.walk import walk

COLUMNS = (
    "track_id",
    "path",
    "genre",
    "group",
    "duration_s",
    "sample_rate",
    "sha256",
    "status",
    "reason",
)
#: Written where the corpus has them: the side that a list of clips gives a track, for ``split.protocol: given``.
MORE_COLUMNS = ("side",)
TEXT_COLUMNS = ("track_id", "path", "genre", "group", "sha256", "status", "reason", *MORE_COLUMNS)
FOUND_COLUMNS = ("track_id", "path", "genre", "group")


class CorpusError(ValueError):
    """A corpus that cannot be used; the text names the folder or file, the rule, and what to do."""


def audio_files(folder: Any) -> Iterator[Any]:
    """All audio files below a folder, sorted; what is left out, and how links go, see `musiclassify.audio.walk`.

    Parameters
    ----------
    folder : path or address

    Yields
    ------
    Path or UPath
        Paths that start with `folder`.

    Raises
    ------
    CorpusError
        If the folder is missing or is no folder, or a folder below it cannot be read.
    """
    folder = place(folder)
    if not isinstance(folder, Path):
        try:
            yield from sounds(folder)
        except PlaceError as error:
            raise CorpusError(str(error)) from None
        return
    if not folder.exists():
        raise CorpusError(f"{folder}: no such folder; check the spelling, or give the corpus folder's whole path")
    if not folder.is_dir():
        raise CorpusError(f"{folder}: is a file, not a folder; give the folder that holds the clips")
    found = walk(folder)
    if found.unreadable:
        raise CorpusError(str(found.unreadable[0]))
    yield from found.sounds


def table(rows: list[dict]) -> pd.DataFrame:
    """Rows of found clips as a table sorted by ``track_id`` with a fresh index.

    Raises
    ------
    CorpusError
        If two rows have the same ``track_id``; both paths are named.
    """
    rows = _written(rows)
    found = pd.DataFrame(rows, columns=list(rows[0]) if rows else list(FOUND_COLUMNS))
    found = found.sort_values(["track_id", "path"], kind="stable", ignore_index=True)
    twice = found[found.duplicated("track_id", keep=False)]
    if len(twice):
        first, second = twice["path"].iloc[0], twice["path"].iloc[1]
        name = twice["track_id"].iloc[0]
        raise CorpusError(f"{first} and {second}: both are track {name}; keep one of them in the corpus folder")
    return found


def told_apart(rows: list[dict]) -> list[dict]:
    """Rows whose ids are different: two formats of one name ("a.mp3", "a.wav") are one group, and their ids the paths.

    >>> rows = [{"track_id": "a", "path": f"a.{e}", "group": f"track:{e}"} for e in ("mp3", "wav")]
    >>> [(row["track_id"], row["group"]) for row in told_apart(rows)]
    [('a.mp3', 'track:a'), ('a.wav', 'track:a')]
    """
    found = pd.DataFrame(_written(rows))
    for stem, twins in found[found.duplicated("track_id", keep=False)].groupby("track_id"):
        group = twins["group"].iloc[0]
        found.loc[twins.index, "group"] = f"track:{stem}" if group.startswith("track:") else group
        found.loc[twins.index, "track_id"] = twins["path"]
    return found.to_dict("records")


def _written(rows: list[dict]) -> list[dict]:
    """Rows whose names can stand in a table: others are escaped, and excluded by their ``reason``."""
    reasons = [row.get("reason") or _unwritable(row["path"]) for row in rows]
    if not any(reasons):
        return rows
    return [
        row | {name: _as_text(row[name]) for name in FOUND_COLUMNS} | {"reason": reason}
        for row, reason in zip(rows, reasons, strict=True)
    ]


def _unwritable(name: str) -> str:
    """Why a name cannot stand in a table; empty where it can (a newline can, in quotation marks)."""
    try:
        name.encode()
    except UnicodeEncodeError:  # bytes of another encoding stand in a name as lone surrogates
        return "its name is not UTF-8, which tables are written in: rename it"
    return "its name holds a carriage return, which ends a line of a table: rename it" if "\r" in name else ""


def _as_text(name: str) -> str:
    """A name as it can be written down: bytes that are not UTF-8 as ``\\xff``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace("\r", "\\r")


def read(path: str | Path) -> pd.DataFrame:
    """Read a ``tracks.csv``; empty text fields stay empty text."""
    return pd.read_csv(
        path,
        dtype=dict.fromkeys(TEXT_COLUMNS, str),
        keep_default_na=False,
        na_values={
            "duration_s": [""],
            "sample_rate": [""],
        },
    )


def write(path: str | Path, tracks: pd.DataFrame) -> None:
    """Write a ``tracks.csv`` in whole or not at all (temporary file, then rename)."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    columns = [*COLUMNS, *(name for name in MORE_COLUMNS if name in tracks)]
    try:
        tracks.loc[:, columns].to_csv(partial, index=False, float_format="%.6f", lineterminator="\n")
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def usable(tracks: pd.DataFrame) -> pd.DataFrame:
    """The tracks whose status is ``ok``, with a fresh index."""
    return tracks[tracks["status"] == "ok"].reset_index(drop=True)
