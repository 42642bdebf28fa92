"""`musiclassify export`: a library as one table: CSV, JSON lines or Parquet."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from ._common import OK, SOME_FAILED, carry_out, hold_closed, say
from ._library import add_database
from ._wishes import add_wishes, wish_of

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "write a library as a table: CSV, JSON lines or Parquet"


def build_parser(prog: str = "musiclassify export") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Write the songs of a library into one table, whole or not at all.",
        epilog="Exit status: 0 songs were written, 1 none fits, 2 wrong usage or no library.",
    )
    parser.add_argument("target", type=Path, metavar="FILE", help="ends in .csv, .jsonl or .parquet (needs pyarrow)")
    add_database(parser)
    add_wishes(parser)
    parser.add_argument("--embeddings", action="store_true", help="also what songs are compared by (not in .csv)")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify export") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """Write the table; 1 where no song fits."""
    from musiclassify.files import check_target
    from musiclassify.library import open_library
    from musiclassify.library.export import check, rows, write
    from musiclassify.library.query import find

    check(options.target, embeddings=options.embeddings)
    wish = wish_of(options)
    check_target(options.target, "FILE", inputs=[options.db], former=lambda path: False, force=options.force)
    with open_library(options.db) as library:
        songs = islice(find(library, wish), options.limit)
        count = write(options.target, rows(library, songs, embeddings=options.embeddings), list(library.labels()))
    say(f"{options.target}: {count} songs")
    return OK if count else SOME_FAILED
