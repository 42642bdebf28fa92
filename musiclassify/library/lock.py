"""One writer at a time: a lock that ends with the process, however that ends.

The lock lies on ``<database>-lock``, a file of its own: closing any handle of the database itself would let go of
SQLite's locks too. The file stays behind, empty of meaning; only a lock on it counts.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from musiclassify.audio.errors import printable

from .errors import BusyError, LibraryError

__all__ = ["locked"]

_TOLD = 1
"""Where the text in the file begins: on Windows the locked first byte cannot be read by others."""


@contextlib.contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Be the only writer of a database.

    Parameters
    ----------
    path : Path
        The database.
    what : str
        What the others are told that we do (``musiclassify scan``).

    Raises
    ------
    BusyError
        Another process writes, with its number and since when.
    LibraryError
        The folder cannot be written, or its disk knows no locks.
    """
    place = path.with_name(path.name + "-lock")
    try:
        number = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise LibraryError(path, f"cannot be written ({error.strerror or error})", "name another place") from error
    try:
        if not _take(number, path):
            raise BusyError(path, f"is being written{_by(number)}", "wait until that has ended, or stop it")
        text = f" {what}, process {os.getpid()}, since {time.strftime('%Y-%m-%d %H:%M:%S')}\n"
        os.ftruncate(number, 0)
        os.pwrite(number, text.encode(), 0) if hasattr(os, "pwrite") else os.write(number, text.encode())
        yield
    finally:
        os.close(number)


def _by(number: int) -> str:
    with contextlib.suppress(OSError):
        os.lseek(number, _TOLD, os.SEEK_SET)
        if told := os.read(number, 200).decode("utf-8", "replace").strip():
            return f" by {printable(told)}"
    return ""


def _take(number: int, path: Path) -> bool:
    """Lock an open file; False where somebody else has."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        reason = f"lies on a disk that knows no locks ({error.strerror or error})"
        raise LibraryError(path, reason, "keep the database on a local disk; the music may lie elsewhere") from error
    return True
