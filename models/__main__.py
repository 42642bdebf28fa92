"""`python -m models list | show NAME | verify [NAME ...] | choose NAME`: look after the released models."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from musiclassify.released import registry
from musiclassify.released.registry import ModelError, Release


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description="Look after the released models.")
    tools = parser.add_subparsers(dest="tool", required=True, metavar="list|show|verify|choose")
    tools.add_parser("list", help="one line a released model; * marks the one that answers by default")
    show = tools.add_parser("show", help="scores, files and card of one model")
    show.add_argument("name", nargs="?", metavar="NAME", help="default: the one that answers by default")
    verify = tools.add_parser("verify", help="check every file against the sha256 that was released")
    verify.add_argument("names", nargs="*", metavar="NAME", help="default: all released models")
    choose = tools.add_parser("choose", help="make a model the one that answers when none is named")
    choose.add_argument("name", metavar="NAME", help="a released name, cnn|svm|xgb|blend, or a folder below models/")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one tool; 0 all well, 1 a model is damaged, 2 wrong usage or no such model."""
    options = _parser().parse_args(arguments)
    try:
        return {"list": _list, "show": _show, "verify": _verify, "choose": _choose}[options.tool](options)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0


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
        print("no model is released here yet; `make repro` trains one", file=sys.stderr)
        return 2
    return 1 if failed else 0


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
    return 0


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
            print(f"refused: {error}", file=sys.stderr)
        else:
            print(f"whole: {name}, {len(files)} files")
    if not wanted:
        print("no model is released here yet", file=sys.stderr)
        return 2
    return 1 if failed else 0


def _choose(options: argparse.Namespace) -> int:
    print(f"{registry.choose(options.name)} answers from now on")
    return 0


if __name__ == "__main__":
    sys.exit(main())
