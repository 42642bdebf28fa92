"""`musiclassify duplicates`: songs that stand more than once in a library; nothing is thrown away."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ._common import OK, carry_out, hold_closed, say
from ._library import add_database, relative
from ._wishes import probability

if TYPE_CHECKING:
    from musiclassify.library import Library
    from musiclassify.library.duplicates import Group
    from musiclassify.library.vectors import Vectors

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "find songs that stand more than once in a library"

_TOLD = {"file": "the same file", "sound": "the same sound, other tags", "near": "nearly the same by ear"}


def build_parser(prog: str = "musiclassify duplicates") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="List files that are the same, that have the same sound under other tags, and (to be listened to) "
        "those that sound nearly the same and last as long, such as two codings of one recording. Nothing is changed.",
    )
    add_database(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--exact", action="store_true", help="only the same files and sounds")
    how.add_argument(
        "--alike", type=probability, metavar="X",
        help="how much alike two songs must be to be named, from 0 to 1 (default: 0.97)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="a JSON object a group and line")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify duplicates") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """List the groups."""
    from musiclassify.library import open_library
    from musiclassify.library.duplicates import ALIKE, duplicates

    count = 0
    with open_library(options.db) as library:
        vectors = None if options.exact else _vectors(library)
        for group in duplicates(library, vectors, alike=ALIKE if options.alike is None else options.alike):
            count += 1
            print(_line(group, as_json=options.json))
    if not count:
        say("no song stands there twice")
    return OK


def _vectors(library: Library) -> Vectors | None:
    """Give the embeddings of the model that heard most; None, with a word, where there are none."""
    from musiclassify.library import LibraryError
    from musiclassify.library.vectors import load

    models = library.models()
    try:
        return load(library, models[0][1]) if models else None
    except LibraryError as error:
        say(f"only the same files and sounds are looked for: {error}")
        return None


def _line(group: Group, *, as_json: bool) -> str:
    if as_json:
        songs = [
            {"path": song.name, "size": song.look.size, "duration_s": song.answer.duration_s} for song in group.songs
        ]
        return json.dumps({"how": group.how, "likeness": round(group.likeness, 6), "songs": songs})
    from musiclassify.audio.errors import printable

    how = _TOLD[group.how] + (f" ({group.likeness:.3f})" if group.how == "near" else "")
    names = "".join(f"    {printable(relative(song.name))}\n" for song in group.songs)
    return f"{how}:\n{names}".rstrip()
