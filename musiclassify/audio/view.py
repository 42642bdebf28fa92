"""A file of which only parts are shown, one after the other, some of them replaced."""

from __future__ import annotations

import bisect
import os
from itertools import accumulate
from typing import IO

__all__ = ["View"]

Piece = tuple[int, int] | bytes
"""First and last-plus-one byte of the file, or other bytes in their place."""


class View:
    """Pieces of a file, read as one; without a name, so that nobody looks at the extension.

    Parameters
    ----------
    file : binary file object
        Can be rewound.
    pieces : list of (int, int) or bytes

    Attributes
    ----------
    size : int
        Bytes.
    """

    def __init__(self, file: IO[bytes] | View, pieces: list[Piece]) -> None:
        self._file = file
        self._pieces = [piece for piece in pieces if _length(piece) > 0]
        self._starts = [0, *accumulate(_length(piece) for piece in self._pieces)]
        self.size = self._starts[-1]
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes; -1 for all that is left."""
        left = self.size - self._at if size < 0 else min(size, self.size - self._at)
        out = []
        while left > 0:
            data = self._some(left)
            if not data:
                break
            out.append(data)
            self._at += len(data)
            left -= len(data)
        return out[0] if len(out) == 1 else b"".join(out)

    def _some(self, size: int) -> bytes:
        """Read from the piece at hand."""
        number = bisect.bisect_right(self._starts, self._at) - 1
        piece, into = self._pieces[number], self._at - self._starts[number]
        if isinstance(piece, bytes):
            return piece[into : into + size]
        self._file.seek(piece[0] + into)
        return self._file.read(min(size, piece[1] - piece[0] - into))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, as of a file."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Give the place."""
        return self._at


def _length(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else piece[1] - piece[0]
