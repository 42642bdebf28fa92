"""The tags of wma files: the first value of a name among the extended descriptions, more in the metadata library.

See Microsoft's "Advanced Systems Format (ASF) Specification".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from .data import Data, Splice, grown
from .fields import ARTIST, GENRE, MARK, MARK_FIELD, MOOD, MOST_READ, TITLE, Values, changed

__all__ = ["SIGN", "Asf"]

SIGN = UUID("75B22630-668E-11CF-A6D9-00AA0062CE6C").bytes_le
_CONTENT = UUID("75B22633-668E-11CF-A6D9-00AA0062CE6C").bytes_le
_EXTENDED = UUID("D2D0A440-E307-11D2-97F0-00A0C95EA850").bytes_le
_PROPERTIES = UUID("8CABDCA1-A947-11CF-8EE4-00C00C205365").bytes_le
_EXTENSION = UUID("5FBF03B5-A92E-11CF-8EE3-00C00C205365").bytes_le
_LIBRARY = UUID("44231C94-9498-49D1-A141-1D134E457054").bytes_le

_NAMES = {"WM/Genre": GENRE, "WM/Mood": MOOD, MARK: MARK_FIELD, "Author": ARTIST, "Title": TITLE}
_OURS = {GENRE: "WM/Genre", MOOD: "WM/Mood", MARK_FIELD: MARK}
_MOST = 0xFFFF


@dataclass(frozen=True)
class _Object:
    kind: bytes
    start: int
    stop: int

    @property
    def body(self) -> int:
        return self.start + 24


@dataclass(frozen=True)
class _Item:
    start: int
    stop: int
    field: str | None
    value: str


class Asf:
    """The tags of one file."""

    name = "ASF"

    def __init__(self, data: Data) -> None:
        self._data = data
        self._end = data.number(16, 8, "little")
        self._objects = list(self._walk(30, self._end))
        self._extended = self._find(self._objects, _EXTENDED)
        extension = self._find(self._objects, _EXTENSION)
        self._extension = extension
        inside = list(self._walk(extension.body + 22, extension.stop)) if extension else []
        self._library = self._find(inside, _LIBRARY)
        self._items = list(self._described())
        self._more = list(self._in_library())

    def read(self) -> Values:
        found = self._content()
        for item in self._items + self._more:
            if item.field is not None and item.value:
                found.setdefault(item.field, []).append(item.value)
        return found

    def edit(self, fields: Mapping[str, list[str]]) -> list[Splice]:
        new = {name: values for name, values in changed(self.read(), fields).items() if name in _OURS}
        if not new:
            return []
        first = [(field, values[0]) for field, values in new.items() if values]
        more = [(field, value) for field, values in new.items() for value in values[1:]]
        objects = (self._extended is None) * bool(first)
        splices = self._edit_described(new, first) + self._edit_library(new, more)
        if more and self._extension is None:
            body = UUID("ABD3D211-A9BA-11CF-8EE6-00C00C205365").bytes_le + b"\x06\0"
            library = _object(_LIBRARY, len(more).to_bytes(2, "little") + b"".join(map(_library_item, more)))
            extension = _object(_EXTENSION, body + len(library).to_bytes(4, "little") + library)
            splices.append(Splice(self._end, self._end, extension))
            objects += 1
        return self._sized(splices, objects)

    def _edit_described(self, new: Values, first: list[tuple[str, str]]) -> list[Splice]:
        added = b"".join(self._described_item(*pair) for pair in first)
        where = self._extended
        if where is None:
            return [Splice(self._end, self._end, _object(_EXTENDED, _u16(len(first)) + added))] if first else []
        gone = [Splice(item.start, item.stop, b"") for item in self._items if item.field in new]
        inner = [*gone, Splice(where.stop, where.stop, added)]
        count = self._data.number(where.body, 2, "little") - len(gone) + len(first)
        return self._resized(where, inner, Splice(where.body, where.body + 2, _u16(count)))

    def _edit_library(self, new: Values, more: list[tuple[str, str]]) -> list[Splice]:
        outer, where = self._extension, self._library
        added = b"".join(map(_library_item, more))
        if outer is None:
            return []
        if where is None:
            inner = [Splice(outer.stop, outer.stop, _object(_LIBRARY, _u16(len(more)) + added))] if more else []
        else:
            gone = [Splice(item.start, item.stop, b"") for item in self._more if item.field in new]
            inner = [*gone, Splice(where.stop, where.stop, added)]
            count = self._data.number(where.body, 2, "little") - len(gone) + len(more)
            changes = bool(gone or more)
            inner = self._resized(where, inner, Splice(where.body, where.body + 2, _u16(count))) if changes else []
        if not inner:
            return []
        size = self._data.number(outer.body + 18, 4, "little") + grown(inner)
        told = Splice(outer.body + 18, outer.body + 22, size.to_bytes(4, "little"))
        return self._resized(outer, inner, told)

    def _resized(self, where: _Object, inner: list[Splice], told: Splice) -> list[Splice]:
        size = where.stop - where.start + grown(inner)
        return [Splice(where.start + 16, where.start + 24, size.to_bytes(8, "little")), told, *inner]

    def _sized(self, splices: list[Splice], objects: int) -> list[Splice]:
        more = grown(splices)
        splices.append(Splice(16, 24, (self._end + more).to_bytes(8, "little")))
        if objects:
            count = self._data.number(24, 4, "little") + objects
            splices.append(Splice(24, 28, count.to_bytes(4, "little")))
        properties = self._find(self._objects, _PROPERTIES)
        if properties is not None:
            size = self._data.number(properties.body + 16, 8, "little") + more
            splices.append(Splice(properties.body + 16, properties.body + 24, size.to_bytes(8, "little")))
        return sorted(splices, key=lambda splice: (splice.start, splice.stop))

    def _walk(self, at: int, end: int) -> Iterator[_Object]:
        while at + 24 <= end:
            stop = at + self._data.number(at + 16, 8, "little")
            if stop < at + 24 or stop > min(end, self._data.size):
                raise self._data.damaged(f"has a damaged object at byte {at}", "copy or download the file again")
            yield _Object(self._data.read(at, 16), at, stop)
            at = stop

    @staticmethod
    def _find(objects: list[_Object], kind: bytes) -> _Object | None:
        return next((found for found in objects if found.kind == kind), None)

    def _content(self) -> Values:
        """Read the title and the author."""
        found = self._find(self._objects, _CONTENT)
        if found is None:
            return {}
        sizes = [self._data.number(found.body + 2 * i, 2, "little") for i in range(2)]
        texts, at = [], found.body + 10
        for size in sizes:
            texts.append(self._text(at, size))
            at += size
        return {field: [text] for field, text in zip((TITLE, ARTIST), texts, strict=True) if text}

    def _described(self) -> Iterator[_Item]:
        if self._extended is None:
            return
        at = self._extended.body + 2
        for _ in range(self._data.number(self._extended.body, 2, "little")):
            letters = self._data.number(at, 2, "little")
            kind = self._data.number(at + 2 + letters, 2, "little")
            size = self._data.number(at + 4 + letters, 2, "little")
            stop = at + 6 + letters + size
            if stop > self._extended.stop:
                raise self._data.damaged()
            yield self._item(at, stop, at + 2, letters, kind, size)
            at = stop

    def _in_library(self) -> Iterator[_Item]:
        if self._library is None:
            return
        at = self._library.body + 2
        for _ in range(self._data.number(self._library.body, 2, "little")):
            letters, kind = (self._data.number(at + i, 2, "little") for i in (4, 6))
            size = self._data.number(at + 8, 4, "little")
            stop = at + 12 + letters + size
            if stop > self._library.stop:
                raise self._data.damaged()
            yield self._item(at, stop, at + 12, letters, kind, size)
            at = stop

    def _item(self, start: int, stop: int, name: int, letters: int, kind: int, size: int) -> _Item:
        field = _NAMES.get(self._text(name, letters))
        readable = field is not None and kind in (0, 1) and size <= MOST_READ
        if readable and kind == 1:  # our mark is ASCII: half as long in bytes
            return _Item(start, stop, field, self._data.read(stop - size, size).decode("utf-8", "replace"))
        return _Item(start, stop, field, self._text(stop - size, size) if readable else "")

    def _text(self, at: int, size: int) -> str:
        return self._data.read(at, size).decode("utf-16-le", "replace").rstrip("\0")

    def _described_item(self, field: str, value: str) -> bytes:
        name = _utf16(_OURS[field])
        kind, raw = (1, value.encode("ascii", "replace")) if field == MARK_FIELD else (0, _utf16(value))
        if len(raw) > _MOST:
            raise self._data.damaged("has no room for so long a text", "shorten the genre")
        return _u16(len(name)) + name + _u16(kind) + _u16(len(raw)) + raw


def _library_item(pair: tuple[str, str]) -> bytes:
    name, value = _utf16(_OURS[pair[0]]), _utf16(pair[1])
    return bytes(4) + _u16(len(name)) + _u16(0) + len(value).to_bytes(4, "little") + name + value


def _object(kind: bytes, body: bytes) -> bytes:
    return kind + (24 + len(body)).to_bytes(8, "little") + body


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "replace") + b"\0\0"


def _u16(number: int) -> bytes:
    return number.to_bytes(2, "little")
