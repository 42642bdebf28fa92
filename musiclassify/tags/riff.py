"""The tags of wav and aiff files: a chunk with an ID3 tag, and of a wav the list of information where it names a genre.

Wav files of more than 4 GB (RF64, BW64) tell their size in a chunk of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import id3
from .data import Data, Splice, grown
from .fields import ARTIST, GENRE, TITLE, Values

__all__ = ["Riff"]

_INFO = {b"IGNR": GENRE, b"IART": ARTIST, b"INAM": TITLE}
_UNKNOWN = 0xFFFFFFFF


@dataclass(frozen=True)
class _Chunk:
    kind: bytes
    start: int
    size: int

    @property
    def body(self) -> int:
        return self.start + 8

    @property
    def stop(self) -> int:
        return self.start + 8 + self.size


class Riff:
    """The tags of one file, wav (numbers begin with their low byte) or aiff (with their high byte)."""

    def __init__(self, data: Data) -> None:
        self._data = data
        kind = data.read(0, 4)
        self._order = "big" if kind == b"FORM" else "little"
        self._is_64 = kind in (b"RF64", b"BW64")
        self._end = 8 + (data.number(20, 8, "little") if self._is_64 else data.number(4, 4, self._order))
        self._chunks = list(self._walk(12, min(self._end, data.size)))
        found = next((c for c in self._chunks if c.kind in (b"id3 ", b"ID3 ")), None)
        self._chunk = found
        self._id3 = id3.Id3v2(data, found.body) if found and data.peek(found.body, 3) == b"ID3" else None
        if self._id3 is not None and self._id3.stop > found.stop:
            raise data.damaged("its ID3 tag is longer than the chunk that holds it")
        self._info = next((c for c in self._chunks if c.kind == b"LIST" and data.peek(c.body, 4) == b"INFO"), None)
        self.name = f"{self._id3.name} in a chunk" if self._id3 else "RIFF INFO" if self._info else "no tags"

    def read(self) -> Values:
        found = self._id3.read() if self._id3 else {}
        for chunk, field in self._infos():
            if field not in found:
                text = self._data.read(chunk.body, min(chunk.size, 4096)).split(b"\0")[0]
                found[field] = [text.decode("utf-8", "replace")] if text else []
        return found

    def edit(self, fields: Mapping[str, list[str]]) -> list[Splice]:
        splices = self._edit_info(fields) + self._edit_id3(fields)
        if not splices:
            return []
        if self._end > self._data.size + 1 or not self._whole():
            raise self._data.damaged("does not say where its sound ends", "write it anew with a whole header")
        splices.sort(key=lambda splice: (splice.start, splice.stop))
        size = self._end - 8 + grown(splices)
        if self._is_64:
            return [Splice(20, 28, size.to_bytes(8, "little")), *splices]
        if size >= _UNKNOWN:
            raise self._data.damaged("has no room left for tags", "write it as RF64, or as flac")
        return [Splice(4, 8, size.to_bytes(4, self._order)), *splices]

    def _edit_id3(self, fields: Mapping[str, list[str]]) -> list[Splice]:
        if self._id3 is None:
            tag = id3.new_tag(fields)
            if self._chunk is not None and tag:
                return self._resized(self._chunk, [Splice(self._chunk.body, self._chunk.stop, tag)])
            return self._appended(tag) if tag else []
        inner = self._id3.edit(fields)
        gone = inner and inner[0].start == self._id3.start and inner[-1].stop == self._id3.stop and not inner[0].new
        if gone:
            return [Splice(self._chunk.start, min(self._chunk.stop + self._chunk.size % 2, self._data.size), b"")]
        return self._resized(self._chunk, inner) if inner else []

    def _appended(self, tag: bytes) -> list[Splice]:
        """Put the tag into a chunk of its own, behind all others."""
        tag += bytes(len(tag) % 2)
        kind = b"ID3 " if self._order == "big" else b"id3 "
        at = min(self._end, self._data.size)
        last = self._chunks[-1].stop if self._chunks else 12
        return [Splice(at, at, bytes(at == last and at % 2) + kind + len(tag).to_bytes(4, self._order) + tag)]

    def _edit_info(self, fields: Mapping[str, list[str]]) -> list[Splice]:
        """A genre in the list of information follows ours; none is added there."""
        theirs = next((chunk for chunk, field in self._infos() if field == GENRE), None)
        if theirs is None or GENRE not in fields:
            return []
        text = "; ".join(fields[GENRE]).encode("utf-8", "replace") + b"\0"
        if self._data.read(theirs.body, theirs.size).rstrip(b"\0") == text[:-1]:
            return []
        chunk = b"IGNR" + len(text).to_bytes(4, "little") + text + bytes(len(text) % 2)
        stop = min(theirs.stop + theirs.size % 2, self._info.stop)
        return self._resized(self._info, [Splice(theirs.start, stop, chunk if fields[GENRE] else b"")])

    def _resized(self, chunk: _Chunk, inner: list[Splice]) -> list[Splice]:
        """Tell a chunk's new size, and keep it even."""
        size = chunk.size + grown(inner)
        head = Splice(chunk.start + 4, chunk.start + 8, size.to_bytes(4, self._order))
        pad = self._data.peek(chunk.stop, 1) if chunk.size % 2 else b""
        tail = Splice(chunk.stop, chunk.stop + len(pad), bytes(size % 2))
        return [head, *inner, *([tail] if len(pad) != size % 2 else [])]

    def _infos(self) -> Iterator[tuple[_Chunk, str]]:
        if self._info is not None:
            for chunk in self._walk(self._info.body + 4, self._info.stop):
                if chunk.kind in _INFO:
                    yield chunk, _INFO[chunk.kind]

    def _walk(self, at: int, end: int) -> Iterator[_Chunk]:
        while at + 8 <= end:
            kind, size = self._data.read(at, 4), self._data.number(at + 4, 4, self._order)
            if kind == b"data" and self._is_64 and size == _UNKNOWN:
                size = self._data.number(28, 8, "little")
            chunk = _Chunk(kind, at, size)
            yield chunk
            at = chunk.stop + size % 2

    def _whole(self) -> bool:
        return all(chunk.stop <= min(self._end, self._data.size) for chunk in self._chunks)
