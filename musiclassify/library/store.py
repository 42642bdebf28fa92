"""An open library: songs out, what a scan finds in.

Changes are made inside `Library.change`, which is one transaction: whatever stops the process, all of it is there or
nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musiclassify.files import goal_of
from musiclassify.released.song import Answer

from .errors import said_plainly
from .lock import locked
from .schema import connect, new_state, refuse_foreign

__all__ = ["Known", "Library", "Look", "Song", "open_library"]

_SONG = """
SELECT songs.id, path, size, mtime_ns, content, title, artist, tagged, problem, added, removed, answer, model, digest,
       status, genre, confidence, uncertain, duration_s, message, kind, probabilities, moods
FROM songs LEFT JOIN answers ON answers.id = songs.answer
"""


@dataclass(frozen=True)
class Look:
    """What can be seen of a file without hearing it.

    Attributes
    ----------
    path : str
        Absolute.
    size : int
        Bytes.
    mtime_ns : int
    content : bytes
        sha256 of the file.
    title, artist : str
    tagged : tuple of str
        The genres of its tags.
    """

    path: str
    size: int
    mtime_ns: int
    content: bytes = b""
    title: str = ""
    artist: str = ""
    tagged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """What a scan must know of a song: its row, stat, content and answer; see `Song`."""

    id: int
    path: bytes
    size: int
    mtime_ns: int
    content: bytes | None
    problem: str
    removed: bool
    answer: int | None
    sound: bytes | None
    digest: str | None
    status: str | None


@dataclass(frozen=True)
class Song:
    """A song of a library.

    Attributes
    ----------
    id : int
    path : bytes
        Absolute, as the system has it; `name` is the same as text.
    look : Look
    answer : Answer
        As the model gave it, without excerpts and embedding; of files that could not be read an error.
    answer_id : int or None
        The same for all files of the same sound.
    digest : str
        sha256 of the model's graph.
    added, removed : float or None
        Seconds since 1970; ``removed`` is None while the file is there.
    """

    id: int
    path: bytes
    look: Look
    answer: Answer
    answer_id: int | None
    digest: str
    added: float
    removed: float | None = None

    @property
    def name(self) -> str:
        """The path as text."""
        return os.fsdecode(self.path)


@contextlib.contextmanager
def open_library(path: str | Path, *, write: str = "") -> Iterator[Library]:
    """Open a library; to write, be the only one who does.

    Parameters
    ----------
    path : path
    write : str
        What the others are told that we do; empty to read only. Who writes makes the file where there is none.

    Raises
    ------
    LibraryError
        No library, damaged, newer, or somebody else writes (`BusyError`).
    """
    place = goal_of(path)
    with contextlib.ExitStack() as stack:
        if write:
            refuse_foreign(place)
            stack.enter_context(locked(place, write))
        connection = stack.enter_context(contextlib.closing(connect(place, write=bool(write))))
        stack.enter_context(said_plainly(place))
        yield Library(place, connection)


class Library:
    """A library that is open; see `open_library`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._sql = connection

    # --- out

    @property
    def state(self) -> str:
        """A text that changes with every change of the library and never comes again."""
        return self._sql.execute("SELECT value FROM meta WHERE name = 'state'").fetchone()[0]

    def known(self) -> dict[bytes, Known]:
        """Give every row that there is, by its path."""
        rows = self._sql.execute(
            "SELECT songs.id, path, size, mtime_ns, content, problem, removed IS NOT NULL AS removed, answer, sound,"
            " digest, status FROM songs LEFT JOIN answers ON answers.id = songs.answer ORDER BY path"
        )
        return {row["path"]: Known(**dict(row)) for row in rows}

    def songs(self, where: str = "", values: Iterable[Any] = ()) -> Iterator[Song]:
        """Give songs, sorted by path.

        Parameters
        ----------
        where : str
            A condition of SQL on the columns of `schema`; never text of a user's.
        values : iterable
            What stands for its question marks.
        """
        condition = f" WHERE {where}" if where else ""
        for row in self._sql.execute(f"{_SONG}{condition} ORDER BY path", tuple(values)):
            yield _song(row)

    def song(self, path: str | os.PathLike[str]) -> Song | None:
        """Find the song of a path."""
        key = os.fsencode(os.path.abspath(path))
        return next(self.songs("path = ?", (key,)), None)

    def embedding(self, answer: int) -> np.ndarray | None:
        """Give the embedding of an answer, float32 [n]."""
        found = self._sql.execute("SELECT embedding FROM answers WHERE id = ?", (answer,)).fetchone()
        return None if found is None or found[0] is None else np.frombuffer(found[0], "<f4").astype(np.float32)

    def embeddings(self, digest: str) -> Iterator[tuple[int, float, bytes]]:
        """Give id, seconds and embedding of a model's answers to songs that are there, by id."""
        yield from self._sql.execute(
            "SELECT id, duration_s, embedding FROM answers WHERE digest = ? AND embedding IS NOT NULL AND EXISTS"
            " (SELECT 1 FROM songs WHERE songs.answer = answers.id AND removed IS NULL) ORDER BY id",
            (digest,),
        )

    def models(self) -> list[tuple[str, str, int]]:
        """Name and digest of the models that answered songs that are there, and how many; the busiest first."""
        rows = self._sql.execute(
            "SELECT model, digest, count(*) FROM songs JOIN answers ON answers.id = songs.answer"
            " WHERE removed IS NULL GROUP BY digest ORDER BY count(*) DESC, model"
        )
        return [(str(model), str(digest), int(count)) for model, digest, count in rows]

    def labels(self) -> tuple[str, ...]:
        """Give the genres of all models that answered, those of the busiest first."""
        labels: dict[str, None] = {}
        for _, digest, _ in self.models():
            found = self._sql.execute(
                "SELECT probabilities FROM answers WHERE digest = ? AND status = 'ok' LIMIT 1", (digest,)
            ).fetchone()
            labels |= dict.fromkeys(json.loads(found[0]) if found else ())
        return tuple(labels)

    def songs_of(self, answers: Iterable[int]) -> dict[int, list[Song]]:
        """Give the songs that are there by their answers."""
        found: dict[int, list[Song]] = {}
        asked = list(answers)
        for at in range(0, len(asked), 500):  # SQLite takes so many question marks at least
            part = asked[at : at + 500]
            for song in self.songs(f"removed IS NULL AND answer IN ({', '.join('?' * len(part))})", part):
                found.setdefault(song.answer_id or 0, []).append(song)
        return found

    def answer_to(self, *, content: bytes = b"", sound: bytes = b"", digest: str = "") -> int | None:
        """Find an answer by the sha256 of a file or of its sound.

        Parameters
        ----------
        content, sound : bytes
            One of both.
        digest : str
            Of the model that must have answered; empty for any.
        """
        query = (
            "SELECT answers.id FROM answers WHERE sound = ?"
            if sound
            else "SELECT answers.id FROM songs JOIN answers ON answers.id = songs.answer WHERE content = ?"
        )
        query += " AND digest = ?" if digest else ""
        values = (sound or content, *([digest] if digest else []))
        found = self._sql.execute(f"{query} ORDER BY answers.id DESC LIMIT 1", values).fetchone()
        return found[0] if found else None

    # --- in

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """Make changes that are kept together or not at all."""
        self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._sql.execute("UPDATE meta SET value = ? WHERE name = 'state'", (new_state(),))
            self._sql.execute("COMMIT")
        except BaseException:
            if self._sql.in_transaction:
                self._sql.execute("ROLLBACK")
            raise

    def keep_answer(self, sound: bytes, digest: str, answer: Answer) -> int:
        """Keep what a model heard in a sound; what it heard before in the same is replaced. Gives the row."""
        embedding = None if answer.embedding is None else np.asarray(answer.embedding, "<f4").tobytes()
        values = {
            "sound": sound, "digest": digest, "model": answer.model, "status": answer.status, "genre": answer.genre,
            "confidence": answer.confidence, "uncertain": int(answer.uncertain), "duration_s": answer.duration_s,
            "message": _plain(answer.message), "kind": answer.sound, "embedding": embedding,
            "probabilities": json.dumps(_rounded(answer.probabilities)), "moods": json.dumps(_rounded(answer.moods)),
        }  # fmt: skip
        names, places = ", ".join(values), ", ".join("?" * len(values))
        anew = ", ".join(f"{name} = excluded.{name}" for name in values)
        found = self._sql.execute(
            f"INSERT INTO answers ({names}) VALUES ({places}) ON CONFLICT (sound, digest) DO UPDATE SET {anew}"
            " RETURNING id",
            tuple(values.values()),
        ).fetchone()
        return int(found[0])

    def keep_song(self, look: Look, answer: int | None, *, problem: str = "", row: int | None = None) -> None:
        """Keep a song: under its path, or in a row whose file was moved here."""
        tagged = json.dumps([_plain(genre) for genre in look.tagged])
        values = (
            os.fsencode(look.path), look.size, look.mtime_ns, look.content or None, answer, _plain(look.title),
            _plain(look.artist), tagged, _plain(problem),
        )  # fmt: skip
        if row is not None:
            self._sql.execute(
                "UPDATE songs SET path = ?, size = ?, mtime_ns = ?, content = ?, answer = ?, title = ?, artist = ?,"
                " tagged = ?, problem = ?, removed = NULL WHERE id = ?",
                (*values, row),
            )
            return
        self._sql.execute(
            "INSERT INTO songs (path, size, mtime_ns, content, answer, title, artist, tagged, problem, added)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, time.time()),
        )

    def mark_problem(self, row: int, problem: str) -> None:
        """Say why a song cannot be read now; what was heard in it stays."""
        self._sql.execute("UPDATE songs SET problem = ?, removed = NULL WHERE id = ?", (_plain(problem), row))

    def mark_seen(self, row: int, size: int, mtime_ns: int) -> None:
        """Say that a song is there, its content the same."""
        self._sql.execute(
            "UPDATE songs SET size = ?, mtime_ns = ?, problem = '', removed = NULL WHERE id = ?", (size, mtime_ns, row)
        )

    def mark_removed(self, rows: Iterable[int]) -> None:
        """Say that files are gone."""
        now = time.time()
        self._sql.executemany("UPDATE songs SET removed = ? WHERE id = ?", [(now, row) for row in rows])

    def forget_answers(self) -> None:
        """Drop the answers that no song has any more."""
        self._sql.execute("DELETE FROM answers WHERE id NOT IN (SELECT answer FROM songs WHERE answer IS NOT NULL)")


def _song(row: sqlite3.Row) -> Song:
    name = os.fsdecode(row["path"])
    tagged = tuple(json.loads(row["tagged"]))
    look = Look(name, row["size"], row["mtime_ns"], row["content"] or b"", row["title"], row["artist"], tagged)
    if row["answer"] is None:
        answer = Answer(name, "error", message=row["problem"])
    else:
        answer = Answer(
            name,
            row["status"],
            row["genre"],
            row["confidence"],
            bool(row["uncertain"]),
            json.loads(row["probabilities"]),
            duration_s=row["duration_s"],
            model=row["model"],
            message="; ".join(filter(None, (row["message"], row["problem"]))),
            sound=row["kind"],
            moods=json.loads(row["moods"]),
        )
    return Song(row["id"], row["path"], look, answer, row["answer"], row["digest"] or "", row["added"], row["removed"])


def _rounded(probabilities: dict[str, float]) -> dict[str, float]:
    return {name: round(p, 6) for name, p in probabilities.items()}


def _plain(text: str) -> str:
    """Give a text that SQLite takes: half a pair of surrogates becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
