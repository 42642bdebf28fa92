"""`musiclassify trim`: write the part of a sound between two times as 16-bit wav."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from musiclassify.files import check_target

from ._common import OK, carry_out, hold_closed, seconds

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "write the part between two times as wav"


def build_parser(prog: str = "musiclassify trim") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog=prog, description="Write the part of a sound between two times as wav.")
    parser.add_argument("source", metavar="FILE")
    parser.add_argument("target", metavar="WAV")
    parser.add_argument("--start", type=seconds, default=0.0, metavar="S", help="first second (default: 0)")
    parser.add_argument("--end", type=seconds, metavar="S", help="last second (default: the end)")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify trim") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """Write the part."""
    from musiclassify.audio.convert import trim
    from musiclassify.audio.errors import printable
    from musiclassify.errors import UsageError

    if options.end is not None and options.end <= options.start:
        raise UsageError(f"--end {options.end:g} must be later than --start {options.start:g}")
    target = Path(options.target)
    if target.parent.is_dir():
        check_target(target, "target", inputs=[options.source], former=lambda goal: False, force=options.force)
    print(printable(trim(options.source, target, options.start, options.end)))
    return OK
