"""Arrays that were computed once and are kept, up to a number of bytes."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np


class Kept:
    """What a function gave for its last arguments, as many as fit; the one unused for longest goes first.

    `functools.lru_cache` counts calls: five hundred arrays of unknown length grew by more than the 300 MB at which
    joblib takes a worker for a leaking one, ends it, and what it had computed is computed again.

    Parameters
    ----------
    function : callable
        Of hashable arguments; its arrays are shared and must not be written to.
    most_bytes : int
        A single array that is larger is given out and not kept.

    Attributes
    ----------
    bytes : int
        What is held.
    """

    def __init__(self, function: Callable[..., np.ndarray], most_bytes: int) -> None:
        functools.update_wrapper(self, function)
        self._function, self._most = function, most_bytes
        self._arrays: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self.bytes = 0

    def __call__(self, *given: Hashable) -> np.ndarray:
        """The array for these arguments."""
        found = self._arrays.get(given)
        if found is not None:
            self._arrays.move_to_end(given)
            return found
        # A copy where the array is a part of a larger one, which would be held whole.
        made = np.ascontiguousarray(self._function(*given))
        made = made.copy() if made.base is not None else made
        self._arrays[given] = made
        self.bytes += made.nbytes
        while self.bytes > self._most:
            self.bytes -= self._arrays.popitem(last=False)[1].nbytes
        return made


def kept(most_bytes: int) -> Callable[[Callable[..., np.ndarray]], Kept]:
    """Decorator: `Kept` with so many bytes."""
    return lambda function: Kept(function, most_bytes)
