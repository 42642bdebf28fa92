"""Which songs of a library are meant."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .store import Library, Song

__all__ = ["Wish", "find"]


@dataclass(frozen=True)
class Wish:
    """What is asked for; all of it must hold.

    Attributes
    ----------
    genres : sequence of str
        One of them is the answer; case counts nothing.
    moods : sequence of str
        All of them were heard.
    min_confidence, max_confidence : float
        Bounds of the answer's probability, 0 to 1.
    paths : sequence of str
        Patterns as of a shell, one of which fits the path; what does not begin with a slash fits anywhere below one.
    artist : str
        A part of the artist's name.
    uncertain : bool or None
        Whether the answer is; None for both.
    failed : bool
        Only songs without an answer; else only songs with one.
    everything : bool
        Songs with and without an answer.
    removed : bool
        Only songs whose files are gone; else only songs that are there.
    """

    genres: Sequence[str] = ()
    moods: Sequence[str] = ()
    min_confidence: float = 0.0
    max_confidence: float = 1.0
    paths: Sequence[str] = ()
    artist: str = ""
    uncertain: bool | None = None
    failed: bool = False
    everything: bool = False
    removed: bool = False


def find(library: Library, wish: Wish) -> Iterator[Song]:
    """Give the songs that are meant, sorted by path."""
    where, values = _conditions(wish)
    fits = _pattern(wish.paths)
    for song in library.songs(" AND ".join(where), values):
        if fits is None or fits.match(song.name):
            yield song


def _conditions(wish: Wish) -> tuple[list[str], list[Any]]:
    where = [f"removed IS {'NOT ' if wish.removed else ''}NULL"]
    values: list[Any] = []
    failed = "(problem != '' OR status IS NULL OR status != 'ok')"
    if not wish.everything:
        where.append(failed if wish.failed else f"NOT {failed}")
    if wish.genres:
        where.append(f"lower(genre) IN ({', '.join('?' * len(wish.genres))})")
        values += [genre.lower() for genre in wish.genres]
    for mood in wish.moods:
        where.append("EXISTS (SELECT 1 FROM json_each(moods) WHERE lower(key) = ?)")
        values.append(mood.lower())
    if wish.min_confidence > 0 or wish.max_confidence < 1:
        where.append("confidence BETWEEN ? AND ?")
        values += [wish.min_confidence, wish.max_confidence]
    if wish.uncertain is not None:
        where.append("uncertain = ?")
        values.append(int(wish.uncertain))
    if wish.artist:
        where.append("instr(lower(artist), ?) > 0")
        values.append(wish.artist.lower())
    return where, values


def _pattern(paths: Sequence[str]) -> re.Pattern[str] | None:
    """One expression for all patterns; a bare one begins after any slash, and a folder means what lies in it."""
    if not paths:
        return None
    parts = []
    for path in paths:
        anchored = path if os.path.isabs(path) else f"*{os.sep}{path}"
        parts.append(fnmatch.translate(anchored.rstrip(os.sep) + (f"{os.sep}*" if path.endswith(os.sep) else "")))
    return re.compile("|".join(parts))
