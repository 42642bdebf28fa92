"""A list of clips: a CSV that says of each file what its label is, and as far as it is known who made it.

Columns (a first line names them, in any order, large or small letters; others are passed over):

``path`` (or ``file``, ``filename``)
    The file, relative to the table's folder, or absolute; below the table's own, where the table lies at an address.
``label`` (or ``genre``)
    What the models learn to tell.
``artist``, ``album``
    Optional. Tracks of one artist, or where it is not known of one album, never stand on two sides of a split.
``split``
    Optional: train, valid or test, honoured by ``split.protocol: given``; empty: the track takes no part in that.
``sha256``
    Optional: a file with another one is excluded.

Commas part the columns; a first line that is parted by semicolons or tabs says that the table is. UTF-8, with or
without a byte-order mark. A wrong line is refused with its number; a file that is not there is excluded.
"""

from __future__ import annotations

import csv
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from corpora import tracks
from corpora.tracks import CorpusError
from musiclassify.audio.places import is_file, place
from musiclassify.audio.places import names as names_below

RANK = 35
HELP = "a CSV with path,label and, if known, artist,album,split,sha256"
MADE_BY = "make table TABLE=FILE.csv"
LICENCE = "The clips are those of the trainer's list and are not part of this repository; only weights are."

#: The table of a folder that is given in place of a file.
NAME = "table.csv"
COLUMNS = {
    "path": ("path", "file", "filename"),
    "label": ("label", "genre"),
    "artist": ("artist",),
    "album": ("album",),
    "split": ("split",),
    "sha256": ("sha256",),
}
NEEDED = ("path", "label")
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
SIDES = {side: side for side in ("train", "valid", "test", "")} | {
    "training": "train",
    "validation": "valid",
    "val": "valid",
}
SHOWN = 5  # wrong lines that are told before the rest is only counted


def find(folder: Any) -> pd.DataFrame:
    """The clips that a table lists.

    Parameters
    ----------
    folder : path or address
        The table, or a folder with a ``table.csv``.

    Returns
    -------
    DataFrame
        ``track_id`` (the path without its extension), ``path``, ``genre``, ``group``; ``reason`` (why a file cannot be
        used, empty else); ``side`` and ``sha256`` where the table has them.

    Raises
    ------
    CorpusError
        If there is no table, it is no CSV, lacks a column, holds a wrong line (with its number) or a file twice, has
        fewer than two labels, or none of its files is there.
    """
    file, exists = _opened(place(folder))
    rows, wrong = [], []
    seen: dict[str, int] = {}
    named: set[str] = set()
    for line, given in _lines(file):
        named |= set(given)
        problem = _problem(given, seen)
        if problem:
            wrong.append(f"line {line}: {problem}")
            continue
        seen[os.path.normpath(given["path"])] = line
        rows.append(_row(file, line, given, exists))
    if wrong:
        more = f"; and {len(wrong) - SHOWN} lines more" if len(wrong) > SHOWN else ""
        raise CorpusError(f"{file}: {'; '.join(wrong[:SHOWN])}{more}")
    if not rows:
        raise CorpusError(f"{file}: lists no clip; each line below the first is one, with its path and its label")
    if len({row["genre"] for row in rows}) < 2:
        raise CorpusError(f"{file}: one label only ({rows[0]['genre']}); a classifier needs two or more")
    if all(row["reason"] for row in rows):
        raise CorpusError(
            f"{file}: none of its {len(rows)} files is there, such as {rows[0]['path']}; paths start at {file.parent}"
        )
    left_out = [column for name, column in (("split", "side"), ("sha256", "sha256")) if name not in named]
    return tracks.table(tracks.told_apart(rows)).drop(columns=left_out)


def _opened(where: Any) -> tuple[Any, Callable[[str], bool]]:
    """The table's file, and what tells whether a file is there, by its path from the table's folder on."""
    if isinstance(where, Path):
        file = where / NAME if where.is_dir() else where
        found, exists = file.is_file(), lambda path: os.path.isfile(file.parent / path)
    else:
        file = where if is_file(where) else where / NAME
        known = frozenset(name.as_posix() for name in names_below(file.parent))  # asked once, not for each clip
        found, exists = file.name in known, lambda path: os.path.normpath(path) in known
    if not found:
        raise CorpusError(f"{file}: no such table; give a CSV with the columns path,label, or a folder with a {NAME}")
    return file, exists


