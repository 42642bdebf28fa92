"""`musiclassify probe`: tell duration, rate, channels and coding of sounds."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from ._common import NOTHING, OK, SOME_FAILED, carry_out, hold_closed, say

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "tell duration, rate, channels and coding of files"


def build_parser(prog: str = "musiclassify probe") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog=prog, description="Tell duration, rate, channels and coding of files.")
    parser.add_argument("paths", nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify probe") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """Look at the files; 0 all well, 1 some failed, 2 all did."""
    from dataclasses import asdict

    from musiclassify.audio.decode import probe
    from musiclassify.audio.errors import AudioError, printable

    failed = 0
    for path in options.paths:
        try:
            info = probe(path)
        except AudioError as error:
            failed += 1
            say(str(error))
            continue
        if options.json:
            print(json.dumps({"path": path, **asdict(info)}))
        else:
            print(
                f"{printable(path)}: {info.duration_s:.2f} s, {info.sample_rate} Hz, "
                f"{info.channels} channel{'s' * (info.channels != 1)}, {info.codec}"
            )
    return OK if not failed else SOME_FAILED if failed < len(options.paths) else NOTHING
