"""The tags of m4a and mp4 files: atoms below ``moov.udta.meta.ilst``.

Only our atoms change. Where a ``free`` atom can give or take the difference, nothing else moves; otherwise the tables
that say where the sound lies are moved along. See ISO/IEC 14496-12 and Apple's "iTunes metadata".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .data import Data, Splice, grown
from .fields import ARTIST, GENRE, MARK, MARK_FIELD, MOOD, MOST_READ, TITLE, Values, changed
from .genres import ID3_GENRES

__all__ = ["Mp4"]

_ATOMS = {b"\xa9gen": GENRE, b"gnre": GENRE, b"\xa9ART": ARTIST, b"\xa9nam": TITLE}
_FREE_FORM = {("com.apple.iTunes", "MOOD"): MOOD, ("org.musiclassify", MARK): MARK_FIELD}
_UTF8 = (1).to_bytes(4) + bytes(4)


@dataclass(frozen=True)
class _Atom:
    kind: bytes
    start: int
    body: int
    stop: int


class Mp4:
    """The tags of one file."""

    name = "MP4"

    def __init__(self, data: Data) -> None:
        self._data = data
        self._top = list(self._atoms(0, data.size))
        moov = next((atom for atom in self._top if atom.kind == b"moov"), None)
        if moov is None:
            raise data.damaged("has no moov atom", "copy or download the file again")
        self._path = [moov]
        for kind in (b"udta", b"meta", b"ilst"):
            found = next((atom for atom in self._children(self._path[-1]) if atom.kind == kind), None)
            if found is None:
                break
            self._path.append(found)
        self._check_handler()
        self._items = list(self._read_items()) if len(self._path) == 4 else []

    def read(self) -> Values:
        found: Values = {}
        for _, field, values in self._items:
            if field is not None:
                found.setdefault(field, []).extend(values)
        return found

    def edit(self, fields: Mapping[str, list[str]]) -> list[Splice]:
        new = changed(self.read(), fields)
        if not new:
            return []
        splices = [Splice(atom.start, atom.stop, b"") for atom, field, _ in self._items if field in new]
        at = self._end_of(self._path[-1])
        added = b"".join(_render(field, values) for field, values in new.items() if values)
        for kind in (b"ilst", b"meta", b"udta")[: 4 - len(self._path)]:
            hdlr = _atom(b"hdlr", bytes(8) + b"mdirappl" + bytes(9)) if kind == b"meta" else b""
            added = _atom(kind, bytes(4) * (kind == b"meta") + hdlr + added)
        if added:
            splices.append(Splice(at, at, added))
        return sorted(splices + self._made_room(at, grown(splices)), key=lambda splice: (splice.start, splice.stop))

    # --- what changes around the tags

    def _made_room(self, at: int, more: int) -> list[Splice]:
        if not more:
            return []
        path = self._path
        inner = self._children(path[2]) if len(path) == 4 else iter(())
        free = self._free(inner, more, after=at)
        if free is not None:
            return [*self._sizes(path[3:], more), *free]
        sizes = self._sizes(path, more)
        behind = [atom for atom in self._top if atom.start >= path[0].stop][:1]
        free = self._free(iter(behind), more, after=at)
        return sizes + (free if free is not None else self._shifted(path[0].stop, more))

    def _free(self, atoms: Iterator[_Atom], more: int, after: int) -> list[Splice] | None:
        """Take so many bytes out of a free atom behind the tags, or put them into it."""
        for atom in atoms:
            if atom.kind not in (b"free", b"skip") or atom.start < after or atom.body - atom.start != 8:
                continue
            size = atom.stop - atom.start - more
            if size == 0:
                return [Splice(atom.start, atom.stop, b"")]
            if 8 <= size < 1 << 32:
                head = Splice(atom.start, atom.start + 4, size.to_bytes(4))
                return [head, Splice(atom.stop - max(0, more), atom.stop, bytes(max(0, -more)))]
        return None

    def _sizes(self, atoms: list[_Atom], more: int) -> list[Splice]:
        splices = []
        for atom in atoms:
            told = self._data.number(atom.start, 4)
            size = atom.stop - atom.start + more
            if told == 1:
                splices.append(Splice(atom.start + 8, atom.start + 16, size.to_bytes(8)))
            elif told:
                if size >= 1 << 32:
                    raise self._data.damaged("has no room left in its tags", "make its picture smaller")
                splices.append(Splice(atom.start, atom.start + 4, size.to_bytes(4)))
        return splices

    def _shifted(self, behind: int, more: int) -> list[Splice]:
        """Move along what says where in the file the sound lies."""
        splices = []
        for atom in self._below(self._top, {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"}):
            if atom.kind in (b"stco", b"co64"):
                splices += self._shifted_table(atom, 8 if atom.kind == b"co64" else 4, behind, more)
            elif atom.kind == b"tfhd" and self._data.number(atom.body + 3, 1) & 1:
                place = self._data.number(atom.body + 8, 8)
                if place >= behind:
                    splices.append(Splice(atom.body + 8, atom.body + 16, (place + more).to_bytes(8)))
        return splices

    def _shifted_table(self, atom: _Atom, width: int, behind: int, more: int) -> list[Splice]:
        start, stop = atom.body + 8, atom.body + 8 + width * self._data.number(atom.body + 4, 4)
        if stop > atom.stop:
            raise self._data.damaged()
        table = self._data.read(start, stop - start)
        old = [int.from_bytes(table[i : i + width]) for i in range(0, len(table), width)]
        new = [place + more if place >= behind else place for place in old]
        if new == old:
            return []
        if max(new) >= 1 << 8 * width:
            raise self._data.damaged("has no room left for its tags", "write it anew with 64-bit offsets")
        every = all(place >= behind for place in old)
        shift = (width, more) if every else None
        return [Splice(start, stop, b"".join(place.to_bytes(width) for place in new), shift)]

    # --- atoms

    def _atoms(self, start: int, stop: int) -> Iterator[_Atom]:
        at = start
        while at + 8 <= stop:
            size, kind, body = self._data.number(at, 4), self._data.read(at + 4, 4), at + 8
            if size == 0 and stop < self._data.size:
                return  # the four zeros that end a udta
            if size == 1:
                size, body = self._data.number(at + 8, 8), at + 16
            end = at + size if size else stop
            if end < body or end > stop:
                raise self._data.damaged(f"has a damaged atom at byte {at}", "copy or download the file again")
            yield _Atom(kind, at, body, end)
            at = end

    def _children(self, atom: _Atom) -> Iterator[_Atom]:
        skip = 0
        if atom.kind == b"meta" and self._data.peek(atom.body + 4, 4) != b"hdlr":  # QuickTime has no version here
            skip = 4
        return self._atoms(atom.body + skip, atom.stop)

    def _below(self, atoms: list[_Atom], inside: set[bytes]) -> Iterator[_Atom]:
        for atom in atoms:
            if atom.kind in inside:
                yield from self._below(list(self._children(atom)), inside)
            else:
                yield atom

    def _end_of(self, atom: _Atom) -> int:
        children = list(self._children(atom))
        return children[-1].stop if children else atom.body + 4 * (atom.kind == b"meta")

    def _check_handler(self) -> None:
        if len(self._path) > 2:
            hdlr = next((atom for atom in self._children(self._path[2]) if atom.kind == b"hdlr"), None)
            if hdlr is not None and self._data.peek(hdlr.body + 8, 4) != b"mdir":
                raise self._data.damaged("keeps its tags in a form of QuickTime's own", "convert it to m4a first")

    # --- tags

    def _read_items(self) -> Iterator[tuple[_Atom, str | None, list[str]]]:
        for atom in self._children(self._path[3]):
            small = atom.stop - atom.start <= MOST_READ
            if small and atom.kind in _ATOMS:
                yield atom, _ATOMS[atom.kind], self._texts(atom)
            elif small and atom.kind == b"----":
                field = _FREE_FORM.get((self._name(atom, b"mean"), self._name(atom, b"name")))
                yield atom, field, self._texts(atom) if field else []

    def _texts(self, atom: _Atom) -> list[str]:
        raw = [self._data.read(a.body + 8, a.stop - a.body - 8) for a in self._children(atom) if a.kind == b"data"]
        if atom.kind == b"gnre":
            numbers = [int.from_bytes(value) for value in raw]
            return [ID3_GENRES[n - 1] for n in numbers if 1 <= n <= len(ID3_GENRES)]
        return [text for value in raw if (text := value.decode("utf-8", "replace"))]

    def _name(self, atom: _Atom, kind: bytes) -> str:
        found = next((a for a in self._children(atom) if a.kind == kind), None)
        return self._data.read(found.body + 4, found.stop - found.body - 4).decode("utf-8", "replace") if found else ""


def _atom(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4) + kind + body


def _render(field: str, values: list[str]) -> bytes:
    data = b"".join(_atom(b"data", _UTF8 + value.encode("utf-8", "replace")) for value in values)
    if field == GENRE:
        return _atom(b"\xa9gen", data)
    mean, name = next(key for key, of in _FREE_FORM.items() if of == field)
    return _atom(b"----", _atom(b"mean", bytes(4) + mean.encode()) + _atom(b"name", bytes(4) + name.encode()) + data)
