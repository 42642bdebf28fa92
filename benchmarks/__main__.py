"""Command line: ``python -m benchmarks {features,augment,decode,answers,browser,all}``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# One thread for every library, and BLAS free to pick the kernels of this very processor: both are read once,
# when the libraries are loaded. Not when something imports this module: the environment is not its own then.
if __name__ == "__main__":
    for _name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR", "VECLIB_MAXIMUM"):
        os.environ[f"{_name}_NUM_THREADS"] = "1"
    for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(_name, None)

TABLES = ("features", "augment", "decode", "answers", "browser")


def parser() -> argparse.ArgumentParser:
    """The command line's options."""
    p = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time the features, the augmentation and the decoding against other libraries, one thread "
        "each, and write reports/bench. Real clips are taken from MUSICLASSIFY_GTZAN where that names a GTZAN "
        "folder, clips of the embedded corpus otherwise. Each table is written anew after each round, so a run that is "
        "stopped has what it measured.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    p.add_argument("table", nargs="?", choices=(*TABLES, "all"), default="all", help="what to time")
    p.add_argument("--rounds", type=_positive, default=5, help="rounds over all clips; the median counts")
    p.add_argument("--clips", type=_positive, default=4, help="30 s clips in a round")
    p.add_argument("--model", help="a released model or its folder in place of the default one (table answers)")
    p.add_argument("--out", type=Path, default=Path("reports/bench"), help="folder of the tables and charts")
    return p


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; exit code 0."""
    args = parser().parse_args(arguments)
    from benchmarks import answers, augment, browser, clips, decode, features, report

    sounds = clips.load(args.clips)
    print(f"{len(sounds.signals)} clips of 30 s: {sounds.origin}; {args.rounds} rounds", file=sys.stderr)
    modules = {"features": features, "augment": augment, "decode": decode, "answers": answers, "browser": browser}
    for name in TABLES if args.table == "all" else (args.table,):
        rows = []
        given = {"model": args.model} if name == "answers" else {}
        for rows in modules[name].run(sounds, rounds=args.rounds, **given):
            report.write(args.out, name, rows, modules[name].targets(rows), sounds)
        if rows:
            report.say(name, rows, modules[name].targets(rows))
    return 0


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} must be at least 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
