"""What the commands of a library share: the option that names it, the model, answers by their paths."""

from __future__ import annotations

import argparse
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ._common import bounded

if TYPE_CHECKING:
    from musiclassify.released.song import Model

__all__ = ["add_database", "add_hearing", "labels_of", "model_of", "relative"]


def add_database(parser: argparse.ArgumentParser) -> None:
    """Add ``--db``."""
    parser.add_argument(
        "--db", type=Path, default=Path("library.sqlite"), metavar="FILE", help="the library (default: %(default)s)"
    )


def add_hearing(parser: argparse._ActionsContainer) -> None:
    """Add ``--model`` and ``--jobs``."""
    parser.add_argument("--model", metavar="NAME|PATH", help="default: the one in models/default")
    parser.add_argument(
        "--jobs", type=bounded(1, 1_000), default=min(os.cpu_count() or 1, 4), metavar="N",
        help="songs worked on at once (default: %(default)s)",
    )  # fmt: skip


def model_of(name: str | None) -> tuple[str, str, Callable[[], Model]]:
    """Give a model's name and digest, and what loads it, when it is needed, once."""
    from musiclassify.released.registry import find, read

    release = read(find(name))

    @functools.cache
    def load() -> Model:
        from musiclassify.released.memory import return_large_blocks
        from musiclassify.released.song import load as load_model

        return_large_blocks()
        return load_model(release.folder)

    return release.name, release.digest, load


def labels_of(name: str | None) -> tuple[str, ...]:
    """Give a model's genres without loading it."""
    from musiclassify.released.registry import find, read

    return tuple(read(find(name)).config["labels"])


def relative(path: str) -> str:
    """Show a path as seen from here, where that is shorter."""
    try:
        seen = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    return path if seen.startswith(os.pardir) or len(seen) > len(path) else seen
