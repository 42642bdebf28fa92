"""Where mp3 begins and ends.

A decoder of mp3 gives out more than was put in: its own delay of 529 samples, the encoder's delay, and padding at the
end. Where a file tells what was added, that is cut; where it does not, nothing is. It tells

1. by a LAME, Lavf or Lavc tag in its first frame: delay + 529 samples are cut at the start, padding - 529 at the end
   (FFmpeg does so);
2. where that is missing, by iTunes' note ``iTunSMPB`` in a comment of its ID3v2 tag: its two figures are cut as they
   stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO

from .view import View

__all__ = ["Mp3", "first_frame", "itunes_ends"]

_MOST_ADDED = 1 << 16
"""Samples; a note that says more is not believed."""


@dataclass(frozen=True)
class Mp3:
    """What an mp3 file says of its length.

    Attributes
    ----------
    counted : bool
        The first frame says how many follow (Xing, Info or VBRI).
    ends : (int, int)
        Samples that are still to be cut at the start and at the end when FFmpeg has done its part.
    """

    counted: bool = False
    ends: tuple[int, int] = (0, 0)


def first_frame(file: IO[bytes] | View, at: int) -> tuple[bool, bool]:
    """Tell whether the first frame of mp3 counts the frames, and whether FFmpeg cuts by its tag.

    Parameters
    ----------
    file : binary file object
    at : int
        Where the sound begins, behind all tags; zeros before it are passed over.
    """
    file.seek(at)
    data = file.read(4096).lstrip(b"\0")
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:  # layer III
        return False, False
    low, mono = data[1] & 0x18 != 0x18, data[3] >> 6 == 3
    info = 4 + ((9 if mono else 17) if low else (17 if mono else 32))  # side information stands between
    if data[36:40] == b"VBRI":
        return True, False
    if data[info : info + 4] not in (b"Xing", b"Info"):
        return False, False
    flags = int.from_bytes(data[info + 4 : info + 8], "big")
    tag = info + 8 + sum(size for bit, size in ((1, 4), (2, 4), (4, 100), (8, 4)) if flags & bit)
    return bool(flags & 1), data[tag : tag + 4] in (b"LAME", b"Lavf", b"Lavc")


def itunes_ends(comment: bytes) -> tuple[int, int] | None:
    """Read iTunes' note in the bytes of a comment, in whatever encoding; None where there is none."""
    found = re.search(rb"iTunSMPB\W+[0-9A-F]{8} ([0-9A-F]{8}) ([0-9A-F]{8}) ", comment.replace(b"\0", b""))
    if found is None:
        return None
    ends = int(found[1], 16), int(found[2], 16)
    return ends if max(ends) < _MOST_ADDED else None
