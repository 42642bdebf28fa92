"""Ogg's pages (RFC 3533): where the links of a chain lie, and a comment of megabytes made an empty one."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import IO, NamedTuple

from .view import Piece, View
from .write import checksum

__all__ = ["links", "without_comment"]

_AT_ONCE = 1 << 20
_FIRST = re.compile(rb"OggS\x00[\x02\x06]\x00{8}.{4}\x00{4}", re.DOTALL)
"""A page that begins a stream: position and number are 0."""

_EMPTY = struct.pack("<II", 0, 0)
"""A comment without vendor and without entries."""


def links(file: IO[bytes] | View, size: int) -> Iterator[tuple[int, int]]:
    """Give the first and the last-plus-one byte of each link of a chained Ogg file, as they are found.

    Streams that run side by side (their first pages stand together) are one link.
    """
    start, behind = 0, 0
    for place in _beginnings(file, size):
        page = _page(file, place)
        if place > behind:
            yield start, place
            start = place
        behind = page.end if page else behind
    yield start, size


def _beginnings(file: IO[bytes] | View, size: int) -> Iterator[int]:
    at, kept = 0, b""
    while at < size:
        file.seek(at)
        data = file.read(_AT_ONCE)
        if not data:
            return
        window = kept + data
        for found in _FIRST.finditer(window):
            yield at - len(kept) + found.start()
        at += len(data)
        kept = window[-21:]  # one byte less than what is looked for


class _Page(NamedTuple):
    head: bytes
    laces: bytes
    body: int
    end: int


def _page(file: IO[bytes] | View, at: int) -> _Page | None:
    file.seek(at)
    data = file.read(27 + 255)
    if data[:4] != b"OggS" or len(data) < 27:
        return None
    laces = data[27 : 27 + data[26]]
    body = at + 27 + data[26]
    return _Page(data[:27], laces, body, body + sum(laces))


def without_comment(file: IO[bytes] | View, size: int, large: int) -> list[Piece] | None:
    """Show a Vorbis or Opus file with an empty comment in place of one above ``large`` bytes; None for any other."""
    first = _page(file, 0)
    if first is None:
        return None
    file.seek(first.body)
    kind = file.read(8)
    if kind[:7] == b"\x01vorbis":
        comment, packets = b"\x03vorbis" + _EMPTY + b"\x01", 2
    elif kind == b"OpusHead":
        comment, packets = b"OpusTags" + _EMPTY, 1
    else:
        return None
    lengths, place, tail = [0], first.end, b""
    while len(lengths) <= packets:
        page = _page(file, place)
        if page is None or page.end > size or page.head[14:18] != first.head[14:18]:
            return None
        offset = page.body
        for lace in page.laces:
            if len(lengths) > packets:
                return None  # sound on the last page of the heads: against the rules
            if len(lengths) == 2 and len(tail) < large:
                file.seek(offset)
                tail += file.read(lace)
            offset += lace
            lengths[-1] += lace
            if lace < 255:
                lengths.append(0)
        place = page.end
    if lengths[0] <= large or len(tail) >= large:
        return None
    return [(0, first.end), *_pages([comment, tail][:packets], first.head[14:18]), (place, size)]


def _pages(packets: list[bytes], serial: bytes) -> Iterator[bytes]:
    """Put the second and the third head on pages."""
    laces = [lace for packet in packets for lace in [*[255] * (len(packet) // 255), len(packet) % 255]]
    body = b"".join(packets)
    for number, start in enumerate(range(0, len(laces), 255), 1):
        part = laces[start : start + 255]
        data, body = body[: sum(part)], body[sum(part) :]
        goes_on = start > 0 and laces[start - 1] == 255
        ends = any(lace < 255 for lace in part)
        head = bytearray(b"OggS" + struct.pack("<BBq", 0, int(goes_on), 0 if ends else -1) + serial)
        head += struct.pack("<II", number, 0) + bytes([len(part), *part])
        head[22:26] = checksum(bytes(head) + data).to_bytes(4, "little")
        yield bytes(head) + data
