"""Vorbis comments, of flac, ogg and opus files. See https://xiph.org/vorbis/doc/v-comment.html."""

from __future__ import annotations

from collections.abc import Mapping

from .fields import ARTIST, GENRE, MARK, MARK_FIELD, MOOD, MOST_READ, TITLE, Values, changed

__all__ = ["Comments"]

_KEYS = {b"GENRE": GENRE, b"MOOD": MOOD, b"ARTIST": ARTIST, b"TITLE": TITLE, MARK.encode(): MARK_FIELD}
_NAMES = {field: key for key, field in _KEYS.items()}


class Comments:
    """Comments as they stand in a packet or block; those of other names stay as they are, in their order.

    Parameters
    ----------
    raw : bytes
        Begins with the length of the vendor's name.

    Raises
    ------
    ValueError
        The bytes are no comments.
    """

    def __init__(self, raw: bytes) -> None:
        vendor = _u32(raw, 0)
        self._head = raw[: 4 + vendor]
        count, at = _u32(raw, 4 + vendor), 8 + vendor
        self._entries: list[bytes] = []
        for _ in range(count):
            size = _u32(raw, at)
            if at + 4 + size > len(raw):
                raise ValueError("a comment ends behind its packet")
            self._entries.append(raw[at + 4 : at + 4 + size])
            at += 4 + size
        self._tail = raw[at:]

    @classmethod
    def empty(cls) -> Comments:
        """Make comments that hold nothing."""
        return cls(bytes(8))

    def read(self) -> Values:
        found: Values = {}
        for entry in self._entries:
            field = _field(entry)
            if field is not None and len(entry) <= MOST_READ:
                found.setdefault(field, []).append(entry.partition(b"=")[2].decode("utf-8", "replace"))
        return found

    def edited(self, fields: Mapping[str, list[str]]) -> bytes | None:
        """Give the bytes with these values; None where they have them."""
        new = changed(self.read(), fields)
        if not new:
            return None
        entries = [entry for entry in self._entries if _field(entry) not in new]
        for field, values in new.items():
            entries += [_NAMES[field] + b"=" + value.encode("utf-8", "replace") for value in values]
        parts = [self._head, len(entries).to_bytes(4, "little")]
        for entry in entries:
            parts += [len(entry).to_bytes(4, "little"), entry]
        return b"".join([*parts, self._tail])


def _field(entry: bytes) -> str | None:
    return _KEYS.get(entry[:64].partition(b"=")[0].upper())


def _u32(raw: bytes, at: int) -> int:
    if at + 4 > len(raw):
        raise ValueError("the comments break off")
    return int.from_bytes(raw[at : at + 4], "little")
