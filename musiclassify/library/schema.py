"""The tables of a library, and how its file is opened.

``songs`` has a row a file, ``answers`` a row for what one model heard in one piece of coded sound: files with the same
sound share it, so that a file that was moved, copied or tagged anew needs not be heard again. Paths are bytes, as the
system has them. ``meta`` holds ``state``, which no two states of any library share, and what the last scan said.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from pathlib import Path
from urllib.parse import quote

from musiclassify.files import goal_of

from .errors import LibraryError, said_plainly

__all__ = ["VERSION", "connect", "new_state", "refuse_foreign"]

VERSION = 1
APPLICATION = 0x4D43_6C62
"""``MClb``, in the head of the file."""

_HEAD = b"SQLite format 3\0"
_WAIT_S = 10.0
_FOREIGN, _LEFT = "is a database of another program", "name another file: this one is left as it is"

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE answers (
    id INTEGER PRIMARY KEY,
    sound BLOB NOT NULL,         -- sha256 of the coded sound; of the file where there is none
    model TEXT NOT NULL,
    digest TEXT NOT NULL,        -- sha256 of the model's graph
    status TEXT NOT NULL,        -- ok, error, too_short or silent
    genre TEXT,
    confidence REAL,
    uncertain INTEGER NOT NULL,
    duration_s REAL,
    message TEXT NOT NULL,
    kind TEXT NOT NULL,          -- speech, noise or tones where it is no music; else empty
    probabilities TEXT NOT NULL, -- JSON: genre -> probability
    moods TEXT NOT NULL,         -- JSON: tag -> probability, the strongest first
    embedding BLOB,              -- float32, little-endian
    UNIQUE (sound, digest)
);
CREATE TABLE songs (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,   -- absolute
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    content BLOB,                -- sha256 of the file; NULL where it could not be read
    answer INTEGER REFERENCES answers (id),
    title TEXT NOT NULL,
    artist TEXT NOT NULL,
    tagged TEXT NOT NULL,        -- JSON: the genres of its tags
    problem TEXT NOT NULL,       -- why it could not be read the last time; else empty
    added REAL NOT NULL,         -- seconds since 1970
    removed REAL                 -- when it was found to be gone; NULL while it is there
);
CREATE INDEX songs_by_content ON songs (content);
CREATE INDEX songs_by_answer ON songs (answer);
"""


def connect(path: str | Path, *, write: bool) -> sqlite3.Connection:
    """Open a library's file.

    Parameters
    ----------
    path : path
    write : bool
        Also make it where there is none.

    Raises
    ------
    LibraryError
        It is missing, no library, damaged, or of a newer version of this program.
    """
    path = goal_of(path)
    _check_head(path, write)
    with said_plainly(path):
        connection = _open(path, "rwc" if write else "ro")
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            if write:
                connection.execute("PRAGMA synchronous = NORMAL")
            _check(connection, path, write)
        except BaseException:
            connection.close()
            raise
    return connection


def refuse_foreign(path: Path) -> None:
    """Refuse a file that no library may be written to, before anything is laid beside it; see `connect`."""
    _check_head(path, write=True)
    if path.exists() and path.stat().st_size:
        with said_plainly(path), contextlib.closing(_open(path, "ro")) as connection:
            if any(kind := _kind(connection)) and kind[0] != APPLICATION:
                raise LibraryError(path, _FOREIGN, _LEFT)


def _open(path: Path, mode: str) -> sqlite3.Connection:
    name = quote(os.fsencode(path.as_posix().lstrip("/")))  # any byte may stand in a name
    return sqlite3.connect(f"file:///{name}?mode={mode}", uri=True, timeout=_WAIT_S, isolation_level=None)


def _check_head(path: Path, write: bool) -> None:
    """Refuse what is no database, without a touch."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_HEAD))
    except FileNotFoundError:
        if write and path.parent.is_dir():
            return
        missing = "lies in a folder that does not exist" if write else "does not exist"
        raise LibraryError(path, missing, "make it" if write else "make it with `musiclassify scan MUSIC`") from None
    except OSError as error:
        raise LibraryError(path, f"cannot be read ({error.strerror or error})", "name a file of yours") from error
    if head and head != _HEAD:
        raise LibraryError(path, "is no database", _LEFT)
    if not head and not write:
        raise LibraryError(path, "is empty", "fill it with `musiclassify scan MUSIC`")


def _check(connection: sqlite3.Connection, path: Path, write: bool) -> None:
    application, version, tables = _kind(connection)
    if not (application or version or tables):  # nothing was made yet, or the making was stopped
        if not write:
            raise LibraryError(path, "is empty", "fill it with `musiclassify scan MUSIC`")
        _make(connection)
        return
    if application != APPLICATION:
        raise LibraryError(path, _FOREIGN, _LEFT)
    if version > VERSION:
        reason = f"was written by a newer MusiClassify (schema {version}; this one knows {VERSION})"
        raise LibraryError(path, reason, "update MusiClassify, or name another file")
    if version < VERSION:
        raise LibraryError(path, f"has the unknown schema {version}", "remove it and scan again")


def _kind(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """Mark of the program, version of the schema, number of tables."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return application, version, tables


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in filter(str.strip, _TABLES.split(";\n")):
            connection.execute(statement)
        connection.execute("INSERT INTO meta VALUES ('state', ?)", (new_state(),))
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def new_state() -> str:
    """Give a value that no state of a library has had."""
    return secrets.token_hex(16)
