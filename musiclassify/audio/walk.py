"""Find the sounds below a folder: one walk and one set of extensions for all that reads folders.

Links are followed, to files and to folders, yet no folder is entered twice, by whatever names it can be reached:
links that lead round in a circle end there. A folder keeps its real name before those of links to it. Names that
begin with a dot (hidden ones, and the ``._*`` forks of some archives) are passed over.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .errors import DecodeError

__all__ = ["EXTENSIONS", "Found", "find_sounds", "walk"]

EXTENSIONS = frozenset(
    f".{kind}"
    for kind in (
        *("wav", "wave", "au", "snd", "aif", "aiff", "aifc", "caf", "flac", "ogg", "oga", "opus"),
        *("mp2", "mp3", "aac", "m4a", "m4b", "mp4", "mka", "webm", "wma"),
    )
)
"""What a sound file in a folder is recognised by (any case). Files that are named are always opened."""


@dataclass(frozen=True)
class Found:
    """What lies below a folder.

    Attributes
    ----------
    sounds : list of Path
        Sorted; the paths begin with the folder as it was given.
    unreadable : list of DecodeError
        The folders that could not be read, each with the reason: what lies in them is missing above.
    """

    sounds: list[Path] = field(default_factory=list)
    unreadable: list[DecodeError] = field(default_factory=list)


def walk(folder: str | os.PathLike[str]) -> Found:
    """Find the sounds below a folder, and the folders that would not tell.

    Examples
    --------
    >>> walk("music").sounds  # doctest: +SKIP
    [PosixPath('music/a.mp3'), PosixPath('music/b/c.flac')]
    """
    found = Found()
    seen: set[tuple[int, int]] = set()
    links = deque([Path(folder)])
    while links:  # links to folders come after all real folders
        level = [links.popleft()]
        while level:
            here = level.pop()
            try:
                state = here.stat()
                if (state.st_dev, state.st_ino) in seen:
                    continue
                seen.add((state.st_dev, state.st_ino))
                with os.scandir(here) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                found.unreadable.append(_unreadable(here, error))
                continue
            folders = _sort_in(entries, here, found, links)
            level += reversed(folders)
    found.sounds.sort()
    found.unreadable.sort(key=lambda error: error.path)
    return found


def find_sounds(folder: str | os.PathLike[str]) -> list[Path]:
    """List the sounds below a folder, sorted; see `walk`, which also tells what could not be read."""
    return walk(folder).sounds


def _sort_in(entries: list[os.DirEntry[str]], here: Path, found: Found, links: deque[Path]) -> list[Path]:
    """Put sounds and links to folders where they belong; give the real folders."""
    folders = []
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = here / entry.name
        if _is(entry.is_dir):
            if entry.is_symlink():
                links.append(path)
            else:
                folders.append(path)
        elif path.suffix.lower() in EXTENSIONS:
            nowhere = entry.is_symlink() and not os.path.exists(path)
            if _is(entry.is_file) or nowhere:  # a link that points nowhere is to be told, a pipe is not
                found.sounds.append(path)
    return folders


def _is(kind: Callable[[], bool]) -> bool:
    """Ask an entry what it is; a link that leads round in a circle, or where none may look, is nothing."""
    try:
        return kind()
    except OSError:
        return False


def _unreadable(folder: Path, error: OSError) -> DecodeError:
    if isinstance(error, PermissionError):
        return DecodeError(folder, "is a folder that may not be read", "change its permissions")
    if isinstance(error, FileNotFoundError):
        return DecodeError(folder, "does not exist", "check the name")
    return DecodeError(
        folder, f"is a folder that cannot be read ({error.strerror or error})", "mend it or leave it out"
    )
