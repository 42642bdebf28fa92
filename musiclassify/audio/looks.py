"""Short looks at a song in place of the whole: where they lie, which are kept, in what order they are heard.

A look is as long as a segment and lies where a segment of an excerpt would; an excerpt shorter than a segment is a look
itself. They are visited in an order that follows from their number alone (`order`), and silent ones are passed over,
so that a song is heard the same whether it is decoded from its beginning or only where it is looked at. Where no look
is anything but silent, yet an excerpt is, the look is at its loudest sample. Memory is bounded: of a long song every
second look is let go, as often as it must be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from . import segments
from .excerpts import Excerpt
from .levels import is_silent

__all__ = ["Looks", "cut", "order", "spare", "spread"]


class Looks:
    """Looks at a song that comes from its beginning, evenly spread.

    Parameters
    ----------
    room : int
        Looks among which they are chosen; four times as many are kept at most.
    most : int
        Looks that are heard at most.

    Attributes
    ----------
    count : int
        Looks that were offered.
    """

    def __init__(self, room: int, most: int) -> None:
        if room < 2:
            raise ValueError(f"room={room} must be 2 or more")
        self._kept: dict[int, Excerpt] = {}
        self._room, self._most, self._stride, self.count = room, most, 1, 0

    def offer(self, looks: Iterable[Excerpt | None]) -> None:
        """Keep those that are wanted, in the order of the song; None is a silent one."""
        for look in looks:
            if look is not None and self.count % self._stride == 0:
                self._kept[self.count] = look
                self._thin()
            self.count += 1

    def _thin(self) -> None:
        """Let every second go where there are too many, unless that leaves too few, as gaps of silence may do."""
        while len(self._kept) > self._room:
            fewer = {at: look for at, look in self._kept.items() if at % (2 * self._stride) == 0}
            if len(fewer) < self._most and len(self._kept) < 4 * self._room:
                return
            self._stride, self._kept = 2 * self._stride, fewer

    def visited(self) -> list[Excerpt]:
        """The first of those that are not silent, in the order in which they are heard."""
        found: list[Excerpt] = []
        for at in order(self.count, self._room):
            if len(found) == min(self._most, len(self._kept)):
                break
            if at in self._kept:
                found.append(self._kept[at])
        return found


def cut(excerpt: Excerpt, *, segment: int, hop: int, sample_rate: int, silence_peak: float) -> list[Excerpt | None]:
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
    list of Excerpt or None
        None for silence.
    """
    y = excerpt.samples
    pieces = ((int(at), y[at : at + segment]) for at in segments.starts(len(y), segment, hop))
    return [
        None if is_silent(piece, silence_peak) else _piece(excerpt, at, piece.copy(), sample_rate)
        for at, piece in pieces
    ]


def spare(excerpt: Excerpt, *, segment: int, sample_rate: int) -> Excerpt:
    """Cut the look around the loudest sample of an excerpt."""
    y = excerpt.samples
    at = min(max(0, int(np.abs(y).argmax()) - segment // 2), max(0, len(y) - segment))
    return _piece(excerpt, at, y[at : at + segment].copy(), sample_rate)


def _piece(excerpt: Excerpt, at: int, samples: np.ndarray, sample_rate: int) -> Excerpt:
    first = round(excerpt.start_s * sample_rate) + at
    return Excerpt(first / sample_rate, (first + len(samples)) / sample_rate, samples)


def order(count: int, room: int) -> Iterator[int]:
    """Visit ``count`` looks: first every n-th, as many as there is ``room`` for, then those between, ever finer.

    Examples
    --------
    >>> list(order(7, 4))
    [4, 2, 6, 0, 3, 1, 5]
    """
    stride = 1
    while -(-count // stride) > room:
        stride *= 2
    yield from (stride * at for at in _spread(-(-count // stride)))
    while stride > 1:
        stride //= 2
        yield from (stride * (2 * at + 1) for at in _spread((-(-count // stride)) // 2))


def spread(count: int) -> list[int]:
    """Order in which ``count`` things in a row are visited so that those visited are always spread over the row.

    Examples
    --------
    >>> spread(3), spread(7)
    ([1, 0, 2], [3, 1, 5, 0, 2, 4, 6])
    """
    return list(_spread(count))


def _spread(count: int) -> Iterator[int]:
    gaps = deque([(0, count)])
    while gaps:
        first, end = gaps.popleft()
        if first < end:
            middle = (first + end) // 2
            yield middle
            gaps += [(first, middle), (middle + 1, end)]
