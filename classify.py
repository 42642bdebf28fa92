#!/usr/bin/env python3
"""Tell the genre of songs: `musiclassify classify`, from a checkout. `--help` has the options."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NEEDED = ("numpy", "soundfile", "soxr", "av", "onnxruntime")
sys.path.insert(0, str(ROOT))


def own_python() -> Path | None:
    """The Python of the project's own environment, unless it is this one."""
    own = next((p for p in (ROOT / ".venv/bin/python", ROOT / ".venv/Scripts/python.exe") if p.exists()), None)
    return own if own and Path(sys.prefix).resolve() != (ROOT / ".venv").resolve() else None


def main(arguments: list[str]) -> int:
    """Classify; where this Python lacks the libraries, by the project's own."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing and not {"-h", "--help", "--version"} & set(arguments):
        if own := own_python():
            os.execv(own, [str(own), str(ROOT / "classify.py"), *arguments])
        print(f"classify.py: {', '.join(missing)} not installed; pip install {ROOT}", file=sys.stderr)
        return 2
    from musiclassify.cli.classify import main

    return main(arguments, prog="classify.py")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
