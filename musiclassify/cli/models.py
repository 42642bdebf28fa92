"""`musiclassify models`: look after the released models."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from musiclassify.released import registry
from musiclassify.released.registry import ModelError

from ._common import NOTHING, OK, SOME_FAILED, carry_out, hold_closed, say

if TYPE_CHECKING:
    from musiclassify.released.registry import Release

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "list, show, verify, find and choose released models"


def build_parser(prog: str = "musiclassify models") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog=prog, description="Look after the released models.")
    tools = parser.add_subparsers(dest="tool", required=True, metavar="list|show|verify|where|choose")
    tools.add_parser("list", help="one line a released model; * marks the one that answers by default")
    show = tools.add_parser("show", help="scores, files and card of one model")
    show.add_argument("name", nargs="?", metavar="NAME", help="default: the one that answers by default")
    verify = tools.add_parser("verify", help="check every file against the sha256 that was released")
    verify.add_argument("names", nargs="*", metavar="NAME", help="default: all released models")
    where = tools.add_parser("where", help="print the folder of a model, or of them all")
    where.add_argument("name", nargs="?", metavar="NAME", help="default: the folder that holds them all")
    choose = tools.add_parser("choose", help="make a model the one that answers when none is named")
    choose.add_argument("name", metavar="NAME", help="a released name, cnn|svm|xgb|blend, or a folder below models/")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify models") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """Run one tool; 0 all well, 1 a model is damaged, 2 wrong usage or no such model."""
    tools = {"list": _list, "show": _show, "verify": _verify, "where": _where, "choose": _choose}
    return tools[options.tool](options)


def _list(options: argparse.Namespace) -> int:
    default = registry.default_name()
    found = registry.names()
    width = max(map(len, found), default=0)
    failed = 0
    for name in found:
        mark = "*" if name == default else " "
        try:
            release = registry.read(registry.find(name))
        except ModelError as error:
            failed += 1
            print(f"{mark} {name:{width}}  {error}")
            continue
        size = sum((release.folder / file).stat().st_size for file in release.config["graphs"].values()) / 1e6
        print(
            f"{mark} {name:{width}}  {len(release.config['labels'])} genres, accuracy "
            f"{_interval(release, 'accuracy')} by track ({release.metadata['scores']['split']}), {size:.1f} MB"
        )
    if default and default not in found:
        print(f"* {default}")
    if not found and not default:
        say("no model is released here yet; `make repro` trains one")
        return NOTHING
    return SOME_FAILED if failed else OK


def _show(options: argparse.Namespace) -> int:
    release = registry.read(registry.find(options.name))
    config, metadata, scores = release.config, release.metadata, release.metadata["scores"]
    print(f"{release.name}: {config['kind']} of {config['corpus']}, {metadata['created']}, {release.folder}")
    print(f"genres: {', '.join(config['labels'])}")
    print(f"split: {scores['split']}, {scores['tracks']} tracks, {scores['folds']} folds")
    for name in ("accuracy", "macro_recall"):
        print(f"{name}: {_interval(release, name)}")
    print(f"macro_f1: {scores['macro_f1']:.3f}, ece: {scores['ece']:.3f}")
    for genre, recall in scores["per_genre_recall"].items():
        print(f"  recall {genre}: {'none tested' if recall is None else format(recall, '.3f')}")
    for name, digest in metadata["files"].items():
        print(f"  {digest[:12]}  {name}")
    card = release.folder / "README.md"
    if card.is_file():
        print(f"\n{card.read_text('utf-8').rstrip()}")
    return OK


def _interval(release: Release, name: str) -> str:
    score = release.metadata["scores"][name]
    return f"{score['value']:.3f} ({score['low']:.3f} to {score['high']:.3f})"


def _verify(options: argparse.Namespace) -> int:
    wanted = options.names or registry.names()
    failed = 0
    for name in wanted:
        folder = registry.find(name)
        try:
            files = registry.verify(registry.read(folder))
        except ModelError as error:
            failed += 1
            say(f"refused: {error}")
        else:
            print(f"whole: {name}, {len(files)} files")
    if not wanted:
        say("no model is released here yet")
        return NOTHING
    return SOME_FAILED if failed else OK


def _where(options: argparse.Namespace) -> int:
    print(registry.find(options.name) if options.name else registry.MODELS)
    return OK


def _choose(options: argparse.Namespace) -> int:
    print(f"{registry.choose(options.name)} answers from now on")
    return OK
