"""The comments of ogg files: Vorbis, Opus, Speex and FLAC. See https://www.rfc-editor.org/rfc/rfc3533.

The pages with the comments are laid anew in the same number, so that no page behind them changes; only where the
comments outgrow those pages are all later ones numbered anew.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from .data import Data, Splice
from .fields import Values
from .vorbis import Comments

__all__ = ["Ogg"]

_STARTS = {  # how the first packet begins -> (name, how the packet of comments begins)
    b"\x01vorbis": ("Vorbis comments", b"\x03vorbis"),
    b"OpusHead": ("Opus tags", b"OpusTags"),
    b"Speex   ": ("Vorbis comments", b""),
    b"\x7fFLAC": ("Vorbis comments", None),
}
_MOST = 64 << 20
_NOTHING_ENDS = (1 << 64) - 1
_REVERSED = bytes(int(f"{i:08b}"[::-1], 2) for i in range(256))


@dataclass(frozen=True)
class _Page:
    start: int
    head: bytes
    lacing: bytes

    @property
    def body(self) -> int:
        return self.start + 27 + len(self.lacing)

    @property
    def stop(self) -> int:
        return self.body + sum(self.lacing)

    @property
    def serial(self) -> bytes:
        return self.head[14:18]

    @property
    def number(self) -> int:
        return int.from_bytes(self.head[18:22], "little")

    @property
    def ends(self) -> bool:
        """Whether the last packet on the page ends there."""
        return bool(self.lacing) and self.lacing[-1] < 255


class Ogg:
    """The comments of the first stream of sound."""

    def __init__(self, data: Data) -> None:
        self._data = data
        start = self._find_stream()
        self._pages = list(self._comment_pages(start))
        self._packets = self._join()
        try:
            self._comments = Comments(self._packets[0][self._skip :])
        except ValueError as error:
            raise data.damaged(f"its comments cannot be read ({error})") from error

    def read(self) -> Values:
        return self._comments.read()

    def edit(self, fields: Mapping[str, list[str]]) -> list[Splice]:
        new = self._comments.edited(fields)
        if new is None:
            return []
        first = self._packets[0][: self._skip] + new
        if self._skip == 4 and self._name_is_flac:
            if len(new) >= 1 << 24:
                raise self._data.damaged("has no room left in its comments", "remove some first")
            first = first[:1] + len(new).to_bytes(3) + new
        pages = self._lay([first, *self._packets[1:]])
        more = len(pages) - len(self._pages)
        return self._replaced(pages) + (list(self._renumber(more)) if more else [])

    def _replaced(self, pages: list[bytes]) -> list[Splice]:
        """Put pages in the place of ours: at once where no other stream's stand between them."""
        old = self._pages
        if all(page.stop == after.start for page, after in pairwise(old)):
            return [Splice(old[0].start, old[-1].stop, b"".join(pages))]
        last = len(old) - 1
        new = [*pages[:last], b"".join(pages[last:])] + [b""] * (last + 1)
        return [Splice(page.start, page.stop, new[i]) for i, page in enumerate(old)]

    def _find_stream(self) -> _Page:
        for page in self._walk(0):
            if not page.head[5] & 2:
                break
            packet = self._data.peek(page.body, min(64, page.stop - page.body))
            for sign, (name, comments) in _STARTS.items():
                if packet.startswith(sign):
                    self.name, self._name_is_flac = name, comments is None
                    self._sign = comments or b""
                    self._skip = 4 if comments is None else len(comments)
                    return page
        raise self._data.damaged("holds no Vorbis, Opus, Speex or FLAC sound", "only such ogg files carry a genre")

    def _walk(self, at: int) -> Iterator[_Page]:
        while at < self._data.size:
            head = self._data.read(at, 27)
            if head[:5] != b"OggS\0":
                raise self._data.damaged(f"has no ogg page at byte {at}", "copy or download the file again")
            page = _Page(at, head, self._data.read(at + 27, head[26]))
            if page.stop > self._data.size:
                raise self._data.damaged("breaks off inside an ogg page", "copy or download the file again")
            yield page
            at = page.stop

    def _comment_pages(self, start: _Page) -> Iterator[_Page]:
        """Give the pages from the comments on to the first one that ends together with a packet."""
        size = 0
        for page in self._walk(start.stop):
            if page.serial != start.serial:
                continue
            size += page.stop - page.body
            if size > _MOST:
                raise self._data.damaged(f"has more than {_MOST >> 20} MB of comments", "remove its picture first")
            yield page
            if page.ends:
                return
        raise self._data.damaged("breaks off inside its comments", "copy or download the file again")

    def _join(self) -> list[bytes]:
        packets, current = [], bytearray()
        for page in self._pages:
            at, body = 0, self._data.read(page.body, page.stop - page.body)
            for size in page.lacing:
                current += body[at : at + size]
                at += size
                if size < 255:
                    packets.append(bytes(current))
                    current.clear()
        good = packets and packets[0].startswith(self._sign) and (not self._name_is_flac or packets[0][0] & 0x7F == 4)
        if not good:
            raise self._data.damaged("has no comments behind its first page", "copy or download the file again")
        return packets

    def _lay(self, packets: list[bytes]) -> list[bytes]:
        """Lay packets on as many pages as they had, or as they need."""
        lacing = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
        body = memoryview(b"".join(packets))
        count = max(min(len(self._pages), len(lacing)), -(-len(lacing) // 255))
        pages, at, used = [], 0, 0
        for i in range(count):
            share = -(-(len(lacing) - used) // (count - i))
            mine = lacing[used : used + share]
            size = sum(mine)
            head = bytearray(self._pages[min(i, len(self._pages) - 1)].head)
            goes_on = used > 0 and lacing[used - 1] == 255
            head[5] = head[5] & ~1 | goes_on
            if i < count - 1:
                head[6:14] = (0 if any(n < 255 for n in mine) else _NOTHING_ENDS).to_bytes(8, "little")
            else:
                head[6:14] = self._pages[-1].head[6:14]
            head[18:22] = (self._pages[0].number + i).to_bytes(4, "little")
            head[26] = len(mine)
            pages.append(_signed(bytes(head) + mine + bytes(body[at : at + size])))
            at, used = at + size, used + share
        return pages

    def _renumber(self, more: int) -> Iterator[Splice]:
        last = self._pages[-1]
        for page in self._walk(last.stop):
            if page.serial == last.serial:
                number = (page.number + more) & 0xFFFFFFFF
                raw = bytearray(self._data.read(page.start, page.stop - page.start))
                raw[18:22] = number.to_bytes(4, "little")
                yield Splice(page.start + 18, page.start + 26, _signed(bytes(raw))[18:26])
                if page.head[5] & 4:
                    return


def _signed(page: bytes) -> bytes:
    """Put in the checksum: CRC-32 with the bits the other way round than zlib's."""
    page = page[:22] + bytes(4) + page[26:]
    crc = ~zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) & 0xFFFFFFFF
    return page[:22] + crc.to_bytes(4, "little").translate(_REVERSED)[::-1] + page[26:]