def _lines(file: Any) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and fields of each line below the first, empty ones left out."""
    try:
        with file.open("r", encoding="utf-8-sig", newline="") as opened:
            first = opened.readline()
            delimiter = _delimiter(file, first)
            opened.seek(0)
            reader = csv.reader(opened, delimiter=delimiter, strict=True)
            columns = _columns(file, next(reader))
            width = max(columns.values()) + 1
            for fields in reader:
                if not any(field.strip() for field in fields):
                    continue
                if len(fields) < width:
                    raise CorpusError(
                        f"{file}, line {reader.line_num}: {len(fields)} fields, but its first line names more; put a "
                        "field that holds the delimiter into quotation marks"
                    )
                yield reader.line_num, {name: fields[at] for name, at in columns.items()}
    except UnicodeDecodeError:
        raise CorpusError(f"{file}: is not UTF-8; save it so (in a spreadsheet: “CSV UTF-8”)") from None
    except csv.Error as error:
        raise CorpusError(f"{file}, line {reader.line_num}: is no CSV ({error}); mend the line") from None


def _delimiter(file: Any, first: str) -> str:
    """What parts the columns: that of the three under which the first line names those that are needed."""
    found = {mark: [name.strip().strip('"').strip().casefold() for name in first.split(mark)] for mark in DELIMITERS}
    for mark, names in found.items():
        if all(set(COLUMNS[needed]) & set(names) for needed in NEEDED):
            return mark
    raise CorpusError(
        f"{file}: its first line must name the columns path and label (and may name artist, album, split, sha256), "
        f"parted by {', '.join(DELIMITERS.values())}; it is {first.strip()[:80]!r}"
    )


def _columns(file: Any, head: list[str]) -> dict[str, int]:
    """The place of each column that is known; a meaning that two columns have is refused."""
    names = [name.strip().casefold() for name in head]
    found = {}
    for meaning, known in COLUMNS.items():
        places = [at for at, name in enumerate(names) if name in known]
        if len(places) > 1:
            both = " and ".join(names[at] for at in places)
            raise CorpusError(f"{file}: the columns {both} both say the {meaning}; rename the one that does not")
        if places:
            found[meaning] = places[0]
    return found


def _problem(given: dict[str, str], seen: dict[str, int]) -> str:
    """What is wrong with a line, or an empty text."""
    path, label = given["path"], given["label"].strip()
    if not path.strip():
        return "path is empty; give the file, or leave the line out"
    if not label:
        return f"label of {path} is empty; fill it in, or leave the line out"
    if not label.isprintable() or len(label) > 100:
        return f"label of {path} must be up to 100 characters that can be printed"
    if os.path.normpath(path) in seen:
        return f"{path} stands on line {seen[os.path.normpath(path)]} already; keep one of them"
    if given.get("split", "").strip().casefold() not in SIDES:
        return f"split={given['split']!r} of {path} must be train, valid, test or empty"
    digest = given.get("sha256", "").strip()
    if digest and not re.fullmatch(r"[0-9a-fA-F]{64}", digest):
        return f"sha256 of {path} must be 64 digits of 0 to 9 and a to f, or empty"
    return ""


def _row(file: Any, line: int, given: dict[str, str], exists: Callable[[str], bool]) -> dict[str, str]:
    there = _there(exists, given["path"])
    path = os.path.normpath(there or given["path"])
    name = os.path.splitext(path)[0]
    artist, album = (" ".join(given.get(key, "").split()).casefold() for key in ("artist", "album"))
    hint = "; folders are parted by /" if "\\" in path else ""
    return {
        "track_id": name,
        "path": path,
        "genre": given["label"].strip(),
        "group": f"artist:{artist}" if artist else f"album:{album}" if album else f"track:{name}",
        "reason": "" if there else f"no such file (line {line} of {file.name}){hint}",
        "side": SIDES[given.get("split", "").strip().casefold()],
        "sha256": given.get("sha256", "").strip().lower(),
    }


def _there(exists: Callable[[str], bool], path: str) -> str:
    """The path as the disk has it, an accented letter as one character or as two; empty where there is no file."""
    for form in (path, unicodedata.normalize("NFC", path), unicodedata.normalize("NFD", path)):
        if exists(form):
            return form
    return ""
