"""Playlists: one m3u8 a genre."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from musiclassify.files import check_target, write_whole

from ._common import say

if TYPE_CHECKING:
    from musiclassify.released.song import Answer

__all__ = ["write_playlists"]

_BEGIN = "#EXTM3U\n# by musiclassify\n"


def write_playlists(folder: Path, answers: list[Answer], *, force: bool) -> None:
    """Write one m3u8 a genre (and one of the uncertain), with paths as seen from the folder.

    Raises
    ------
    TargetError
        A playlist of that name is there that no earlier run wrote; none is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lists: dict[Path, list[str]] = {}
    for answer in answers:
        if not answer.ok or answer.path == "-":
            continue
        path = os.path.relpath(answer.path, folder)
        if not path.isprintable():
            say(f"{answer.path!a}: cannot stand in a playlist; rename it without control characters")
            continue
        name = "uncertain" if answer.uncertain else str(answer.genre)
        name = name.replace("/", "_").replace("\\", "_").lstrip(".") or "_"
        entry = f"#EXTINF:{round(answer.duration_s or 0)},{Path(path).stem}\n{path}\n"
        lists.setdefault(folder / f"{name}.m3u8", []).append(entry)
    for goal in lists:
        check_target(goal, "--playlists", former=_is_former, force=force)
    for goal, entries in sorted(lists.items()):
        write_whole(goal, _BEGIN + "".join(entries))


def _is_former(goal: Path) -> bool:
    with goal.open("rb") as file:
        return file.read(len(_BEGIN)) in (b"", _BEGIN.encode())
