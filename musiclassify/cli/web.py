"""`musiclassify web`: serve the page and the API."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.util import find_spec

from ._common import NOTHING, hold_closed, say

__all__ = ["HELP", "build_parser", "main"]

HELP = "serve the page and the API"


def build_parser(prog: str = "musiclassify web") -> argparse.ArgumentParser:
    """Describe the command line."""
    from musiclassify.web.__main__ import build_parser

    return build_parser(prog)


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify web") -> int:
    """Serve until interrupted; give the exit status."""
    hold_closed()
    missing = [name for name in ("flask", "waitress") if find_spec(name) is None]
    if missing:
        say(f"{prog}: {', '.join(missing)} not installed; pip install 'musiclassify[web]'")
        return NOTHING
    from musiclassify.web.__main__ import main

    return main(arguments, prog)
