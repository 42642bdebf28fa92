"""How a command of the learning side ends: what it could not do is one line, what is a defect is shown."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

ROOMS = ("pipeline", "studies", "corpora", "musiclassify", "augment", "features", "models", "settings")


def running(command: str, work: Callable[[], None]) -> int:
    """Do the work of a command; 0 when all went well, 1 when it could not be done, 2 when it was called wrongly."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    sys.path.insert(0, str(Path.cwd()))
    try:
        work()
    except KeyboardInterrupt:
        print(f"{command}: stopped; nothing half-made is kept, start it again", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"{command}: {_told(error)}", file=sys.stderr)
        return 1
    except ValueError as error:
        # Every room's refusals are ValueErrors of its own with a whole sentence; others are defects and are shown.
        if type(error).__module__.split(".")[0] not in ROOMS:
            raise
        notes = "".join(f" ({note})" for note in getattr(error, "__notes__", []))
        print(f"{command}: {error}{notes}", file=sys.stderr)
        return 2 if type(error).__name__ == "ParamsError" else 1
    return 0


def _told(error: OSError) -> str:
    """What the system refused, to which file, and what to do."""
    name, reason = error.filename, error.strerror or str(error)
    if isinstance(error, shutil.Error):  # of a whole folder; one of its files says what is wrong
        _, name, reason = error.args[0][0]
    full = error.errno == errno.ENOSPC or os.strerror(errno.ENOSPC) in reason
    advice = "the disk is full: free some space and start again" if full else "mend it and start again"
    return f"{f'{name}: ' if name else ''}{reason}; {advice}"
