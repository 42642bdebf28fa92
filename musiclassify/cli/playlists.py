"""`musiclassify playlists`: m3u8 lists out of a library, one a genre or mood, or a walk from one song to another."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from ._common import OK, SOME_FAILED, bounded, carry_out, hold_closed, say
from ._library import add_database
from ._wishes import add_wishes, wish_of

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "write playlists out of a library"


def build_parser(prog: str = "musiclassify playlists") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Write one m3u8 a genre (and one of the uncertain) or a mood into a folder; or, with --from and "
        "--to, one file that leads from one song to another, each song like the one before it.",
        epilog="Exit status: 0 lists were written, 1 no song fits, 2 wrong usage or no library.",
    )
    parser.add_argument("target", type=Path, metavar="FOLDER|FILE.m3u8")
    add_database(parser)
    parser.add_argument("--by", choices=("genre", "mood"), default="genre", help="default: %(default)s")
    parser.add_argument("--from", dest="start", metavar="SONG", help="where a walk begins, a song of the library")
    parser.add_argument("--to", dest="end", metavar="SONG", help="where it ends")
    parser.add_argument("-n", type=bounded(2, 10_000), default=20, help="songs of a walk (default: %(default)s)")
    parser.add_argument("--force", action="store_true", help="replace lists that no earlier run wrote")
    add_wishes(parser)
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify playlists") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """Write the lists."""
    from musiclassify.errors import UsageError

    if (options.start is None) != (options.end is None):
        raise UsageError("--from and --to go together: a walk has two ends")
    return _lists(options) if options.start is None else _walk(options)


def _lists(options: argparse.Namespace) -> int:
    from musiclassify.errors import UsageError
    from musiclassify.library import open_library
    from musiclassify.library.playlists import BY
    from musiclassify.library.query import find

    from ._playlists import entry_of, write_lists

    if options.target.exists() and not options.target.is_dir():
        raise UsageError(f"{options.target} must be a folder (a walk, with --from and --to, is one file)")
    wish = wish_of(options)
    with open_library(options.db) as library:
        lists = BY[options.by](islice(find(library, wish), options.limit))
    entries = {name: [entry_of(song) for song in songs] for name, songs in sorted(lists.items())}
    write_lists(options.target, entries, what="FOLDER", force=options.force)
    for name, songs in sorted(lists.items()):
        say(f"{name}: {len(songs)} songs")
    return OK if lists else SOME_FAILED


def _walk(options: argparse.Namespace) -> int:
    from musiclassify.errors import UsageError
    from musiclassify.library import open_library
    from musiclassify.library.playlists import walk
    from musiclassify.library.vectors import load

    from ._playlists import entry_of, write_list

    if options.target.suffix.lower() not in (".m3u8", ".m3u"):
        raise UsageError(f"{options.target} must end in .m3u8: a walk is one list")
    with open_library(options.db) as library:
        ends = {path: library.song(path) for path in (options.start, options.end)}
        for path, song in ends.items():
            if song is None or song.answer_id is None or song.removed is not None:
                raise UsageError(f"{path} is no song of the library; scan it first")
        start, end = (ends[path] for path in (options.start, options.end))
        if start.answer_id == end.answer_id or start.digest != end.digest:  # type: ignore[union-attr]
            raise UsageError("--from and --to must be two different songs that the same model heard")
        vectors = load(library, start.digest)  # type: ignore[union-attr]
        rows = [vectors.row_of(song.answer_id) for song in (start, end)]  # type: ignore[union-attr, arg-type]
        if None in rows:
            raise UsageError("--from and --to must be songs with an answer")
        way = [int(vectors.ids[at]) for at in walk(vectors, rows[0], rows[1], options.n)]  # type: ignore[arg-type]
        songs = library.songs_of(way)
    chosen = [start, *(songs[answer][0] for answer in way[1:-1]), end]
    write_list(options.target, [entry_of(song) for song in chosen], what="FILE", force=options.force)  # type: ignore[arg-type]
    say(f"{options.target}: {len(chosen)} songs")
    return OK
