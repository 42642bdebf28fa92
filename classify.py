#!/usr/bin/env python3
"""Tell the genre of songs; the same as the command `musiclassify`, from a checkout. `--help` has the options."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from musiclassify.cli.main import NEEDED, build_parser, main  # noqa: E402, F401 - the checkout is found first

if __name__ == "__main__":
    sys.exit(main())
