"""`python -m musiclassify` is the command `musiclassify`."""

from __future__ import annotations

import sys

from musiclassify.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
