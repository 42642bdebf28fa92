"""Pass over what is not sound, before a decoder takes it into memory: tags and the pictures in them.

A cover of 250 MB costs a decoder twice that, and bytes that no decoder sees cannot upset it. ID3 and APEv2 tags
(mp3, aac) are left out whole; in mp4 the large entries of the list of tags, in Matroska the attachments become
free space; a large comment in Ogg becomes an empty one. Everything else stays at its place.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

from . import ogg_pages
from .mp3 import Mp3, first_frame, itunes_ends
from .view import Piece, View

__all__ = ["bare"]

LARGE = 1 << 16
"""Bytes from which an entry of mp4's list of tags is taken out."""

LARGE_COMMENT = 1 << 22
"""The same for Ogg's comment; the decoder takes what is missing for a hole, which changes last digits."""

_MOST = 100_000
"""Parts of a file that are looked at before it is shown as it is."""


def bare(file: IO[bytes] | View, size: int) -> tuple[View | None, Mp3]:
    """Show a file without its tags.

    Parameters
    ----------
    file : binary file object
        Can be rewound.
    size : int
        Bytes in it.

    Returns
    -------
    view : View or None
        None where there is nothing to leave out.
    mp3 : Mp3
        What an mp3 file says of its length.
    """
    file.seek(0)
    head = file.read(12)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"):
        return _patched(file, size, _mp4_tags(file, 0, size)), Mp3()
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return _patched(file, size, _matroska_attachments(file, size)), Mp3()
    if head[:4] == b"OggS":
        pieces = ogg_pages.without_comment(file, size, LARGE_COMMENT)
        return View(file, pieces) if pieces else None, Mp3()
    start, ends = _after_id3(file, size)
    end = _before_tail(file, start, size)
    counted, cut = first_frame(file, start)
    view = View(file, [(start, end)]) if (start, end) != (0, size) else None
    return view, Mp3(counted, (0, 0) if cut or ends is None else ends)


def _patched(file: IO[bytes] | View, size: int, patches: Iterator[tuple[int, bytes]]) -> View | None:
    pieces: list[Piece] = []
    at = 0
    for place, data in patches:
        pieces += [(at, place), data]
        at = place + len(data)
    return View(file, [*pieces, (at, size)]) if at else None


# --- ID3 and APEv2


def _after_id3(file: IO[bytes] | View, size: int) -> tuple[int, tuple[int, int] | None]:
    start: int = 0
    ends: tuple[int, int] | None = None
    while True:
        file.seek(start)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3" or max(head[6:10]) > 0x7F or head[3] == 0xFF:
            return start, ends
        length = _synchsafe(head[6:10])
        end = start + 10 + length + (10 if head[5] & 0x10 else 0)
        if end >= size:
            return start, ends
        ends = ends or _noted_ends(file, head[3], start + 10, start + 10 + length)
        start = end


def _noted_ends(file: IO[bytes] | View, version: int, at: int, end: int) -> tuple[int, int] | None:
    """Find iTunes' note among the frames of a tag."""
    shape = (3, 3, b"COM") if version < 3 else (4, 4, b"COMM")
    head_size = 6 if version < 3 else 10
    for _ in range(_MOST):
        file.seek(at)
        head = file.read(head_size)
        name, number = head[: shape[0]], head[shape[0] : shape[0] + shape[1]]
        if at + head_size > end or not name.strip(b"\0"):
            return None
        plain = version < 4 or max(number) > 0x7F
        length = int.from_bytes(number, "big") if plain else _synchsafe(number)
        if name == shape[2] and length < LARGE:
            ends = itunes_ends(file.read(length))
            if ends is not None:
                return ends
        at += head_size + length
    return None


def _synchsafe(data: bytes) -> int:
    return sum(byte << 7 * (len(data) - 1 - k) for k, byte in enumerate(data))


def _before_tail(file: IO[bytes] | View, start: int, size: int) -> int:
    """Where ID3v1 and APEv2 tags at the end begin, in this order from behind."""
    end = size
    if end - 128 > start:
        file.seek(end - 128)
        if file.read(3) == b"TAG":
            end -= 128
    if end - 32 > start:
        file.seek(end - 32)
        foot = file.read(32)
        if foot[:8] == b"APETAGEX":
            length, flags = struct.unpack("<I4xI", foot[12:24])
            begin = end - length - (32 if flags & 0x8000_0000 else 0)
            end = begin if begin > start else end
    return end


# --- mp4


def _mp4_tags(file: IO[bytes] | View, at: int, end: int, path: tuple[bytes, ...] = ()) -> Iterator[tuple[int, bytes]]:
    """Find the large entries of ``ilst``: each gives the place of its name, and the name ``free``."""
    for _ in range(_MOST):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8 or at + 8 > end:
            return
        length, name, into = int.from_bytes(head[:4], "big"), head[4:8], 8
        if length == 1:
            length, into = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:
            length = end - at
        if length < into:
            return
        if path and path[-1] == b"ilst":
            if length > LARGE:
                yield at + 4, b"free"
        elif name in (b"moov", b"udta", b"meta", b"ilst") and len(path) < 5:
            if name == b"meta" and head[into : into + 4] == bytes(4):  # version and flags come first
                into += 4
            yield from _mp4_tags(file, at + into, min(end, at + length), (*path, name))
        at += length


# --- Matroska and WebM

_SEGMENT, _ATTACHMENTS, _VOID = b"\x18\x53\x80\x67", b"\x19\x41\xa4\x69", 0xEC


def _matroska_attachments(file: IO[bytes] | View, size: int) -> Iterator[tuple[int, bytes]]:
    """Find the attachments: their place, and the head of an empty element of the same length."""
    at = 0
    for _ in range(_MOST):
        file.seek(at)
        head = file.read(12)
        if len(head) < 2 or not head[0]:
            return
        name_length = 9 - head[0].bit_length()
        name = head[:name_length]
        size_at = head[name_length : name_length + 1]
        if name_length > 4 or not size_at or not size_at[0]:
            return
        size_length = 9 - size_at[0].bit_length()
        number = head[name_length : name_length + size_length]
        length = int.from_bytes(number, "big") & ((1 << 7 * size_length) - 1)
        into = name_length + size_length
        if name == _SEGMENT:
            at += into
            continue
        if length == (1 << 7 * size_length) - 1:  # of unknown length
            return
        if name == _ATTACHMENTS:
            width = min(8, into - 1)
            yield at, bytes([_VOID]) + ((1 << 7 * width) | (length + into - 1 - width)).to_bytes(width, "big")
        at += into + length
