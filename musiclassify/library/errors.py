"""What can be wrong with a library's database."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator

from musiclassify.audio.errors import printable
from musiclassify.errors import MusiClassifyError

__all__ = ["BusyError", "LibraryError", "said_plainly"]


class LibraryError(MusiClassifyError):
    """A database that cannot be used; the text names it, the reason and what to do.

    Parameters
    ----------
    path : path
    reason, advice : str
    """

    def __init__(self, path: str | os.PathLike[str], reason: str, advice: str) -> None:
        self.path, self.reason, self.advice = os.fspath(path), reason, advice
        super().__init__(f"{printable(self.path)}: {reason}; {advice}")


class BusyError(LibraryError):
    """Somebody else is writing the database."""


@contextlib.contextmanager
def said_plainly(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise _of(path, error) from error


def _of(path: str | os.PathLike[str], error: sqlite3.Error) -> LibraryError:
    text = str(error)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError(path, "is being written by another program", "try again when that has ended")
    if code == sqlite3.SQLITE_FULL:
        return LibraryError(path, "has no space left on its disk", "free some space and run the same command again")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return LibraryError(path, f"is damaged ({text})", "put back a copy, or remove it and scan again")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR):
        return LibraryError(path, f"cannot be read or written ({text})", "check its folder, permissions and disk")
    return LibraryError(path, f"cannot be used ({text})", "check that it is a library of this program")
