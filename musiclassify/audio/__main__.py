"""`python -m musiclassify.audio convert | trim | probe`: the tools for sound, by hand."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m musiclassify.audio", description="Convert, trim and look at sound files."
    )
    tools = parser.add_subparsers(dest="tool", required=True, metavar="convert|trim|probe")

    convert = tools.add_parser("convert", help="write a file, or every sound below a folder, as 16-bit wav")
    convert.add_argument("source", metavar="FILE|FOLDER")
    convert.add_argument("target", nargs="?", help="wav file or folder to write (default: beside the source)")
    convert.add_argument("--rate", type=_rate, metavar="HZ", help="resample (default: each file's own rate)")
    convert.add_argument("--mono", action="store_true", help="average the channels")

    trim = tools.add_parser("trim", help="write the part between two times as 16-bit wav")
    trim.add_argument("source", metavar="FILE")
    trim.add_argument("target", metavar="WAV")
    trim.add_argument("--start", type=_seconds, default=0.0, metavar="S", help="first second (default: 0)")
    trim.add_argument("--end", type=_seconds, metavar="S", help="last second (default: the end)")

    probe = tools.add_parser("probe", help="print duration, rate, channels and coding")
    probe.add_argument("paths", nargs="+", metavar="FILE")
    probe.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} must be a number of seconds, 0 or more")
    return value


def _rate(text: str) -> int:
    value = int(text)
    if not 1_000 <= value <= 384_000:
        raise argparse.ArgumentTypeError(f"{text} must be a sample rate between 1000 and 384000 Hz")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one tool; 0 all well, 1 some files failed, 2 wrong usage or nothing done."""
    options = _parser().parse_args(arguments)
    from .errors import AudioError

    try:
        return {"convert": _convert, "trim": _trim, "probe": _probe}[options.tool](options)
    except AudioError as error:
        print(error, file=sys.stderr)
        return 2
    except (ValueError, OSError) as error:
        print(f"python -m musiclassify.audio {options.tool}: {error}", file=sys.stderr)
        return 2


def _convert(options: argparse.Namespace) -> int:
    from .convert import to_wav
    from .errors import printable

    written, failed = to_wav(options.source, options.target, sample_rate=options.rate, mono=options.mono)
    for path in written:
        print(printable(path))
    for error in failed:
        print(error, file=sys.stderr)
    if not written and not failed:
        print(f"{printable(options.source)}: holds no sound files; name a folder with music", file=sys.stderr)
    return 2 if not written else 1 if failed else 0


def _trim(options: argparse.Namespace) -> int:
    from .convert import trim
    from .errors import printable

    print(printable(trim(options.source, options.target, options.start, options.end)))
    return 0


def _probe(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from .decode import probe
    from .errors import AudioError, printable

    failed = 0
    for path in options.paths:
        try:
            info = probe(path)
        except AudioError as error:
            failed += 1
            print(error, file=sys.stderr)
            continue
        if options.json:
            print(json.dumps({"path": path, **asdict(info)}))
        else:
            print(
                f"{printable(path)}: {info.duration_s:.2f} s, {info.sample_rate} Hz, "
                f"{info.channels} channel{'s' * (info.channels != 1)}, {info.codec}"
            )
    return 0 if not failed else 1 if failed < len(options.paths) else 2


if __name__ == "__main__":
    sys.exit(main())
