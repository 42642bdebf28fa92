"""Which songs are meant."""

from __future__ import annotations

import os
from collections.abc import Sequence

__all__ = ["find_songs"]


def find_songs(paths: Sequence[str]) -> list[tuple[str, str]]:
    """Name every song, in order; folders are walked.

    Returns
    -------
    list of (str, str)
        Paths, and what is already known to be wrong with them: of folders that hold no sounds or cannot be read. Empty
        for songs.
    """
    from musiclassify.audio.walk import walk

    songs: list[tuple[str, str]] = []
    for path in paths:
        if path == "-" or not os.path.isdir(path):
            songs.append((path, ""))
            continue
        found = walk(path)
        songs += [(str(sound), "") for sound in found.sounds]
        songs += [(error.path, f"{error.reason}; {error.advice}") for error in found.unreadable]
        if not found.sounds and not found.unreadable:
            songs.append((path, "holds no sound files; name a folder with music"))
    return songs
