"""Which songs of a library a command means."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ._common import bounded

if TYPE_CHECKING:
    from musiclassify.library.query import Wish

__all__ = ["add_wishes", "probability", "wish_of"]


def add_wishes(parser: argparse.ArgumentParser) -> None:
    """Add the options; all that is given must hold."""
    group = parser.add_argument_group("which songs (all that is given must hold)")
    group.add_argument("--genre", action="append", default=[], metavar="NAME", help="one of these; may be repeated")
    group.add_argument("--mood", action="append", default=[], metavar="NAME", help="all of these; may be repeated")
    group.add_argument("--min-confidence", type=probability, default=0.0, metavar="P", help="at least so probable")
    group.add_argument("--max-confidence", type=probability, default=1.0, metavar="P", help="at most so probable")
    group.add_argument(
        "--path", action="append", default=[], metavar="GLOB",
        help="names that fit, such as 'Jazz/*' or '*.flac'; one of these; may be repeated",
    )  # fmt: skip
    group.add_argument("--artist", default="", metavar="TEXT", help="a part of the artist's name")
    sure = group.add_mutually_exclusive_group()
    sure.add_argument("--uncertain", action="store_true", help="only uncertain answers")
    sure.add_argument("--certain", action="store_true", help="only certain answers")
    which = group.add_mutually_exclusive_group()
    which.add_argument("--failed", action="store_true", help="only songs without an answer")
    which.add_argument("--all", action="store_true", help="songs with and without an answer")
    group.add_argument("--removed", action="store_true", help="only songs whose files are gone")
    group.add_argument("--limit", type=bounded(1, 1_000_000_000), metavar="N", help="at most so many")


def wish_of(options: argparse.Namespace) -> Wish:
    """Give what was asked for."""
    from musiclassify.errors import UsageError
    from musiclassify.library.query import Wish

    if options.min_confidence > options.max_confidence:
        raise UsageError(f"--min-confidence {options.min_confidence} must not be above --max-confidence")
    return Wish(
        genres=options.genre,
        moods=options.mood,
        min_confidence=options.min_confidence,
        max_confidence=options.max_confidence,
        paths=options.path,
        artist=options.artist,
        uncertain=True if options.uncertain else False if options.certain else None,
        failed=options.failed,
        everything=options.all,
        removed=options.removed,
    )


def probability(text: str) -> float:
    """A probability, as an option's type."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} must be from 0 to 1")
    return value
