"""`musiclassify learn`: a model of one's own genres, from songs that have them."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ._common import OK, SOME_FAILED, bounded, carry_out, hold_closed, say

if TYPE_CHECKING:
    from musiclassify.learn.labels import Labelled

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "learn genres of your own from songs that have them"


def build_parser(prog: str = "musiclassify learn") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Learn genres of your own. Every song is heard once by a released model, and a new last layer is "
        "fitted to that in seconds. The result is a model like any other: --model DIR uses it.",
        epilog="Exit status: 0 learned, 1 learned without songs that could not be heard, 2 not learned, 130 stopped "
        "(what was heard is kept: run it again to go on).",
    )
    parser.add_argument("music", metavar="MUSIC", help="folder with the songs")
    parser.add_argument(
        "-o", "--output", required=True, metavar="DIR", help="the model's folder; one learned before is replaced"
    )
    parser.add_argument(
        "--labels", default="folders", metavar="folders|tags|FILE.csv",
        help="where labels come from: the first folder below MUSIC, the first genre of the files' own tags, or a table "
        "with the columns path, label and, if known, artist (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--corrections", nargs="?", const="", metavar="FILE",
        help="also take what `musiclassify correct` collected (in FILE, or where that keeps it)",
    )  # fmt: skip
    parser.add_argument("--base", metavar="NAME|PATH", help="model that hears (default: the one in models/default)")
    parser.add_argument(
        "--jobs", type=bounded(1, 1_000), default=min(os.cpu_count() or 1, 4), metavar="N",
        help="songs heard at once (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--cache", metavar="FILE", help="keep what was heard here (default: in the user's cache folder)"
    )
    parser.add_argument(
        "--seed", type=bounded(0, 2**31 - 1), default=0, metavar="N", help="of the folds (default: %(default)s)"
    )
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify learn") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """Learn; 0 all well, 1 some songs could not be heard, 2 nothing was learned."""
    from musiclassify.learn.cache import default_cache
    from musiclassify.learn.corrections import default_corrections
    from musiclassify.learn.release import check_folder
    from musiclassify.learn.run import Wish
    from musiclassify.learn.run import run as learn
    from musiclassify.released.memory import return_large_blocks
    from musiclassify.released.song import load

    from ._learned import tell
    from ._progress import Progress

    return_large_blocks()
    check_folder(options.output)
    found = _labelled(options)
    music, output = Path(os.path.abspath(options.music)).name or "music", Path(os.path.abspath(options.output)).name
    wish = Wish(
        options.output,
        music,
        f"musiclassify learn {music} --output {output} --labels {Path(options.labels).name} --seed {options.seed}",
        options.cache or default_cache(),
        None if options.corrections is None else options.corrections or default_corrections(),
        options.jobs,
        options.seed,
    )
    progress, began, heard = Progress(len(found.songs)), time.monotonic(), [time.monotonic()]

    def hearing(done: int, songs: int) -> None:
        progress.clear()
        progress.show(done)

    def learning() -> None:
        heard[0] = time.monotonic()
        say(f"heard {len(found.songs)} songs in {heard[0] - began:.0f} s; learning")

    try:
        outcome = learn(load(options.base), found, wish, hearing=hearing, learning=learning)
    finally:
        progress.clear()
    tell(outcome, options.output, time.monotonic() - heard[0])
    return SOME_FAILED if outcome.heard.failed else OK


def _labelled(options: argparse.Namespace) -> Labelled:
    from musiclassify.learn import labels

    if options.labels == "folders":
        return labels.from_folders(options.music)
    if options.labels == "tags":
        return labels.from_tags(options.music)
    return labels.from_table(options.music, options.labels)
