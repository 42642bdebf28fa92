"""What a base model heard of songs, kept by their content, so that no song is heard twice.

An SQLite file. A song is known by the sha256 of its bytes, wherever it lies and whatever it is called; what was heard
belongs to a base (by the sha256 of its graph) and to the rule by which songs are cut. Everything in it can be made
again: the file may be removed at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from types import TracebackType

import numpy as np

from musiclassify.places import cache_folder

from .errors import LearnError

__all__ = ["Cache", "content_digest", "default_cache"]

_VERSION = 1
_TABLES = f"""
PRAGMA application_id = 0x6d75736c;
PRAGMA user_version = {_VERSION};
CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, sha256 TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS heard (sha256 TEXT, asked TEXT, excerpts TEXT, segments BLOB,
                                  PRIMARY KEY (sha256, asked)) WITHOUT ROWID;
"""


def default_cache() -> Path:
    """Give the file that is used when none is named."""
    return cache_folder() / "heard.sqlite"


def content_digest(path: str | os.PathLike[str]) -> str:
    """Give the sha256 of a file, in hex."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Cache:
    """A cache that is open; may be used from several threads.

    Parameters
    ----------
    path : path
        Made, with its folder, where it is not there.
    asked : str
        What belongs to the question beside the song: base, rule, columns.
    width : int
        Columns of what was heard.

    Raises
    ------
    LearnError
        Something else stands there, or it cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str], asked: str, width: int) -> None:
        self.path, self._width, self._lock = Path(path), width, Lock()
        self._asked = hashlib.sha256(asked.encode()).hexdigest()[:16]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(self.path, timeout=60, check_same_thread=False)
            with self._told():
                self._prepare()
        except OSError as error:
            raise LearnError(f"{self.path} cannot be made ({error.strerror or error}); name another --cache") from error

    def _prepare(self) -> None:
        ((version,),) = self._base.execute("PRAGMA user_version")
        ((tables,),) = self._base.execute("SELECT count(*) FROM sqlite_master")
        if version > _VERSION or (tables and not version):
            raise LearnError(f"{self.path} is no cache that this program knows; name another --cache, or remove it")
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.executescript(_TABLES)
        self._base.commit()

    def digest(self, path: str | os.PathLike[str]) -> str:
        """Give the sha256 of a file, read anew only where its size or time changed.

        Raises
        ------
        OSError
            It cannot be read.
        """
        state, name = os.stat(path), os.fsencode(os.path.realpath(path))
        seen = (state.st_size, state.st_mtime_ns)
        with self._lock, self._told():
            row = self._base.execute("SELECT size, mtime_ns, sha256 FROM files WHERE path = ?", (name,)).fetchone()
        if row and row[:2] == seen:
            return row[2]
        found = content_digest(path)
        with self._lock, self._told(), self._base:
            self._base.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", (name, *seen, found))
        return found

    def find(self, sha256: str) -> tuple[np.ndarray, list[int]] | None:
        """Give what was heard of a song: segments float32 [n, width], and how many each excerpt has."""
        with self._lock, self._told():
            row = self._base.execute(
                "SELECT excerpts, segments FROM heard WHERE sha256 = ? AND asked = ?", (sha256, self._asked)
            ).fetchone()
        if row is None:
            return None
        excerpts = json.loads(row[0])
        if len(row[1]) != 4 * self._width * sum(excerpts):
            return None
        return np.frombuffer(row[1], "<f4").reshape(-1, self._width), excerpts

    def keep(self, sha256: str, segments: np.ndarray, excerpts: list[int]) -> None:
        """Keep what was heard; it is there for good when this returns."""
        row = (sha256, self._asked, json.dumps(excerpts), np.ascontiguousarray(segments, "<f4").tobytes())
        with self._lock, self._told(), self._base:
            self._base.execute("INSERT OR REPLACE INTO heard VALUES (?, ?, ?, ?)", row)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LearnError(f"{self.path} cannot be used ({error}); name another --cache, or remove it") from error

    def __enter__(self) -> Cache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()
