"""`musiclassify scan`: bring the database of a music library up to date.

What was found goes to standard output, progress and problems to standard error. Exit status: 0 every song that is there
has an answer, 1 some have none or could not be read, 2 nothing could be done, 130 stopped.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence

from ._common import NOTHING, OK, SOME_FAILED, STOPPED, carry_out, hold_closed, say, seconds
from ._library import add_database, add_hearing, model_of

__all__ = ["HELP", "build_parser", "main", "run"]

HELP = "keep what is heard in a music library in a database"

_TOLD = {
    "new": "new", "changed": "changed", "tagged_anew": "tagged anew", "moved": "moved", "back": "back again",
    "removed": "gone", "unchanged": "as before",
}  # fmt: skip


def build_parser(prog: str = "musiclassify scan") -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Hear the songs of folders and keep the answers in a database; a second scan hears only what is "
        "new or changed. Files are only read. Stop it when you like: the next scan goes on.",
        epilog="Exit status: 0 every song has an answer, 1 some have none, 2 nothing could be done, 130 stopped.",
    )
    parser.add_argument("paths", nargs="+", metavar="MUSIC", help="folders and files")
    add_database(parser)
    add_hearing(parser)
    parser.add_argument(
        "--backend", choices=("local", "dask"), default="local",
        help="where songs are heard: here, or on a Dask cluster that sees the same files (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--scheduler", default="tcp://127.0.0.1:8786", metavar="ADDRESS",
        help="of the Dask scheduler (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--wait", type=seconds, default=30.0, metavar="S",
        help="how long the scheduler and a worker may take to answer (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--again", action="store_true", help="hear also the songs that another model has heard")
    parser.add_argument("--retry", action="store_true", help="hear also the songs that had no answer")
    parser.add_argument(
        "--allow-empty", action="store_true",
        help="mark songs as gone though nothing at all is left in their folder (an absent disk looks the same)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="tell what was found as JSON")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "musiclassify scan") -> int:
    """Carry out a command line; give the exit status."""
    hold_closed()
    return carry_out(run, build_parser(prog).parse_args(arguments), prog)


def run(options: argparse.Namespace) -> int:
    """Scan, and say what was found; give the exit status."""
    from musiclassify.audio.errors import printable
    from musiclassify.library import open_library
    from musiclassify.library.hearing import hearing
    from musiclassify.library.scan import Scan

    from ._pace import Pace

    name, digest, load = model_of(options.model)
    hear = hearing(load, jobs=options.jobs)
    if options.backend == "dask":
        from musiclassify.library.elsewhere import hearing_on

        hear = hearing_on(options.scheduler, options.model or name, digest, wait_s=options.wait)
    with open_library(options.db, write="musiclassify scan") as library:
        pace = Pace()
        scan = Scan(
            library, hear, digest,
            again=options.again, retry=options.retry, allow_empty=options.allow_empty, progress=pace,
        )  # fmt: skip
        try:
            report = scan.run(options.paths)
        except KeyboardInterrupt:
            pace.clear()
            say(f"stopped; {scan.report.counts['heard']} songs were heard; the same command goes on")
            return STOPPED
        pace.clear()
    for path, problem in report.problems:
        say(f"{printable(path)}: {problem}")
    _say(report.counts, options, name)
    if report.problems and not report.counts["songs"]:
        return NOTHING
    return SOME_FAILED if report.problems or report.counts["without_answer"] else OK


def _say(counts: Counter[str], options: argparse.Namespace, model: str) -> None:
    if options.json:
        names = [*_TOLD, "heard", "songs", "without_answer", "by_another_model"]
        print(json.dumps({"model": model, **{name: counts[name] for name in names}}))
        return
    told = ", ".join(f"{counts[name]} {words}" for name, words in _TOLD.items() if counts[name]) or "nothing"
    print(f"{counts['songs']} songs: {told}; {counts['heard']} heard by {model}")
    if counts["without_answer"]:
        say(f"without an answer: {counts['without_answer']} (`musiclassify query --failed` lists them)")
    if counts["by_another_model"]:
        say(f"heard by another model before: {counts['by_another_model']} (--again hears them by {model})")
