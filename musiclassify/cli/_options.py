"""The options of `musiclassify classify`."""

from __future__ import annotations

import argparse
from pathlib import Path

from musiclassify.formats import FORMATS

from ._common import bounded, cores, seconds

__all__ = ["build_parser"]


def build_parser(prog: str = "musiclassify classify") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Tell the genre of songs (wav, mp3, flac, ogg, opus, m4a, aiff, au, ...).",
        epilog="Exit status: 0 every song has an answer, 1 some have none, 2 none or wrong usage, 130 stopped.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files, folders, or - for standard input")
    parser.add_argument("--version", action="store_true", help="print the program's version and the default model")
    _add_answering(parser.add_argument_group("how songs are answered"))
    _add_results(parser.add_argument_group("what is written"))
    _add_tags(parser.add_argument_group("tags (the sound stays as it is)"))
    return parser


def _add_answering(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--model",
        metavar="NAME|PATH",
        help="a released model, cnn|svm|xgb|blend (or CORPUS/KIND) trained here, or a model's folder "
        "(default: the one in models/default)",
    )
    group.add_argument(
        "--skip", type=seconds, metavar="S", help="seconds left out at the start of a long song (default: 30)"
    )
    group.add_argument(
        "--vote", choices=("mean", "majority"), help="how excerpts make one answer (default: the model's, mean)"
    )
    group.add_argument(
        "--effort", choices=("fast", "normal", "full"), default="normal",
        help="how much of a song is heard: looks of 5 s until the answer is settled, few of them (fast) or more "
        "(normal), or everything (full) (default: %(default)s)",
    )  # fmt: skip
    group.add_argument(
        "--jobs", type=bounded(1, 1_000), default=cores(), metavar="N",
        help="songs worked on at once, about 25 MB each (default: as many as there are cores, here %(default)s)",
    )  # fmt: skip


def _add_results(group: argparse._ArgumentGroup) -> None:
    formats = "; ".join(f"{name}: {entry.HELP}" for name, entry in FORMATS.all().items())
    group.add_argument(
        "--format", choices=FORMATS.names(), help=f"{formats} (default: what --output's extension says, else text)"
    )
    group.add_argument(
        "--output", type=Path, metavar="FILE",
        help="write the results here, whole or not at all, and the run's parameters to FILE.run.json",
    )  # fmt: skip
    group.add_argument(
        "--force", action="store_true", help="let --output, --explain and --playlists replace files of other origin"
    )
    group.add_argument(
        "--top", type=bounded(1, 1_000), metavar="N", help="only the N most probable genres (text: 3, others all)"
    )
    group.add_argument("--timeline", action="store_true", help="tell every excerpt too (JSON always does)")
    group.add_argument(
        "--journal", type=Path, metavar="FILE",
        help="keep answers here while the run lasts, to go on after a stop (default: beside --output)",
    )  # fmt: skip
    group.add_argument("--playlists", type=Path, metavar="DIR", help="write one m3u8 a genre into DIR")
    group.add_argument(
        "--explain", type=Path, metavar="FILE.png",
        help="draw what the answer for one song rests on (needs matplotlib)",
    )  # fmt: skip


def _add_tags(group: argparse._ArgumentGroup) -> None:
    which = group.add_mutually_exclusive_group()
    which.add_argument("--write-tags", action="store_true", help="write the genre of every certain answer")
    which.add_argument("--undo-tags", action="store_true", help="put back what stood there before; asks no model")
    group.add_argument("--dry-run", action="store_true", help="only show what would change")
