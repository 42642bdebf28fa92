"""The Vorbis comments of a flac file. See https://www.rfc-editor.org/rfc/rfc9639."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .data import Data, Splice
from .fields import Values
from .vorbis import Comments

__all__ = ["Flac"]

_PADDING, _COMMENTS = 1, 4
_MOST = (1 << 24) - 1


@dataclass(frozen=True)
class _Part:
    kind: int
    start: int
    stop: int


class Flac:
    """The comments of the flac stream that begins at ``start``."""

    name = "Vorbis comments"

    def __init__(self, data: Data, start: int) -> None:
        self._data = data
        self._parts: list[_Part] = []
        at, last = start + 4, False
        while not last:
            kind, size = data.number(at, 1), data.number(at + 1, 3)
            last = bool(kind & 0x80)
            if at + 4 + size > data.size:
                raise data.damaged("breaks off inside its header", "copy or download the file again")
            self._parts.append(_Part(kind & 0x7F, at, at + 4 + size))
            at += 4 + size
        self._ours = next((part for part in self._parts if part.kind == _COMMENTS), None)

    def read(self) -> Values:
        return self._comments().read()

    def edit(self, fields: Mapping[str, list[str]]) -> list[Splice]:
        new = self._comments().edited(fields)
        if new is None:
            return []
        if len(new) > _MOST:
            raise self._data.damaged("has no room left in its comments", "remove some first")
        if self._ours is None:
            return self._inserted(new)
        start, stop = self._ours.start, self._ours.stop
        flags = self._data.read(start, 1)
        splices = [Splice(start, stop, flags + len(new).to_bytes(3) + new)]
        return sorted(splices + self._padded(4 + len(new) - (stop - start)), key=lambda splice: splice.start)

    def _inserted(self, new: bytes) -> list[Splice]:
        """Put a block of comments behind the first block, which is always the stream's own."""
        first = self._parts[0]
        last = 0x80 if len(self._parts) == 1 else 0
        block = bytes([last | _COMMENTS]) + len(new).to_bytes(3) + new
        head = [Splice(first.start, first.start + 1, bytes([first.kind]))] if last else []
        return [*head, Splice(first.stop, first.stop, block), *self._padded(len(block))]

    def _padded(self, more: int) -> list[Splice]:
        """Take what the comments need from the padding, where it has that much, or give back what they free."""
        for part in self._parts:
            size = part.stop - part.start - 4 - more
            if part.kind == _PADDING and 0 <= size <= _MOST:
                head = Splice(part.start + 1, part.start + 4, size.to_bytes(3))
                return [head, Splice(part.stop - max(0, more), part.stop, bytes(max(0, -more)))] if more else []
        return []

    def _comments(self) -> Comments:
        if self._ours is None:
            return Comments.empty()
        try:
            return Comments(self._data.read(self._ours.start + 4, self._ours.stop - self._ours.start - 4))
        except ValueError as error:
            raise self._data.damaged(f"its comments cannot be read ({error})") from error
