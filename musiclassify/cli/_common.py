"""What the subcommands share: exit statuses, messages, types of options."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable

from musiclassify.errors import MusiClassifyError

__all__ = [
    "NOTHING",
    "OK",
    "SOME_FAILED",
    "STOPPED",
    "bounded",
    "carry_out",
    "cores",
    "hold_closed",
    "rate",
    "say",
    "seconds",
]

OK, SOME_FAILED, NOTHING, STOPPED = 0, 1, 2, 130


def say(text: str) -> None:
    """Write a line to standard error, whatever stands in it."""
    if sys.stderr is not None:
        print(text.encode("utf-8", "backslashreplace").decode("utf-8"), file=sys.stderr)


def carry_out(run: Callable[[argparse.Namespace], int], options: argparse.Namespace, prog: str) -> int:
    """Run a subcommand; whatever ends it becomes one line and an exit status."""
    with contextlib.suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except MusiClassifyError as error:
        say(f"{prog}: {error}")
        return NOTHING
    except KeyboardInterrupt:
        say(f"{prog}: stopped")
        return STOPPED
    except BrokenPipeError:  # whoever read our rows has gone
        _drop_output()
        return SOME_FAILED
    except OSError as error:
        _drop_output()
        say(f"{prog}: {error}")
        return NOTHING


def hold_closed() -> None:
    """Open what was closed of the three standard files on nothing, lest a file of the user's gets its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _drop_output() -> None:
    """Let go of standard output, so that Python does not try to write to it again at the end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def seconds(text: str) -> float:
    """A number of seconds, as an option's type."""
    value = float(text)
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} must be a number of seconds from 0 to 86400")
    return value


def bounded(low: int, high: int, what: str = "a whole number") -> Callable[[str], int]:
    """The type of an option that takes a whole number."""

    def whole(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} must be {what} from {low} to {high}")
        return value

    return whole


rate = bounded(1_000, 384_000, "a sample rate in Hz,")
"""A sample rate, as an option's type."""
