"""The options of `musiclassify tags`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ._common import bounded

__all__ = ["add_care", "add_wishes", "build_parser"]


def build_parser(prog: str = "musiclassify tags") -> argparse.ArgumentParser:
    """Describe the command line."""
    formats = "mp3, flac, ogg, opus, m4a, wav, aiff, wv, ape and wma"
    parser = argparse.ArgumentParser(prog=prog, description=f"Tags of {formats}; the sound stays as it is.")
    tools = parser.add_subparsers(dest="tool", required=True, metavar="show|write|undo")
    for name, text in (
        ("show", "what the tags say"),
        ("write", "classify songs and write what was heard; needs no more than the names of files and folders"),
        ("undo", "make files what they were before"),
    ):
        tool = tools.add_parser(name, help=text, description=text)
        tool.add_argument("paths", nargs="*" if name == "undo" else "+", metavar="PATH", help="files and folders")
        if name != "show":
            tool.add_argument("--dry-run", action="store_true", help="only show, as a table of before and after")
            add_care(tool)
        if name == "write":
            _add_model(tool)
            add_wishes(tool)
    return parser


def add_care(tool: argparse._ActionsContainer) -> None:
    """Add the options for how files are changed."""
    tool.add_argument("--journal", type=Path, metavar="FILE", help="keep what undo needs here instead of in the files")
    tool.add_argument("--keep-times", action="store_true", help="files keep their time of change")
    tool.add_argument("--write-protected", action="store_true", help="also change files that are write-protected")
    tool.add_argument(
        "--split-links", action="store_true", help="of a file with several names (hard links) change this one only"
    )


def _add_model(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("--model", metavar="NAME|PATH", help="default: the one in models/default")
    tool.add_argument(
        "--jobs", type=bounded(1, 1_000), default=min(os.cpu_count() or 1, 4), metavar="N",
        help="songs worked on at once (default: %(default)s)",
    )  # fmt: skip


def add_wishes(tool: argparse._ActionsContainer) -> None:
    """Add the options for what is written."""
    tool.add_argument("--only-missing", action="store_true", help="leave alone what has a genre (or mood) already")
    tool.add_argument(
        "--replace", action="store_true", help="also rewrite a genre that says the same already, or says it finer"
    )
    tool.add_argument(
        "--min-confidence", type=_probability, metavar="P",
        help="every genre must be so probable (default: as certain as the model's own threshold; further ones 0.2)",
    )  # fmt: skip
    tool.add_argument(
        "--max-genres", type=bounded(1, 100), default=1, metavar="N", help="so many at most (default: %(default)s)"
    )
    tool.add_argument("--map", type=Path, metavar="FILE", help="lines such as `metal = Rock; Metal`: your own names")
    tool.add_argument("--mood", action="store_true", help="write the moods too")


def _probability(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} must be from 0 to 1")
    return value
