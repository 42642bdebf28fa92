"""APEv2 tags: of WavPack and Monkey's Audio, and beside the ID3 tags of an mp3.

See https://wiki.hydrogenaud.io/index.php?title=APEv2_specification.
"""

from __future__ import annotations

from collections.abc import Mapping

from .data import Data, Splice, grown
from .fields import ARTIST, GENRE, MARK, MARK_FIELD, MOOD, MOST_READ, TITLE, Values, changed

__all__ = ["Ape", "find", "new_tag"]

_KEYS = {b"genre": GENRE, b"mood": MOOD, b"artist": ARTIST, b"title": TITLE, MARK.lower().encode(): MARK_FIELD}
_NAMES = {GENRE: b"Genre", MOOD: b"Mood", MARK_FIELD: MARK.encode()}
_SIGN, _EDGE = b"APETAGEX", 32


def find(data: Data, end: int) -> Ape | None:
    """Find the tag whose last byte stands before ``end``."""
    if end >= _EDGE and data.read(end - _EDGE, 8) == _SIGN:
        return Ape(data, end - _EDGE)
    return None


class Ape:
    """A tag by its footer."""

    name = "APEv2"

    def __init__(self, data: Data, footer: int) -> None:
        self._data, self._footer = data, footer
        self._size = data.number(footer + 12, 4, "little")
        self._count = data.number(footer + 16, 4, "little")
        has_header = data.number(footer + 20, 4, "little") >> 31
        self._first = footer + _EDGE - self._size
        self.start = self._first - _EDGE * has_header
        self.stop = footer + _EDGE
        if self._size < _EDGE or self.start < 0 or (has_header and data.read(self.start, 8) != _SIGN):
            raise data.damaged("its APE tag is damaged")
        self._items = [self._item(*place) for place in self._walk()]

    def read(self) -> Values:
        found: Values = {}
        for _, _, field, values in self._items:
            if field is not None:
                found.setdefault(field, []).extend(values)
        return found

    def edit(self, fields: Mapping[str, list[str]]) -> list[Splice]:
        new = changed(self.read(), fields)
        if not new:
            return []
        gone = [item for item in self._items if item[2] in new]
        added = _render(new)
        if not added and len(gone) == len(self._items):
            return [Splice(self.start, self.stop, b"")]
        splices = [Splice(start, stop, b"") for start, stop, _, _ in gone]
        splices += [Splice(self._footer, self._footer, b"".join(added))] if added else []
        size, count = self._size + grown(splices), self._count - len(gone) + len(added)
        fixed = size.to_bytes(4, "little") + count.to_bytes(4, "little")
        edges = [self.start] * (self.start < self._first) + [self._footer]
        heads = [Splice(edge + 12, edge + 20, fixed) for edge in edges]
        return [*heads[:-1], *splices, heads[-1]]

    def _walk(self) -> list[tuple[int, int, int]]:
        """List where each item begins, where its value does, and where it ends."""
        at, found = self._first, []
        for _ in range(self._count):
            size = self._data.number(at, 4, "little")
            key = self._data.peek(at + 8, 257).split(b"\0")[0]
            value = at + 9 + len(key)
            if len(key) > 255 or value + size > self._footer:
                raise self._data.damaged("its APE tag is damaged")
            found.append((at, value, value + size))
            at = value + size
        return found

    def _item(self, start: int, value: int, stop: int) -> tuple[int, int, str | None, list[str]]:
        field = _KEYS.get(self._data.read(start + 8, value - start - 9).lower())
        binary = self._data.number(start + 4, 4, "little") >> 1 & 3
        if field is None or binary or stop - value > MOST_READ:
            return start, stop, None, []
        text = self._data.read(value, stop - value).decode("utf-8", "replace")
        return start, stop, field, [part for part in text.split("\0") if part]


def new_tag(fields: Mapping[str, list[str]]) -> bytes:
    """Make a tag with these fields; nothing where none has a value."""
    items = _render(fields)
    if not items:
        return b""
    body = b"".join(items)
    edge = _SIGN + b"".join(n.to_bytes(4, "little") for n in (2000, len(body) + _EDGE, len(items)))
    head, foot = ((flags << 29).to_bytes(4, "little") + bytes(8) for flags in (0b101, 0b100))
    return edge + head + body + edge + foot


def _render(fields: Mapping[str, list[str]]) -> list[bytes]:
    items = []
    for field, values in fields.items():
        value = "\0".join(values).encode("utf-8", "replace")
        if value:
            items.append(len(value).to_bytes(4, "little") + bytes(4) + _NAMES[field] + b"\0" + value)
    return items
