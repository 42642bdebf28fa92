"""`musiclassify watch`: hear what comes into folders, keep it in a library, and tag it on wish, until it is stopped.

Answers go to standard output, a line each, messages to standard error. Exit status: 0 stopped (Ctrl-C, SIGTERM), 2 it
could not begin.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ._common import NOTHING, OK, carry_out, hold_closed, say, seconds
from ._library import add_database, add_hearing, labels_of, model_of
from ._tag_options import add_care, add_wishes

if TYPE_CHECKING:
    from musiclassify.library import Library
    from musiclassify.library.scan import Report

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "hear what comes into folders, as it comes"

_STEP_MS = 500


def build_parser(prog: str = "musiclassify watch") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Bring a library up to date with folders, then go on hearing what comes into them, when it has "
        "come whole. Stop it when you like; it makes up for what it missed. Needs the extra `watch`.",
        epilog="Exit status: 0 stopped by Ctrl-C or SIGTERM, 2 it could not begin.",
    )
    parser.add_argument("paths", nargs="+", metavar="MUSIC", help="folders")
    add_database(parser)
    add_hearing(parser)
    parser.add_argument("--json", action="store_true", help="answers as JSON objects, a line each")
    parser.add_argument(
        "--settle", type=seconds, default=2.0, metavar="S",
        help="seconds that a file must stay the same before it is heard (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument(
        "--patience", type=seconds, default=60.0, metavar="S",
        help="the same for a file that does not open (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument("--poll", action="store_true", help="look instead of being told, as network disks may need")
    tags = parser.add_argument_group("tags (the sound stays as it is)")
    tags.add_argument("--write-tags", action="store_true", help="write what was heard into the files that came")
    add_wishes(tags)
    add_care(tags)
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify watch") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """Watch until stopped."""
    from importlib.util import find_spec

    from musiclassify.errors import UsageError
    from musiclassify.library import open_library
    from musiclassify.library.hearing import hearing
    from musiclassify.library.scan import Scan
    from musiclassify.library.watch import Settling, Watch

    if find_spec("watchfiles") is None:
        raise UsageError("watch needs watchfiles; pip install 'musiclassify[watch]'")
    for path in options.paths:
        if not Path(path).is_dir():
            raise UsageError(f"{path} must be a folder")
    name, digest, load = model_of(options.model)
    labels = labels_of(options.model)
    with open_library(options.db, write="musiclassify watch") as library:
        ask = hearing(load, jobs=options.jobs)
        teller = _Teller(library, options, labels)
        watch = Watch(
            options.paths,
            lambda: Scan(library, ask, digest, settle_s=options.settle),
            Settling(options.settle, max(options.settle, options.patience)),
            teller,
        )
        say(f"watching {', '.join(options.paths)} with {name}; stop with Ctrl-C")
        try:
            for events in _events(watch.roots, poll=options.poll):
                watch.step(events)
        except KeyboardInterrupt:
            say(f"stopped after {teller.count} songs")
            return OK
    return NOTHING  # the watcher ended by itself: it never does


def _events(roots: Sequence[str], *, poll: bool) -> Iterator[list[str]]:
    """Give the paths that something happened to, at least twice a second, with or without any."""
    from watchfiles import watch

    while True:
        there = [root for root in roots if Path(root).is_dir()]
        try:
            for changes in watch(
                *there, watch_filter=None, rust_timeout=_STEP_MS, yield_on_timeout=True, raise_interrupt=True,
                force_polling=poll or None, ignore_permission_denied=True,
            ):  # fmt: skip
                yield [path for _, path in changes]
                if [root for root in roots if Path(root).is_dir()] != there:
                    break  # a disk went or came: begin anew with what is there
        except (OSError, RuntimeError) as error:
            say(f"the folders cannot be followed for now ({error}); trying again")
            yield []


class _Teller:
    """Say what came, and write its tags."""

    def __init__(self, library: Library, options: argparse.Namespace, labels: Iterable[str]) -> None:
        from ._tag_writing import Writer

        self._library, self._as_json = library, options.json
        self._write = Writer(options, labels) if options.write_tags else None
        self.count = 0

    def __call__(self, report: Report) -> None:
        import json

        from musiclassify.audio.errors import printable
        from musiclassify.formats import form

        shape = form("text", self._library.labels() or ("",))
        for path, problem in report.problems:
            say(f"{printable(path)}: {problem}")
        for path in report.fresh:
            song = self._library.song(path)
            if song is None:
                continue
            self.count += 1
            text = json.dumps(song.answer.to_dict()) + "\n" if self._as_json else shape.row(song.answer)
            print(text.encode("utf-8", "backslashreplace").decode(), end="", flush=True)
            if self._write is not None:
                self._write(song.answer)
