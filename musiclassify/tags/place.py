"""Put a new file in the place of an old one, whole or not at all, with its owner, its mode and what is attached to it.

What cannot be kept is refused: a file of several names (hard links) would lose its connection with the others, one of
another user its owner, and one without permission to write was meant to stay as it is.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .data import TagError

__all__ = ["Care", "check", "replacement", "scratch", "sweep"]

_PART = re.compile(r"\.musiclassify-(\d+)-\d+\.part")
_OLD_S = 600
_numbers = itertools.count()
_swept: set[Path] = set()


@dataclass(frozen=True)
class Care:
    """What is to be done with files that are special.

    Attributes
    ----------
    keep_times : bool
        The file keeps its time of change: programs that look for changed files will not see this one.
    write_protected : bool
        Files without permission to write (mode 444) are written too.
    split_links : bool
        Of a file with several names (hard links) only this name gets the new tags, as a file of its own.
    """

    keep_times: bool = False
    write_protected: bool = False
    split_links: bool = False


def check(path: Path, care: Care) -> os.stat_result:
    """Refuse a file that cannot be replaced as it should be; give what it is.

    Raises
    ------
    TagError
    """
    try:
        found = path.stat()
    except OSError as error:
        raise TagError(path, f"cannot be read ({error.strerror or error})", "check its name") from error
    if not stat.S_ISREG(found.st_mode):
        raise TagError(path, "is not a file", "name a sound file")
    if not care.write_protected:
        if not found.st_mode & 0o200:
            mode = stat.S_IMODE(found.st_mode)
            raise TagError(path, f"is write-protected (mode {mode:o})", "allow it with --write-protected")
        if not os.access(path, os.W_OK):
            raise TagError(path, "may not be written by this user", "run as its owner")
    if found.st_nlink > 1 and not care.split_links:
        reason = f"has {found.st_nlink} names (hard links), and its new tags would stand under this one only"
        raise TagError(path, reason, "allow it with --split-links")
    return found


@contextlib.contextmanager
def replacement(path: Path, care: Care) -> Iterator[tuple[BinaryIO, Path]]:
    """Give a file to write; when all went well it stands in the place of ``path``, else nothing has changed.

    Yields
    ------
    file : binary file object
        Open for writing and reading.
    place : Path
        Its name until then.

    Raises
    ------
    TagError
        See `check`; or the owner cannot be kept, or the disk is full.
    """
    before = check(path, care)
    with scratch(path) as (file, place):
        yield file, place
        file.flush()
        _dress(path, place, before)
        if care.keep_times:
            os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
        else:
            os.utime(place)
        os.fsync(file.fileno())
        now = path.stat()
        if (now.st_size, now.st_mtime_ns, now.st_ino) != (before.st_size, before.st_mtime_ns, before.st_ino):
            raise TagError(path, "was changed by somebody else in the meantime", "try again")
        os.replace(place, path)


@contextlib.contextmanager
def scratch(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Give an empty file beside ``path`` that is gone afterwards, unless it was moved."""
    sweep(path.parent)
    place = path.with_name(f".musiclassify-{os.getpid()}-{next(_numbers)}.part")
    try:
        with place.open("x+b") as file:
            yield file, place
    except OSError as error:
        raise TagError(path, f"its tags cannot be written ({error.strerror or error})", "check the disk") from error
    finally:
        with contextlib.suppress(OSError):
            place.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what a run that was killed has left in a folder; once in the life of a process."""
    if folder in _swept:
        return
    _swept.add(folder)
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            match = _PART.fullmatch(entry.name)
            if match and time.time() - entry.stat().st_mtime > _OLD_S and not _alive(int(match[1])):
                os.unlink(entry.path)


def _dress(path: Path, place: Path, before: os.stat_result) -> None:
    """Give the new file the owner, the mode and the attributes of the old one."""
    now = place.stat()
    if hasattr(os, "chown") and (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        try:
            os.chown(place, before.st_uid, before.st_gid)
        except OSError as error:
            raise TagError(path, "would change its owner or group", "run as its owner") from error
    shutil.copystat(path, place)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
