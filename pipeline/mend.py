"""What a run that was killed leaves of DVC's own, so that the next one can start.

DVC notes in ``.dvc/tmp/rwlock`` (JSON) which of its processes reads or writes what, and does not write that file whole:
a kill in that moment leaves it empty, and every later command refuses to begin.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

__all__ = ["mend"]

NOTES = Path(".dvc/tmp/rwlock")
PAUSE_S = 0.5
"""A process of DVC that is writing at this moment has finished after so long."""


def mend(root: Path = Path(".")) -> str:
    """Remove DVC's notes where they are no notes; what was done, in words, or nothing."""
    notes = root / NOTES
    if not _broken(notes):
        return ""
    time.sleep(PAUSE_S)
    if not _broken(notes):
        return ""
    notes.unlink(missing_ok=True)
    return f"removed {NOTES}, which a run that was killed had left half-written"


def _broken(notes: Path) -> bool:
    try:
        json.loads(notes.read_bytes())
    except FileNotFoundError:
        return False
    except ValueError:
        return True
    return False
