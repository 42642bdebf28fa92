"""`python -m models` is `musiclassify models`."""

from __future__ import annotations

import sys

from musiclassify.cli.models import main

if __name__ == "__main__":
    sys.exit(main(prog="python -m models"))
