"""Where results go: rows to standard output or whole into a file, and what was asked beside them."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from musiclassify import __version__
from musiclassify.errors import TargetError, UsageError
from musiclassify.files import goal_of, whole, write_whole
from musiclassify.formats import Base, Screen, by_extension, form

if TYPE_CHECKING:
    from musiclassify.audio.excerpts import Rule
    from musiclassify.released.song import Answer, Model

__all__ = ["check_run_file", "is_former_output", "rows", "run_beside", "save_run", "shape_of"]

_PROGRAMS = ("musiclassify ", "classify.py ")


def shape_of(options: argparse.Namespace, labels: tuple[str, ...], songs: list[str]) -> Base:
    """Give the form that rows are written in."""
    named = options.format or (by_extension(options.output) if options.output else None)
    screen = None
    if options.output is None and sys.stdout is not None and sys.stdout.isatty():
        from musiclassify.audio.errors import printable
        from musiclassify.formats.text import width_of

        colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        longest = max((width_of(printable(song)) for song in songs), default=0)
        screen = Screen(shutil.get_terminal_size().columns, colour, longest)
    return form(named or "text", labels, top=options.top, timeline=options.timeline, screen=screen)


@contextlib.contextmanager
def rows(options: argparse.Namespace, shape: Base) -> Iterator[Callable[[Answer], None]]:
    """Give a function that writes an answer; the document is whole at the end, however that comes."""
    if options.output is None:
        if sys.stdout is None:
            raise UsageError("standard output is closed; name a file with --output FILE")
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace", encoding="utf-8" if shape.machine else None)
        with _document(sys.stdout, shape) as write:
            yield write
        return
    with (
        whole(options.output) as unfinished,
        unfinished.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
        _document(file, shape) as write,
    ):
        yield write


@contextlib.contextmanager
def _document(file: IO[str], shape: Base) -> Iterator[Callable[[Answer], None]]:
    between = ""

    def write(answer: Answer) -> None:
        nonlocal between
        file.write(between + shape.row(answer))
        file.flush()
        between = shape.between

    file.write(shape.header)
    try:
        yield write
    except KeyboardInterrupt:
        file.write(shape.footer)
        file.flush()
        raise
    file.write(shape.footer)
    file.flush()


def run_beside(output: Path) -> Path:
    """Name the file that says how an output was made."""
    return output.with_name(output.name + ".run.json")


def is_former_output(output: Path) -> bool:
    """Whether a file is what an earlier run wrote: empty, or the one that the run's own file beside it names.

    Runs since 1.2 keep the sha256 of what they wrote: an output that was edited afterwards is the user's.
    """
    if not output.stat().st_size:
        return True
    run = _read_run(run_beside(output))
    if run is None:
        return False
    if "output_sha256" in run:
        with output.open("rb") as file:
            return run["output_sha256"] == hashlib.file_digest(file, "sha256").hexdigest()
    arguments = run.get("arguments")
    return isinstance(arguments, dict) and Path(str(arguments.get("output"))).name == output.name


def check_run_file(output: Path) -> None:
    """Refuse to write over a ``.run.json`` that is not a run's."""
    path = run_beside(output)
    if os.path.lexists(path) and _read_run(goal_of(path)) is None:
        raise TargetError(f"{path} is there and was not written by an earlier run; name another --output")


def _read_run(path: Path) -> dict[str, Any] | None:
    try:
        run = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    ours = isinstance(run, dict) and str(run.get("program", "")).startswith(_PROGRAMS) and "model_sha256" in run
    return run if ours else None


def save_run(options: argparse.Namespace, model: Model, rule: Rule, counts: Counter[str], started: float) -> None:
    """Write what was asked, of which model, and how it went."""
    from dataclasses import asdict

    given = {name: str(value) if isinstance(value, Path) else value for name, value in vars(options).items()}
    with options.output.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    record = {
        "program": f"musiclassify {__version__}",
        "model": model.name,
        "model_sha256": model.release.digest,
        "rule": asdict(rule),
        "arguments": given,
        "output_sha256": digest,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 3),
        "songs": counts.total(),
        "statuses": dict(counts),
    }
    write_whole(run_beside(options.output), json.dumps(record, indent=2) + "\n")
