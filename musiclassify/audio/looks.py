"""Short looks at a song in place of the whole: where they lie, which are kept, in what order they are heard.

A look is as long as a segment and lies where a segment of an excerpt would. Silent ones are passed over; where that
leaves nothing of an excerpt that is not silent, the look is at its loudest sample. An excerpt shorter than a segment is
a look itself. Memory is bounded: of a long song every second look is let go, as often as it must be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np

from . import segments
from .excerpts import Excerpt
from .levels import is_silent

__all__ = ["Looks", "cut", "spread"]


class Looks:
    """Looks at a song, evenly spread.

    Parameters
    ----------
    room : int
        Looks that are kept at most.

    Attributes
    ----------
    kept : list of Excerpt
        In the order of the song: every ``stride``-th of all that were offered, from the first.
    """

    def __init__(self, room: int) -> None:
        if room < 2:
            raise ValueError(f"room={room} must be 2 or more")
        self.kept: list[Excerpt] = []
        self._room, self._stride, self._offered = room, 1, 0

    def offer(self, looks: Iterable[Excerpt]) -> None:
        """Keep those that are wanted, in the order of the song."""
        for look in looks:
            if self._offered % self._stride == 0:
                if len(self.kept) == self._room:
                    self.kept, self._stride = self.kept[::2], 2 * self._stride
                if self._offered % self._stride == 0:
                    self.kept.append(look)
            self._offered += 1


def cut(excerpt: Excerpt, *, segment: int, hop: int, sample_rate: int, silence_peak: float) -> list[Excerpt]:
    """Cut the looks out of an excerpt; the samples are copies, so that the excerpt can be let go.

    Parameters
    ----------
    excerpt : Excerpt
    segment, hop : int
        Length of a segment and distance of their starts, samples.
    sample_rate : int
        Hz.
    silence_peak : float
        Where no sample reaches this, there is silence.

    Returns
    -------
    list of Excerpt
        None for silence.
    """
    y = excerpt.samples
    if is_silent(y, silence_peak):
        return []
    pieces = [(int(at), y[at : at + segment]) for at in segments.starts(len(y), segment, hop)]
    loud = [(at, piece) for at, piece in pieces if not is_silent(piece, silence_peak)]
    if not loud:
        at = min(max(0, int(np.abs(y).argmax()) - segment // 2), max(0, len(y) - segment))
        loud = [(at, y[at : at + segment])]
    first = round(excerpt.start_s * sample_rate)
    return [
        Excerpt((first + at) / sample_rate, (first + at + len(piece)) / sample_rate, piece.copy()) for at, piece in loud
    ]


def spread(count: int) -> list[int]:
    """Order in which ``count`` things in a row are visited so that those visited are always spread over the row.

    Examples
    --------
    >>> spread(3), spread(7)
    ([1, 0, 2], [3, 1, 5, 0, 2, 4, 6])
    """
    order, gaps = [], deque([(0, count)])
    while gaps:
        first, end = gaps.popleft()
        if first < end:
            middle = (first + end) // 2
            order.append(middle)
            gaps += [(first, middle), (middle + 1, end)]
    return order
