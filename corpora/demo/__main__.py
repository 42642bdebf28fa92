"""``python -m corpora.demo``: render the embedded corpus, listen to one clip of it, measure how hard it is."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m corpora.demo", description=__doc__.split(": ", 1)[1])
    top.add_argument("--listen", metavar="GENRE", help="write one example of a genre")
    top.add_argument("--out", type=Path, help="the example's file (default: GENRE.ogg)")
    top.add_argument("--artist", type=_natural, default=0, help="which artist plays the example (default: 0)")
    top.add_argument("--seed", type=_natural, default=1, help="seed of the example (default: 1)")
    commands = top.add_subparsers(dest="command", metavar="{render,difficulty}")

    form = argparse.ArgumentDefaultsHelpFormatter
    render = commands.add_parser("render", help="render the corpus into a folder", formatter_class=form)
    render.add_argument("--out", type=Path, required=True, help="the folder", default=argparse.SUPPRESS)
    render.add_argument("--size", choices=("tiny", "default", "full"), default="default", help="how many clips")
    render.add_argument("--seed", type=_natural, default=1, help="everything random comes from it")
    render.add_argument("--jobs", type=_positive, default=os.cpu_count() or 1, help="worker processes")
    render.add_argument("--genres", nargs="+", metavar="GENRE", default=argparse.SUPPRESS, help="only these genres")

    hard = commands.add_parser("difficulty", help="score an SVM on a rendered folder", formatter_class=form)
    hard.add_argument("--clips", type=Path, required=True, help="the rendered folder", default=argparse.SUPPRESS)
    hard.add_argument("--folds", type=_positive, default=5, help="parts of the cross-validation by artist and by clip")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0 all well, 1 the work failed, 2 usage."""
    args = parser().parse_args(arguments)
    if bool(args.listen) == bool(args.command):
        parser().error("give one of: render, difficulty, --listen GENRE")

    from corpora.demo.errors import DemoError
    from settings import SettingError

    try:
        if args.listen:
            return _listen(args)
        return _render(args) if args.command == "render" else _difficulty(args)
    except (DemoError, SettingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _listen(args: argparse.Namespace) -> int:
    from corpora.demo import DemoSettings, rendering
    from corpora.demo.settings import SAMPLE_RATE
    from musiclassify.audio import write

    settings = DemoSettings(genres=(args.listen,), artists=args.artist + 1, seed=args.seed)
    samples = rendering.render_clip(args.listen, artist=args.artist, clip=0, settings=settings)
    out = args.out or Path(f"{args.listen}.ogg")
    out.write_bytes(write.ogg(samples, SAMPLE_RATE))
    print(out)
    return 0


def _render(args: argparse.Namespace) -> int:
    from corpora.demo import SIZES, rendering

    settings = dataclasses.replace(SIZES[args.size], seed=args.seed)
    if "genres" in args:
        settings = dataclasses.replace(settings, genres=tuple(args.genres))
    table = rendering.render(args.out, settings=settings, jobs=args.jobs)
    print(f"{len(table)} clips in {args.out}")
    return 0


def _difficulty(args: argparse.Namespace) -> int:
    from corpora.demo import difficulty

    print(json.dumps(difficulty.measure(args.clips, folds=args.folds), indent=2))
    return 0


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number, 0 or more")
    return int(text)


def _positive(text: str) -> int:
    if _natural(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number, 1 or more")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
