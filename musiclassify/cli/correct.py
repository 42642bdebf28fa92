"""`musiclassify correct`: say what songs are; the next `musiclassify learn --corrections` learns it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from musiclassify.errors import UsageError

from ._common import NOTHING, OK, SOME_FAILED, carry_out, hold_closed, say

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "say what songs are, for the next `learn` to take"


def build_parser(prog: str = "musiclassify correct") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog=prog,
        usage="%(prog)s [--file FILE] SONG ... GENRE | --undo SONG ... | --list",
        description="Say what songs are. Nothing of them is changed; `musiclassify learn --corrections` takes it up.",
    )
    parser.add_argument("words", nargs="*", metavar="SONG ... GENRE", help="one song or several, then their genre")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--undo", action="store_true", help="take back what was said of these songs")
    which.add_argument("--list", action="store_true", help="list what counts, a line a song: genre, time, path")
    parser.add_argument("--file", type=Path, metavar="FILE", help="keep it here (default: in the user's data folder)")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify correct") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """Keep, take back or list; 0 all well, 1 some songs failed, 2 all did or the command was wrong."""
    from musiclassify.learn.corrections import default_corrections

    file = options.file or default_corrections()
    if options.list:
        return _list(file, options.words)
    if options.undo:
        if not options.words:
            raise UsageError("--undo needs the names of songs")
        return _each(file, options.words, None)
    if len(options.words) < 2:
        raise UsageError("name a song, or several, and then their genre: musiclassify correct song.mp3 Dub")
    *songs, genre = options.words
    return _each(file, songs, genre)


def _list(file: Path, words: Sequence[str]) -> int:
    from musiclassify.audio.errors import printable
    from musiclassify.learn.corrections import corrections

    if words:
        raise UsageError("--list takes no names")
    for one in corrections(file):
        print(f"{one.genre}\t{one.said}\t{printable(one.path)}")
    return OK


def _each(file: Path, songs: Sequence[str], genre: str | None) -> int:
    from musiclassify.audio.errors import printable
    from musiclassify.learn.corrections import correct, take_back
    from musiclassify.learn.errors import LearnError

    failed = 0
    for song in songs:
        try:
            made = take_back(file, song) if genre is None else correct(file, song, genre)
            print(f"{printable(song)}: {made.genre}{' taken back' if genre is None else ''}")
        except LearnError as error:
            failed += 1
            say(str(error))
    return OK if not failed else SOME_FAILED if failed < len(songs) else NOTHING
