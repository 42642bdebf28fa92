"""How far we are, on terminals."""

from __future__ import annotations

import sys
import time

__all__ = ["Progress"]


class Progress:
    """A line on a terminal that tells how far we are; nothing elsewhere.

    Parameters
    ----------
    total : int
        Things to do; of a single one nothing is told.
    what : str
        What they are.
    known : int
        Those that are done already and say nothing of the speed.
    """

    def __init__(self, total: int, what: str = "songs", known: int = 0) -> None:
        self._total, self._what, self._known = total, what, known
        self._on = sys.stderr is not None and sys.stderr.isatty() and total > 1
        self._started = time.monotonic()

    def show(self, done: int) -> None:
        """Show the line."""
        if self._on and done < self._total:
            spent = time.monotonic() - self._started
            new = done - self._known
            pace = ""
            if new > 0 and spent > 0:
                left = spent / new * (self._total - done)
                pace = f", {60 * new / spent:.0f} a minute, {_left(left)} left"
            bar = "#" * round(30 * done / self._total)
            sys.stderr.write(f"\r[{bar:30}] {done}/{self._total} {self._what}{pace}\x1b[K")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take it away, before something else is written."""
        if self._on:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _left(seconds: float) -> str:
    """A time that is an estimate: seconds, then minutes, then hours and minutes."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
