"""Pieces of an Ogg Vorbis file, exactly: libsndfile's own seek lands a few hundred samples off now and then.

The pages around a piece are shown to libsndfile behind the heads of the file, as a short file of its own. Where they
begin in the song is not asked: the last page says where its last sample belongs (RFC 3533, Vorbis I section A.2), and
samples are counted from there. The decoder knows what went before from the packets ahead of the piece.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from typing import IO

import numpy as np
import soundfile as sf

from .ogg_pages import Pages, pages
from .readers import LostError
from .view import View

__all__ = ["VorbisPieces", "open_pieces"]

_AHEAD = 1 << 14
"""Samples that are decoded before a piece: two of the longest packets."""


def open_pieces(file: IO[bytes] | View, frames: int) -> VorbisPieces | None:
    """Look through a file's pages; None where something is missing or damaged, or it does not begin at sample 0."""
    found = pages(file, file.seek(0, os.SEEK_END))
    return VorbisPieces(file, found) if found and found.granules[-1] == frames else None


class VorbisPieces:
    """Reads pieces of a file.

    Parameters
    ----------
    file : binary file object
    found : Pages
    """

    def __init__(self, file: IO[bytes] | View, found: Pages) -> None:
        self._file, self._starts, self._heads = file, found.starts, found.heads
        ends = [(at, granule) for at, granule in enumerate(found.granules) if granule >= 0 and at >= found.heads]
        self._pages, self._granules = [at for at, _ in ends], [granule for _, granule in ends]

    def read(self, first: int, last: int) -> np.ndarray:
        """Read the samples from the first to the last-plus-one, float32 [last - first, channels].

        Raises
        ------
        LostError
        """
        end = bisect_left(self._granules, last)
        if end == len(self._granules):
            raise LostError
        begin = bisect_left(self._granules, first - _AHEAD) - 1
        page = self._heads if begin < 0 else self._pages[begin]
        heads, start, behind = self._starts[self._heads], self._starts[page], self._starts[self._pages[end] + 1]
        try:
            with sf.SoundFile(View(self._file, [(0, heads), (start, behind)])) as file:
                most = self._granules[end] - (self._granules[begin] if begin >= 0 else 0) + _AHEAD
                block = file.read(most, dtype="float32", always_2d=True)
        except sf.SoundFileError as error:
            raise LostError from error
        at = first - (self._granules[end] - len(block))
        if at < 0 or (begin >= 0 and at < _AHEAD // 4):
            raise LostError
        return block[at : at + last - first]
