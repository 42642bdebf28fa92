"""A file as pieces of bytes: reading parts of it, and changes that leave everything else as it is.

Whoever writes a tag says which bytes of the file go and which come (`Splice`). What is not named stays, byte for
byte, and is copied in blocks, so that no picture and no sound is ever held in memory.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from musiclassify.audio.errors import AudioError

__all__ = ["BLOCK", "Data", "Splice", "TagError", "digest", "grown", "spliced"]

BLOCK = 1 << 20
"""Bytes that are copied at a time."""


class TagError(AudioError):
    """The tags cannot be read or written."""

    advice = "mp3, flac, ogg, opus, m4a, wav, aiff, wv, ape and wma files can carry a genre"


@dataclass(frozen=True)
class Splice:
    """One change of a file.

    Attributes
    ----------
    start, stop : int
        The bytes that go; nothing where both are the same.
    new : bytes
        What stands in their place.
    shift : tuple of int, optional
        ``(width, delta)``: the bytes are a table of big-endian numbers that all grew by ``delta``.
    """

    start: int
    stop: int
    new: bytes
    shift: tuple[int, int] | None = None


class Data:
    """A file that is open for reading in parts.

    Parameters
    ----------
    path : path
        What errors name.
    file : binary file object
        Can seek.
    """

    def __init__(self, path: str | os.PathLike[str], file: BinaryIO) -> None:
        self.path = Path(path)
        self._file = file
        self.size = file.seek(0, os.SEEK_END)

    def read(self, start: int, size: int) -> bytes:
        """Give ``size`` bytes from ``start`` on.

        Raises
        ------
        TagError
            The file ends before.
        """
        if start < 0 or size < 0 or start + size > self.size:
            raise self.damaged()
        self._file.seek(start)
        found = self._file.read(size)
        if len(found) != size:
            raise self.damaged()
        return found

    def peek(self, start: int, size: int) -> bytes:
        """Give what is there of ``size`` bytes from ``start`` on."""
        start = max(0, start)
        return self.read(start, min(size, max(0, self.size - start)))

    def number(self, start: int, size: int, order: str = "big") -> int:
        """Read a whole number without a sign."""
        return int.from_bytes(self.read(start, size), order)

    def blocks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Give the bytes from ``start`` to ``stop`` in blocks."""
        stop = self.size if stop is None else stop
        for at in range(start, stop, BLOCK):
            yield self.read(at, min(BLOCK, stop - at))

    def damaged(self, what: str = "its tags are damaged", advice: str = "repair or remove the tags first") -> TagError:
        """Make the error that says so."""
        return TagError(self.path, what, advice)


def spliced(data: Data, splices: Iterable[Splice]) -> Iterator[bytes]:
    """Give the file as it is after the changes, in blocks.

    Parameters
    ----------
    data : Data
    splices : iterable of Splice
        In the order of the file; none overlaps another.
    """
    at = 0
    for splice in splices:
        if splice.start < at or splice.stop < splice.start:
            raise ValueError(f"changes of {data.path} overlap at byte {splice.start}")
        yield from data.blocks(at, splice.start)
        yield splice.new
        at = splice.stop
    yield from data.blocks(at)


def digest(blocks: Iterable[bytes]) -> str:
    """Give the sha256 of blocks of bytes, in hex."""
    found = hashlib.sha256()
    for block in blocks:
        found.update(block)
    return found.hexdigest()


def grown(splices: Iterable[Splice]) -> int:
    """Count the bytes that a file gains by the changes."""
    return sum(len(splice.new) - (splice.stop - splice.start) for splice in splices)
