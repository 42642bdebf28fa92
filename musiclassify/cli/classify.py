"""`musiclassify classify`: tell the genre of songs, one file, many, or folders of them.

Results go to standard output (or whole into a file), log and progress to standard error. Exit status: 0 every
song has an answer, 1 some have none, 2 none has one or the command was wrong, 130 stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from musiclassify import __version__

from ._common import NOTHING, OK, SOME_FAILED, STOPPED, carry_out, hold_closed, say
from ._options import build_parser

if TYPE_CHECKING:
    from musiclassify.audio.excerpts import Rule
    from musiclassify.released.journal import Journal
    from musiclassify.released.song import Answer, Model, Song

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "tell the genre of songs"


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify classify") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    parser = build_parser(prog)
    options = parser.parse_args(arguments)
    if options.version:
        from musiclassify.released.registry import default_name

        print(f"{prog} {__version__} (default model: {default_name() or 'none chosen'})")
        return OK
    if not options.paths:
        parser.error("name a file, a folder, or - for standard input")
    return carry_out(run, options, prog)


def run(options: argparse.Namespace) -> int:
    """Answer, and write what was asked for; give the exit status."""
    if not options.undo_tags:
        from musiclassify.audio.isolated import prepare

        prepare()  # the decoder gets ready while the rest is loaded
    from ._checks import check_options, check_targets, journal_of
    from ._songs import find_songs

    check_options(options)
    found = find_songs(options.paths)
    songs = [song for song, _ in found]
    if options.undo_tags:
        from ._tagging import undo_tags

        return undo_tags(songs, dry_run=options.dry_run)
    check_targets(options, songs)
    return _classify(options, found, journal_of(options))


def _classify(options: argparse.Namespace, found: list[tuple[str, str]], journal_path: Path | None) -> int:
    from musiclassify.released.effort import effort_of
    from musiclassify.released.journal import Journal
    from musiclassify.released.memory import return_large_blocks
    from musiclassify.released.song import Answer, load

    from ._progress import Progress
    from ._results import rows, save_run, shape_of

    return_large_blocks()
    started = time.time()
    songs = [song for song, _ in found]
    model = load(options.model, threads=min(2, options.jobs) if len(songs) == 1 else 1)
    rule, effort = _rule(model, options), effort_of(model.release.config, options.effort)
    shape = shape_of(options, model.labels, songs)
    counts: Counter[str] = Counter()
    answers: list[Answer] = []
    try:
        with contextlib.ExitStack() as stack:
            journal = stack.enter_context(Journal(journal_path, model, rule, effort)) if journal_path else None
            known = [
                Answer(song, "error", model=model.name, message=wrong) if wrong
                else journal.find(song) if journal else None
                for song, wrong in found
            ]  # fmt: skip
            with rows(options, shape) as write:
                progress = Progress(len(songs), known=len(songs) - known.count(None))
                for answer in _answers(model, songs, known, rule, options, journal):
                    counts[answer.status] += 1
                    progress.clear()
                    write(answer)
                    progress.show(counts.total())
                    if options.write_tags or options.playlists is not None:
                        answers.append(replace(answer, excerpts=[], probabilities={}))
                progress.clear()
            if options.output is not None:
                save_run(options, model, rule, counts, started)
            if journal is not None:
                journal.forget()
    except KeyboardInterrupt:
        _say_stopped(counts.total(), len(songs), journal_path)
        return STOPPED
    if not shape.machine:
        say(f"answered by {model.name}")
    failed = counts.total() - counts["ok"] + _afterwards(options, model, rule, answers, bool(counts["ok"]))
    return NOTHING if not counts["ok"] else SOME_FAILED if failed else OK


def _afterwards(options: argparse.Namespace, model: Model, rule: Rule, answers: list[Answer], any_ok: bool) -> int:
    """Write playlists, tags and the explanation; give the number of files that could not be tagged."""
    failed = 0
    if options.playlists is not None:
        from ._playlists import write_playlists

        write_playlists(options.playlists, answers, force=options.force)
    if options.write_tags:
        from ._tagging import write_tags

        failed = write_tags(answers, dry_run=options.dry_run)
    if options.explain is not None and any_ok:
        from ._explaining import explain

        explain(options.paths[0], options.explain, model, rule)
    return failed


def _rule(model: Model, options: argparse.Namespace) -> Rule:
    rule = model.rule if options.skip is None else model.rule.with_skip(options.skip)
    return rule if options.vote is None else replace(rule, vote=options.vote)


def _answers(
    model: Model,
    songs: list[str],
    known: list[Answer | None],
    rule: Rule,
    options: argparse.Namespace,
    journal: Journal | None,
) -> Iterator[Answer]:
    """Give the songs' answers in order: those that are known, those of the model."""
    import sys

    def keep(song: Song, answer: Answer) -> None:
        if journal is not None and isinstance(song, str):
            journal.keep(answer)

    asked: Iterator[Song] = (
        sys.stdin.buffer if song == "-" else song for song, answer in zip(songs, known, strict=True) if answer is None
    )
    with contextlib.closing(
        model.classify_many(asked, jobs=options.jobs, rule=rule, effort=options.effort, finished=keep)
    ) as new:
        for song, answer in zip(songs, known, strict=True):
            yield replace(next(new), path=song) if answer is None else answer


def _say_stopped(done: int, songs: int, journal: Path | None) -> None:
    how = (
        "run the same command again to go on"
        if journal
        else "with --output FILE or --journal FILE a run can be stopped and gone on with"
    )
    say(f"stopped after {done} of {songs} songs; {how}")
