"""`musiclassify tags`: write genres and moods into the tags of files, show them, take them back."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ._common import NOTHING, OK, SOME_FAILED, carry_out, hold_closed, say
from ._tag_options import build_parser
from ._tag_writing import care_of, wish_of

if TYPE_CHECKING:
    from musiclassify.tags.plan import Plan

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "write genres and moods into tags, show them, take them back"


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify tags") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """Run one tool; 0 all well, 1 some files could not be done, 2 none could or wrong usage."""
    return {"show": _show, "write": _write, "undo": _undo}[options.tool](options)


def _songs(paths: Sequence[str]) -> list[str]:
    from ._songs import find_songs

    for path, wrong in (found := find_songs(paths)):
        if wrong:
            say(f"{path}: {wrong}")
    return [path for path, wrong in found if not wrong]


def _status(done: int, failed: int) -> int:
    return OK if not failed and done else SOME_FAILED if done else NOTHING


def _show(options: argparse.Namespace) -> int:
    from musiclassify.tags import TagError, current

    from ._table import table

    rows, failed = [], 0
    for song in _songs(options.paths):
        try:
            tags = current(song)
        except TagError as error:
            failed += 1
            say(str(error))
            continue
        for name, values in tags.blocks.items():
            told = ["; ".join(values.get(field, [])) for field in ("genre", "mood", "artist", "title")]
            rows.append([song, name, *told, "yes" if tags.ours and name == next(iter(tags.blocks)) else ""])
    if rows:
        print(table(["file", "tag", "genre", "mood", "artist", "title", "can be undone"], rows), end="")
    return _status(len(rows), failed)


def _write(options: argparse.Namespace) -> int:
    from musiclassify.released.song import load
    from musiclassify.tags import TagError
    from musiclassify.tags.journal import Journal
    from musiclassify.tags.plan import carry_out, plan

    model = load(options.model)
    wish = wish_of(options, model.labels)
    journal = Journal(options.journal) if options.journal and not options.dry_run else None
    rows, done, failed = [], 0, 0
    for answer in model.classify_many(_songs(options.paths), jobs=options.jobs):
        try:
            if not answer.ok:
                raise TagError(answer.path, answer.status.replace("_", " "), answer.message)
            made = plan(answer, wish)
            if not options.dry_run:
                carry_out(made, care_of(options), journal.keep if journal else None)
        except TagError as error:
            failed += 1
            say(str(error))
            continue
        done += 1
        rows.append(_row(made))
    _say_table(rows)
    return _status(done, failed)


def _undo(options: argparse.Namespace) -> int:
    from musiclassify.tags import TagError, current, undo
    from musiclassify.tags.journal import Journal

    journal = Journal(options.journal, new=False) if options.journal else None
    if not options.paths and journal is None:
        raise TagError("tags undo", "no file is named", "name files and folders, or a --journal")
    rows, done, failed = [], 0, 0
    for song in _songs(options.paths or (journal.paths if journal else [])):
        try:
            before = current(song)
            record = journal.find(song) if journal else None
            is_ours = before.ours if journal is None else record is not None
            if record is not None:
                before = replace(before, undone=record.genre)
            if is_ours and not options.dry_run:
                journal.undo(song, care_of(options)) if journal else undo(song, care=care_of(options))
            if is_ours:
                after = before.undone if options.dry_run else current(song).genre
                rows.append([song, "; ".join(before.genre), "; ".join(after), "", "", ""])
            done += 1
        except TagError as error:
            failed += 1
            say(str(error))
    _say_table(rows)
    return _status(done, failed)


def _row(made: Plan) -> list[str]:
    before = made.before
    genre = "; ".join(before.genre if made.genre is None else made.genre)
    mood = "; ".join(before.mood if made.mood is None else made.mood)
    return [made.path, "; ".join(before.genre), genre, "; ".join(before.mood), mood, made.why]


def _say_table(rows: list[list[str]]) -> None:
    from ._table import table

    if rows:
        print(table(["file", "genre before", "after", "mood before", "after", "left alone"], rows), end="")
