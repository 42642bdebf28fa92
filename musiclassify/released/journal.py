"""Answers kept as they come, so that a run that was stopped goes on where it was.

A journal begins with the line `HEADER`; nothing else is ever written into or removed. JSON lines ``{"file", "size",
"mtime_ns", "asked", "answer"}`` follow. An answer counts again only for the same file (path, size, time) asked the same
(model by sha256, rule, effort). Errors are not kept: their cause may have gone. A last line that was cut off is passed
over.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType

from musiclassify.audio.excerpts import Rule
from musiclassify.errors import TargetError
from musiclassify.files import goal_of

from .answer import Answer
from .effort import Effort, effort_of
from .song import Model

__all__ = ["HEADER", "PREFIX", "Journal", "check_journal"]

HEADER = b'{"musiclassify": "journal", "version": 1}\n'
PREFIX = ".musiclassify-journal-"
"""How names of journals begin that nobody chose."""


def check_journal(path: Path) -> None:
    """Refuse a file that is no journal.

    Raises
    ------
    TargetError
        Something stands there that no earlier run wrote.
    """
    goal = goal_of(path)
    if not goal.parent.is_dir() or goal.is_dir():
        raise TargetError(f"--journal {path} must be a file in a folder that is there")
    if not goal.exists():
        return
    if goal.is_file():
        with goal.open("rb") as file:
            begin = file.read(len(HEADER))
        if begin == HEADER or (not begin and goal.name.startswith(PREFIX)):
            return
    raise TargetError(f"--journal {path} is there and is no journal of this program; name another file, or remove it")


class Journal:
    """A journal that is open for reading and appending.

    Parameters
    ----------
    path : Path
    model : Model
    rule, effort
        As the songs are asked about in this run.

    Raises
    ------
    TargetError
        The file is there and is no journal.
    """

    def __init__(self, path: Path, model: Model, rule: Rule, effort: Effort | None = None) -> None:
        check_journal(path)
        self.path = goal_of(path)
        heard = effort or effort_of(model.release.config)
        asked = json.dumps([model.release.digest, model.name, asdict(rule), asdict(heard)], sort_keys=True)
        self._asked = hashlib.sha256(asked.encode()).hexdigest()[:16]
        self._known: dict[tuple[str, int, int], Answer] = {}
        whole = 0
        if self.path.exists():
            for line in self.path.read_bytes().splitlines(keepends=True):
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                self._learn(line)
        self._file = self.path.open("a+b")
        self._file.truncate(whole)
        if not whole:
            self._file.write(HEADER)
            self._file.flush()

    def _learn(self, line: bytes) -> None:
        try:
            record = json.loads(line)
            if record["asked"] == self._asked:
                key = (record["file"], record["size"], record["mtime_ns"])
                self._known[key] = Answer.from_dict(record["answer"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return

    def find(self, path: str) -> Answer | None:
        """Give the answer that a song already has."""
        key = _key(path)
        found = self._known.get(key) if key else None
        return replace(found, path=path) if found else None

    def keep(self, answer: Answer) -> None:
        """Append an answer; it is on its way to the disk when this returns."""
        key = None if answer.status == "error" else _key(answer.path)
        if key:
            file, size, mtime_ns = key
            record = {"file": file, "size": size, "mtime_ns": mtime_ns, "asked": self._asked}
            line = json.dumps({**record, "answer": answer.to_dict()}) + "\n"
            self._file.write(line.encode())
            self._file.flush()

    def forget(self) -> None:
        """Remove the journal: the run is complete."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _key(path: str) -> tuple[str, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return os.path.abspath(path), found.st_size, found.st_mtime_ns
