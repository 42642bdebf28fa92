"""`musiclassify`: look which subcommand is meant, and hand over to it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from types import ModuleType

from musiclassify import __version__

from ._common import NOTHING, OK, hold_closed

__all__ = ["COMMANDS", "command", "main"]

COMMANDS = (
    *("classify", "scan", "query", "like", "duplicates", "playlists", "export", "watch"),
    *("tags", "learn", "correct", "convert", "trim", "probe", "models", "web"),
)
"""Subcommands, each a file beside this one."""

_ABOUT = """usage: musiclassify [COMMAND] ...

Tell the genre of songs, and what goes with it.

{commands}

Without a command it classifies: `musiclassify song.mp3`. A file that is called like a command is named with its
folder: `musiclassify ./convert`. `musiclassify COMMAND --help` has the options; --version tells the version.
"""


def command(name: str) -> ModuleType:
    """Give the module of a subcommand."""
    return importlib.import_module(f".{name}", __package__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] in ([], ["-h"], ["--help"]):
        lines = (f"  {name:12}{command(name).HELP}" for name in COMMANDS)
        print(_ABOUT.format(commands="\n".join(lines)), end="", file=sys.stdout if words else sys.stderr)
        return OK if words else NOTHING
    if words == ["--version"]:
        from musiclassify.released.registry import default_name

        print(f"musiclassify {__version__} (default model: {default_name() or 'none chosen'})")
        return OK
    name = words.pop(0) if words[0] in COMMANDS else "classify"
    return command(name).main(words, prog=f"musiclassify {name}")
