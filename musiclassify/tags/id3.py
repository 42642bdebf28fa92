"""ID3v2.2, 2.3 and 2.4 at the head of an mp3 or in a chunk, and the genre of an ID3v1.

Only the frames of our fields change. The others stay as they are, whatever is wrong with them; the padding behind
them is used before the tag grows. Several values stand in one frame with a zero between them: that is the rule in
ID3v2.4, and in ID3v2.3, which has none for free names, what players and taggers read as separate values.
See https://id3.org/id3v2.4.0-structure and https://id3.org/id3v2.3.0.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from .data import Data, Splice, grown
from .fields import ARTIST, GENRE, MARK, MARK_FIELD, MOOD, MOST_READ, TITLE, Values, changed
from .genres import ID3_GENRES, of_id3_text, same

__all__ = ["Id3v1", "Id3v2", "new_tag"]

_FRAMES = {"TCON": GENRE, "TCO": GENRE, "TMOO": MOOD, "TPE1": ARTIST, "TP1": ARTIST, "TIT2": TITLE, "TT2": TITLE}
_DESCRIBED = {MARK: MARK_FIELD, "MOOD": MOOD}
_PADDING = 1024
_MOST = 1 << 28


@dataclass(frozen=True)
class _Frame:
    name: str
    start: int
    stop: int
    field: str | None
    values: tuple[str, ...]


class Id3v2:
    """A tag that begins at ``start``.

    Raises
    ------
    TagError
        It is damaged, or of a version after 2.4.
    """

    def __init__(self, data: Data, start: int) -> None:
        head = data.read(start, 10)
        self._data, self.start, self._flags = data, start, head[5]
        self.version = head[3]
        if self.version not in (2, 3, 4):
            raise data.damaged(f"has an ID3 tag of version 2.{self.version}", "versions 2.2 to 2.4 can be read")
        self.name = f"ID3v2.{self.version}"
        self._body, self._size = start + 10, _number(head[6:10], 7)
        self._footer = 10 if self.version == 4 and self._flags & 0x10 else 0
        self.stop = self._body + self._size + self._footer
        if self.stop > data.size:
            raise data.damaged("breaks off inside its ID3 tag", "copy or download the file again")
        self._whole_unsync = self.version < 4 and bool(self._flags & 0x80)
        self._raw = data.read(self._body, self._size) if self._whole_unsync else None
        self._first = self._body + self._extended()
        self._bits, self._frames = self._walk()

    def read(self) -> Values:
        found: Values = {}
        for frame in self._frames:
            if frame.field is not None:
                found.setdefault(frame.field, []).extend(frame.values)
        return found

    def edit(self, fields: Mapping[str, list[str]]) -> list[Splice]:
        new = changed(self.read(), fields)
        if not new:
            return []
        gone = [frame for frame in self._frames if frame.field in new]
        added = _render(self.version, new, self._bits)
        if not added and len(gone) == len(self._frames):
            return [Splice(self.start, self.stop, b"")]
        splices = [Splice(frame.start, frame.stop, b"") for frame in gone]
        if self._first > self._body:  # an extended header tells a checksum and the padding of what was
            splices.insert(0, Splice(self._body, self._first, b""))
        splices.append(self._ending(_unsync(added) if self._whole_unsync else added, grown(splices)))
        return self._sized(splices)

    def _ending(self, added: bytes, freed: int) -> Splice:
        """Put the new frames behind the last, and take their room from the padding."""
        at = self._frames[-1].stop if self._frames else self._first
        end = self._body + self._size
        padding = end - at
        if self._footer or any(block.strip(b"\0") for block in self._data.blocks(at, end)):
            return Splice(at, at, added)
        left = padding - freed - len(added)
        if left < 0:
            left = _PADDING
        if left <= padding:
            return Splice(at, at + padding - left, added)
        return Splice(at, at, added + bytes(left - padding))

    def _sized(self, splices: list[Splice]) -> list[Splice]:
        flags = self._flags & ~0x40
        size = self._size + grown(splices)
        if size >= _MOST:
            raise self._data.damaged("has no room left in its ID3 tag", "make its picture smaller")
        fixed = bytes([self.version, self._data.read(self.start + 4, 1)[0], flags]) + _bytes(size, 7)
        splices = [splice for splice in splices if splice.new or splice.stop > splice.start]
        if fixed != self._data.read(self.start + 3, 7):
            splices.insert(0, Splice(self.start + 3, self.start + 10, fixed))
            if self._footer:
                splices.append(Splice(self.stop - 7, self.stop, fixed))
        return splices

    def _extended(self) -> int:
        """Count the bytes of the extended header."""
        if not self._flags & 0x40 or self.version == 2:
            return 0
        if self.version == 4:
            return _number(self._data.read(self._body, 4), 7)
        size = 4 + _number(self._plain(self._body, 4)[0], 8)
        return self._plain(self._body, size)[1] - self._body

    def _plain(self, at: int, size: int) -> tuple[bytes, int]:
        """Give ``size`` bytes as they are meant, and where they end in the file."""
        if self._raw is None:
            return self._data.read(at, size), at + size
        first = at - self._body
        stop = first + size
        while (want := first + size + self._raw.count(b"\xff\x00", first, stop)) != stop:
            stop = want
        stop += self._raw[stop - 1 : stop + 1] == b"\xff\x00"
        if stop > len(self._raw):
            raise self._data.damaged()
        return self._raw[first:stop].replace(b"\xff\x00", b"\xff"), self._body + stop

    def _walk(self) -> tuple[int, list[_Frame]]:
        """List the frames; some programs write version 2.4 with sizes of eight bits a byte."""
        first, whole = self._walk_with(7 if self.version == 4 else 8)
        if whole or self.version != 4:
            return (7 if self.version == 4 else 8), first
        second, whole = self._walk_with(8)
        return (8, second) if whole or len(second) > len(first) else (7, first)

    def _walk_with(self, bits: int) -> tuple[list[_Frame], bool]:
        letters, head = (3, 6) if self.version == 2 else (4, 10)
        end, at, found = self._body + self._size, self._first, []
        while at + head <= end:
            header, content = self._plain(at, head)
            if not re.fullmatch(rb"[A-Z][A-Z0-9]{2}[A-Z0-9 ]?", header[:letters]):
                return found, header[0] == 0
            size = _number(header[letters : 2 * letters], bits)
            if content + size > end:
                return found, False
            name = header[:letters].decode("ascii").strip()
            stop = content + size if self._raw is None else self._plain(content, size)[1] if size else content
            found.append(self._frame(name, at, content, size, stop, header[8:10]))
            at = stop
        return found, True

    def _frame(self, name: str, start: int, content: int, size: int, stop: int, flags: bytes) -> _Frame:
        described = name in ("TXXX", "TXX")
        if not (described or name in _FRAMES) or not 0 < size <= MOST_READ:
            return _Frame(name, start, stop, None, ())
        texts = _texts(_unpacked(self._plain(content, size)[0], self.version, flags, bool(self._flags & 0x80)))
        field = _DESCRIBED.get(texts[0].upper()) if described and texts else _FRAMES.get(name)
        values = texts[1:] if described else texts
        if field == GENRE:
            values = [genre for text in values for genre in of_id3_text(text)]
        return _Frame(name, start, stop, field, tuple(value for value in values if value))


class Id3v1:
    """The 128 bytes at the end of an mp3; only the number of its genre is ours."""

    name = "ID3v1"

    def __init__(self, data: Data, start: int) -> None:
        self._data, self._at = data, start + 127

    def read(self) -> Values:
        number = self._data.read(self._at, 1)[0]
        return {GENRE: [ID3_GENRES[number]]} if number < len(ID3_GENRES) else {}

    def edit(self, fields: Mapping[str, list[str]]) -> list[Splice]:
        if GENRE not in fields:
            return []
        wanted = next((i for g in fields[GENRE] for i, name in enumerate(ID3_GENRES) if same(name, g)), 255)
        now = self._data.read(self._at, 1)[0]
        if now == wanted or (wanted == 255 and now >= len(ID3_GENRES)):
            return []
        return [Splice(self._at, self._at + 1, bytes([wanted]))]


def new_tag(fields: Mapping[str, list[str]]) -> bytes:
    """Make an ID3v2.4 tag with these fields; nothing where none has a value."""
    frames = _render(4, fields, 7)
    return b"ID3\x04\x00\x00" + _bytes(len(frames) + _PADDING, 7) + frames + bytes(_PADDING) if frames else b""


def _render(version: int, fields: Mapping[str, list[str]], bits: int) -> bytes:
    frames = b""
    for field, values in fields.items():
        if not values:
            continue
        name = {GENRE: "TCON", MOOD: "TMOO"}.get(field, "TXXX")
        described = "" if field == GENRE else MARK if field == MARK_FIELD else "MOOD"
        if field == MOOD and version < 4:  # players of ID3v2.3 look for the mood here
            name = "TXXX"
        texts = [described, *values] if name == "TXXX" else values
        code, coding = (3, "utf-8") if version == 4 else (0, "ascii") if "".join(texts).isascii() else (1, "utf-16")
        nothing = b"\0\0" if code == 1 else b"\0"
        content = bytes([code]) + nothing.join(text.encode(coding, "replace") for text in texts)
        if version == 2:
            frames += {"TCON": b"TCO", "TXXX": b"TXX"}[name] + len(content).to_bytes(3) + content
        else:
            frames += name.encode() + _bytes(len(content), bits) + b"\0\0" + content
    return frames


def _unpacked(content: bytes, version: int, flags: bytes, all_unsync: bool) -> bytes:
    """Take off what stands around a frame's content: a group, a length, compression; nothing of what is secret."""
    bits = flags[1] if len(flags) == 2 else 0
    if version == 3:
        if bits & 0x40:
            return b""
        content = content[4 * bool(bits & 0x80) + bool(bits & 0x20) :]
        return _inflated(content) if bits & 0x80 else content
    if version == 4:
        if bits & 0x04:
            return b""
        content = content[bool(bits & 0x40) + 4 * bool(bits & 0x01) :]
        if bits & 0x02 or all_unsync:
            content = content.replace(b"\xff\x00", b"\xff")
        return _inflated(content) if bits & 0x08 else content
    return content


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(content, MOST_READ)
    except zlib.error:
        return b""


def _texts(content: bytes) -> list[str]:
    """Split the content of a text frame; what its coding does not know is replaced."""
    code, body = content[0] if content else 0, content[1:]
    if code in (1, 2):
        units = [body[i : i + 2] for i in range(0, len(body) - len(body) % 2, 2)]
        big = code == 2 or units[:1] == [b"\xfe\xff"]
        text = b"".join(units).decode("utf-16-be" if big else "utf-16-le", "replace").replace("\ufeff", "")
    else:
        text = body.decode("utf-8" if code == 3 else "latin-1", "replace")
    return text.rstrip("\0").split("\0") if text else []


def _unsync(raw: bytes) -> bytes:
    """Put a zero behind every 0xff that could be taken for the beginning of sound."""
    out = re.sub(rb"\xff(?=[\xe0-\xff\x00])", b"\xff\x00", raw)
    return out + b"\0" if out.endswith(b"\xff") else out


def _number(raw: bytes, bits: int) -> int:
    value = 0
    for byte in raw:
        value = value << bits | byte & ((1 << bits) - 1)
    return value


def _bytes(value: int, bits: int) -> bytes:
    return bytes(value >> shift * bits & ((1 << bits) - 1) for shift in (3, 2, 1, 0))
