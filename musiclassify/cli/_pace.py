"""How fast a long work goes, and when it will be done: a line on a terminal, now and then one elsewhere."""

from __future__ import annotations

import sys
import time

from ._common import say

__all__ = ["Pace"]

_EVERY_S = 0.2
_ELSEWHERE_S = 60.0


class Pace:
    """Tell songs a minute and the time that is left.

    Parameters
    ----------
    what : str
        What is counted.
    """

    def __init__(self, what: str = "songs") -> None:
        self._what = what
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._began = self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Tell how far we are, if it is time."""
        now = time.monotonic()
        if done >= total:
            self.clear()
        elif now - self._told >= (_EVERY_S if self._terminal else _ELSEWHERE_S):
            self._told = now
            line = told(done, total, now - self._began, self._what)
            if self._terminal:
                sys.stderr.write(f"\r{line}\x1b[K")
                sys.stderr.flush()
            else:
                say(line)

    def clear(self) -> None:
        """Take the line away, before something else is written."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def told(done: int, total: int, spent_s: float, what: str = "songs") -> str:
    """Say how far we are.

    Examples
    --------
    >>> told(50, 200, 60.0)
    '50 of 200 songs, 50 a minute, 3 min left'
    >>> told(1, 100_000, 1.0)
    '1 of 100000 songs, 60 a minute, 27 h 46 min left'
    """
    if not done or spent_s <= 0:
        return f"{done} of {total} {what}"
    left_s = spent_s / done * (total - done)
    hours, minutes = int(left_s // 3600), int(left_s % 3600 // 60)
    left = f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{left_s:.0f} s"
    return f"{done} of {total} {what}, {60 * done / spent_s:.0f} a minute, {left} left"
