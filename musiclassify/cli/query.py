"""`musiclassify query`: songs of a library by genre, mood, confidence, path; nothing is heard."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import islice

from musiclassify.formats import FORMATS

from ._common import OK, SOME_FAILED, bounded, carry_out, hold_closed, say
from ._library import add_database
from ._wishes import add_wishes, wish_of

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "find songs of a library by genre, mood, confidence, path"


def build_parser(prog: str = "musiclassify query") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="List the songs of a library that fit, sorted by path. Nothing is heard.",
        epilog="Exit status: 0 songs were found, 1 none fits, 2 wrong usage or no library.",
    )
    add_database(parser)
    add_wishes(parser)
    group = parser.add_argument_group("what is written")
    formats = "; ".join(f"{name}: {entry.HELP}" for name, entry in FORMATS.all().items())
    group.add_argument("--format", choices=FORMATS.names(), help=f"{formats} (default: text)")
    group.add_argument("--top", type=bounded(1, 1_000), metavar="N", help="only the N most probable genres")
    how = group.add_mutually_exclusive_group()
    how.add_argument("--count", action="store_true", help="only the number of songs")
    how.add_argument("--print0", action="store_true", help="only the names, a zero byte after each, as for xargs -0")
    parser.set_defaults(output=None, timeline=False)
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify query") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """List the songs; 0 some were found, 1 none fits."""
    from musiclassify.library import open_library
    from musiclassify.library.query import find

    from ._results import rows, shape_of

    wish = wish_of(options)
    with open_library(options.db) as library:
        found = islice(find(library, wish), options.limit)
        if options.count:
            count = sum(1 for _ in found)
            print(count)
            return OK if count else SOME_FAILED
        if options.print0:
            names = [song.path for song in found]
            sys.stdout.buffer.write(b"".join(name + b"\0" for name in names))
            return OK if names else SOME_FAILED
        answers = [song.answer for song in found]
        shape = shape_of(options, library.labels() or ("",), [answer.path for answer in answers])
        with rows(options, shape) as write:
            for answer in answers:
                write(answer)
    if not answers:
        say("no song fits")
    return OK if answers else SOME_FAILED
