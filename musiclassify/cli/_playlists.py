"""Playlists: m3u8, with paths as seen from their folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from musiclassify.files import check_target, write_whole

from ._common import say

if TYPE_CHECKING:
    from musiclassify.library import Song
    from musiclassify.released.song import Answer

__all__ = ["Entry", "entry_of", "write_list", "write_lists", "write_playlists"]

_BEGIN = "#EXTM3U\n# by musiclassify\n"


class Entry(NamedTuple):
    """A song of a list: its path, seconds (0: unknown) and what a player shows."""

    path: str
    duration_s: float
    title: str


def entry_of(song: Song) -> Entry:
    """Make the entry of a song of a library."""
    title = " - ".join(filter(None, (song.look.artist, song.look.title))) or Path(song.name).stem
    return Entry(song.name, song.answer.duration_s or 0, title)


def write_playlists(folder: Path, answers: list[Answer], *, force: bool) -> None:
    """Write one m3u8 a genre (and one of the uncertain).

    Raises
    ------
    TargetError
        A playlist of that name is there that no earlier run wrote; none is written.
    """
    lists: dict[str, list[Entry]] = {}
    for answer in answers:
        if answer.ok and answer.path != "-":
            name = "uncertain" if answer.uncertain else str(answer.genre)
            lists.setdefault(name, []).append(Entry(answer.path, answer.duration_s or 0, Path(answer.path).stem))
    write_lists(folder, lists, what="--playlists", force=force)


def write_lists(folder: Path, lists: Mapping[str, Iterable[Entry]], *, what: str, force: bool) -> None:
    """Write lists into a folder, each under its name, having looked that all of them may be written."""
    folder.mkdir(parents=True, exist_ok=True)
    texts: dict[Path, str] = {}
    for name, entries in lists.items():
        plain = name.replace("/", "_").replace("\\", "_").lstrip(".") or "_"
        goal = folder / f"{plain}.m3u8"
        if text := _text(goal, entries):
            texts[goal] = texts.get(goal, "") + text
    for goal in texts:
        check_target(goal, what, former=_is_former, force=force)
    for goal, text in sorted(texts.items()):
        write_whole(goal, _BEGIN + text)


def write_list(goal: Path, entries: Iterable[Entry], *, what: str, force: bool) -> None:
    """Write one list."""
    check_target(goal, what, former=_is_former, force=force)
    write_whole(goal, _BEGIN + _text(goal, entries))


def _text(goal: Path, entries: Iterable[Entry]) -> str:
    lines = []
    for entry in entries:
        path = os.path.relpath(entry.path, goal.parent)
        if not path.isprintable():
            say(f"{entry.path!a}: cannot stand in a playlist; rename it without control characters")
            continue
        title = "".join(c if c.isprintable() else " " for c in entry.title)
        lines.append(f"#EXTINF:{round(entry.duration_s)},{title}\n{path}\n")
    return "".join(lines)


def _is_former(goal: Path) -> bool:
    with goal.open("rb") as file:
        return file.read(len(_BEGIN)) in (b"", _BEGIN.encode())
