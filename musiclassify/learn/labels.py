"""Which songs have which label, and whose they are: from folders, from the files' own tags, or from a table.

Songs of one artist sound alike, so a score means something only if no artist is both learned from and tested on. The
artist is that of the table, else of the file's tags. Where both are silent it is the folder that the song lies in, as
long as that can be an album (see `LARGEST_ALBUM`), else the song is taken for an artist of its own.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from musiclassify.audio.walk import walk
from musiclassify.tags import TagError, current
from musiclassify.tags.genres import same

from .errors import LearnError

__all__ = ["LARGEST_ALBUM", "Labelled", "Song", "from_folders", "from_table", "from_tags", "with_labels"]

LARGEST_ALBUM = 30
"""A folder with more songs than this is a collection, not an album by one artist."""
_COLUMNS = ("path", "label", "artist")
_Named = tuple[Path, str, str]


@dataclass(frozen=True)
class Song:
    """A song that has a label.

    Attributes
    ----------
    path : str
    label : str
    group : str
        What may not be parted: ``artist ...``, ``folder ...``, or ``song ...`` for one that nothing is known about.
    """

    path: str
    label: str
    group: str


@dataclass(frozen=True)
class Labelled:
    """What was found.

    Attributes
    ----------
    songs : list of Song
        Sorted by path.
    passed_over : list of (str, str)
        Files that have no label, or could not be found, and why.
    """

    songs: list[Song] = field(default_factory=list)
    passed_over: list[tuple[str, str]] = field(default_factory=list)


def from_folders(music: str | os.PathLike[str]) -> Labelled:
    """Take the first folder below `music` as the label of the songs in it.

    Raises
    ------
    LearnError
        No folder, or no songs in it.
    """
    root, paths, passed = _found(music)
    named: list[_Named] = []
    folders: dict[Path, Path] = {}
    for path in paths:
        label, *inner = path.relative_to(root).parts
        if not inner:
            passed.append((str(path), "lies in no folder that could be its label"))
            continue
        named.append((path, label, ""))
        if len(inner) > 1:  # MUSIC/label/artist/...: everything of that folder is one artist's
            folders[path] = root / label / inner[0]
    return Labelled(_grouped(named, folders), passed)


def from_tags(music: str | os.PathLike[str]) -> Labelled:
    """Take the first genre of the files' own tags as their label; spellings of one name are one label.

    Raises
    ------
    LearnError
        No folder, or no songs in it.
    """
    root, paths, passed = _found(music)
    named: list[_Named] = []
    for path in paths:
        try:
            tags = current(path)
        except TagError as error:
            passed.append((str(path), error.reason))
            continue
        genres = [genre.strip() for genre in tags.genre if genre.strip()]
        if not genres:
            passed.append((str(path), "has no genre in its tags"))
            continue
        named.append((path, genres[0], tags.artist))
    names = _spelled_once(label for _, label, _ in named)
    named = [(path, names[label], artist) for path, label, artist in named]
    return Labelled(_grouped(named, _albums(named, root)), passed)


def from_table(music: str | os.PathLike[str], table: str | os.PathLike[str]) -> Labelled:
    """Read labels from a CSV file with the columns ``path``, ``label`` and, if known, ``artist``.

    Parameters
    ----------
    music : path
        The folder that relative paths begin at.
    table : path
        UTF-8, with a line of names first.

    Raises
    ------
    LearnError
        The table cannot be read, lacks a column or a value (with the line), or gives a song two labels.
    """
    root = Path(music)
    passed: list[tuple[str, str]] = []
    known: dict[Path, _Named] = {}
    for line, row in _rows(table):
        path, label, artist = (str(row.get(name) or "").strip() for name in _COLUMNS)
        if not path or not label:
            raise LearnError(f"{table}: line {line} lacks a path or a label; fill it in or remove the line")
        full = root / path
        if full in known and known[full][1] != label:
            raise LearnError(f"{table}: line {line} gives {path} another label than before; keep one of them")
        known[full] = (full, label, artist)
    passed += [(str(path), f"stands in {table} and is not there") for path in known if not path.is_file()]
    named = [one for path, one in known.items() if path.is_file()]
    if not named:
        raise LearnError(f"{table}: none of its songs is there; paths must begin at {music}")
    return Labelled(_grouped(named, _albums(named, root)), passed)


def with_labels(found: Labelled, corrected: dict[str, str]) -> tuple[Labelled, int]:
    """Put other labels in the place of those found; songs that were not found are added.

    Parameters
    ----------
    found : Labelled
    corrected : dict of str to str
        Absolute path -> label.

    Returns
    -------
    (Labelled, int)
        And how many labels were changed or added.
    """
    left = dict(corrected)
    names = _spelled_once([*(song.label for song in found.songs), *left.values()])
    songs, changed = [], 0
    for song in found.songs:
        label = left.pop(os.path.realpath(song.path), None)
        changed += label is not None
        songs.append(song if label is None else replace(song, label=names[label]))
    there = {path: label for path, label in left.items() if os.path.isfile(path)}
    songs += _grouped([(Path(path), names[label], "") for path, label in there.items()], {})
    gone = [(path, "was corrected and is not there any more") for path in left if path not in there]
    passed = [(path, why) for path, why in found.passed_over if os.path.realpath(path) not in there]
    return Labelled(sorted(songs, key=lambda song: song.path), passed + gone), changed + len(there)


def _found(music: str | os.PathLike[str]) -> tuple[Path, list[Path], list[tuple[str, str]]]:
    root = Path(music)
    if not root.is_dir():
        raise LearnError(f"{music} must be a folder with music")
    found = walk(root)
    if not found.sounds:
        raise LearnError(f"{music} holds no sound files; name a folder with music")
    return root, found.sounds, [(error.path, error.reason) for error in found.unreadable]


def _rows(table: str | os.PathLike[str]) -> list[tuple[int, dict[str, str]]]:
    try:
        with Path(table).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in _COLUMNS[:2] if name not in (reader.fieldnames or [])]
            if missing:
                raise LearnError(f"{table} lacks a column; its first line must name path and label")
            return [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LearnError(f"{table} cannot be read ({error}); name a CSV file in UTF-8") from error


def _grouped(named: list[_Named], folders: dict[Path, Path]) -> list[Song]:
    """Say whose the songs are; `folders` hold songs of one artist each, where nothing else is known."""
    songs = []
    for path, label, artist in named:
        artist = " ".join((artist or _artist(path)).casefold().split())
        folder = folders.get(path)
        group = f"artist {artist}" if artist else f"folder {folder}" if folder else f"song {path}"
        songs.append(Song(str(path), label, group))
    return sorted(songs, key=lambda song: song.path)


def _albums(named: list[_Named], root: Path) -> dict[Path, Path]:
    """Give the songs whose folder can be an album: below `root`, not too many, not all that there is of a label."""
    crowd = Counter(path.parent for path, _, _ in named)
    homes: dict[str, set[Path]] = {}
    for path, label, _ in named:
        homes.setdefault(label, set()).add(path.parent)
    whole = {home for folders in homes.values() if len(folders) == 1 for home in folders}
    return {
        path: path.parent
        for path, _, _ in named
        if root in path.parent.parents and crowd[path.parent] <= LARGEST_ALBUM and path.parent not in whole
    }


def _artist(path: Path) -> str:
    try:
        return current(path).artist
    except TagError:
        return ""


def _spelled_once(labels: Iterable[str]) -> dict[str, str]:
    """Give each spelling the one that is used most of those that are the same name."""
    found: dict[str, str] = {}
    for label, _ in sorted(Counter(labels).items(), key=lambda item: (-item[1], item[0])):
        found[label] = next((name for name in dict.fromkeys(found.values()) if same(name, label)), label)
    return found
