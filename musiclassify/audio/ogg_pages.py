"""Ogg's pages (RFC 3533): where the links of a chain lie, what pages there are, a comment of megabytes made empty."""

from __future__ import annotations

import re
import struct
import zlib
from array import array
from collections.abc import Iterator
from typing import IO, NamedTuple

from .view import Piece, View

__all__ = ["Pages", "checksum", "links", "pages", "without_comment"]

_AT_ONCE = 1 << 20
_MOST_PAGE = 27 + 255 + 255 * 255
_FIRST = re.compile(rb"OggS\x00[\x02\x06]\x00{8}.{4}\x00{4}", re.DOTALL)
"""A page that begins a stream: position and number are 0."""

_EMPTY = struct.pack("<II", 0, 0)
"""A comment without vendor and without entries."""


_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def checksum(page: bytes) -> int:
    """Ogg's CRC-32 (polynomial 0x04C11DB7, highest bit first, no inversion), by way of zlib's mirrored one."""
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


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


class Pages(NamedTuple):
    """The pages of a stream that is whole.

    Attributes
    ----------
    starts : array of int
        Where each page begins, and the end of the last, bytes.
    granules : array of int
        What each says of its last sample; -1 where no packet ends.
    heads : int
        Pages before the sound.
    """

    starts: array[int]
    granules: array[int]
    heads: int


def pages(file: IO[bytes] | View, size: int) -> Pages | None:
    """List the pages of a Vorbis file; None unless each is there and as it was written, by numbers and checksums."""
    found = Pages(array("q"), array("q"), 0)
    serial, at, data, start, packets = b"", 0, b"", 0, 0
    while at < size:
        if at + _MOST_PAGE > start + len(data) and start + len(data) < size:
            file.seek(at)
            data, start = file.read(_AT_ONCE), at
        head = data[at - start : at - start + 27 + 255]
        if head[:4] != b"OggS" or len(head) < 27:
            return None
        laces = head[27 : 27 + head[26]]
        page = data[at - start : at - start + 27 + len(laces) + sum(laces)]
        serial = serial or head[14:18]
        if len(page) < 27 + len(laces) + sum(laces) or head[14:22] != serial + struct.pack("<I", len(found.starts)):
            return None
        if checksum(page[:22] + bytes(4) + page[26:]).to_bytes(4, "little") != page[22:26]:
            return None
        if packets < 3:
            found, packets = found._replace(heads=found.heads + 1), packets + sum(lace < 255 for lace in laces)
        found.starts.append(at)
        found.granules.append(int.from_bytes(head[6:14], "little", signed=True))
        at += len(page)
    found.starts.append(at)
    return found


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
