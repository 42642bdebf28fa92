"""`musiclassify convert`: write a file, or every sound below a folder, as 16-bit wav."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from musiclassify.files import check_target

from ._common import NOTHING, OK, SOME_FAILED, carry_out, hold_closed, rate, say

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "write a file, or every sound below a folder, as wav"


def build_parser(prog: str = "musiclassify convert") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog=prog, description="Write a file, or every sound below a folder, as wav.")
    parser.add_argument("source", metavar="FILE|FOLDER")
    parser.add_argument("target", nargs="?", help="wav file or folder to write (default: beside the source)")
    parser.add_argument("--rate", type=rate, metavar="HZ", help="resample (default: each file's own rate)")
    parser.add_argument("--mono", action="store_true", help="average the channels")
    parser.add_argument("--force", action="store_true", help="replace a wav that is there (of a folder: always done)")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify convert") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """Convert; 0 all well, 1 some files failed, 2 nothing was written."""
    from musiclassify.audio.convert import to_wav
    from musiclassify.audio.errors import printable

    source = Path(options.source)
    if source.exists() and not source.is_dir():
        target = Path(options.target) if options.target else source.with_suffix(".wav")
        check_target(target, "target", inputs=[source], former=lambda goal: False, force=options.force)
    written, failed = to_wav(source, options.target, sample_rate=options.rate, mono=options.mono)
    for path in written:
        print(printable(path))
    for error in failed:
        say(str(error))
    if not written and not failed:
        say(f"{printable(options.source)}: holds no sound files; name a folder with music")
    return NOTHING if not written else SOME_FAILED if failed else OK
