"""Read, write and undo the tags of one file. The sound stays as it is, and so does every tag that is not ours."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from . import patch
from .data import Data, Splice, TagError, digest, spliced
from .fields import ARTIST, GENRE, MARK_FIELD, MOOD, TITLE, Values
from .formats import Layout, lay_out
from .place import Care, check, replacement, scratch
from .record import Record
from .sound import sound_digest

__all__ = ["Tags", "current", "undo", "write"]

_ROOM = 256
_MOST_ROOM = 30_000
"""Characters of a record that a file is made to carry; a longer one keeps the values only."""


@dataclass(frozen=True)
class Tags:
    """What a file's tags say.

    Attributes
    ----------
    genre : tuple of str
        As it stands in the file; empty for none.
    ours : bool
        Whether the file carries our record, so that `undo` has something to do.
    undone : tuple of str
        The genre that `undo` would leave there.
    mood : tuple of str
    artist, title : str
        Empty for none.
    kind : str
        ``"mp3"``, ``"flac"``, ...
    blocks : dict of str to dict
        Every tag of the file, by its name, with the fields that it has.
    """

    genre: tuple[str, ...]
    ours: bool
    undone: tuple[str, ...]
    mood: tuple[str, ...] = ()
    artist: str = ""
    title: str = ""
    kind: str = ""
    blocks: dict[str, Values] = field(default_factory=dict, compare=False)


def current(path: str | os.PathLike[str]) -> Tags:
    """Read a file's tags.

    Raises
    ------
    TagError
        The file is of a kind that carries no tags we know, or is damaged.
    """
    with _opened(path) as (_, layout):
        read = [block.read() for block in layout.blocks]
        record = _record(layout)
        after = read
        if record is not None:
            after = [now | new for now, new in zip(read, record.fields_of(layout.blocks), strict=True)]
        return Tags(
            _first(read, GENRE),
            record is not None,
            _first(after, GENRE),
            _first(read, MOOD),
            ", ".join(_first(read, ARTIST)),
            ", ".join(_first(read, TITLE)),
            layout.kind,
            {b.name: {k: v for k, v in r.items() if k != MARK_FIELD} for b, r in zip(layout.blocks, read, strict=True)},
        )


def write(
    path: str | os.PathLike[str],
    genre: str | Sequence[str] | None,
    *,
    mood: Sequence[str] | None = None,
    care: Care | None = None,
    keep: Callable[[Path, Record, str], None] | None = None,
) -> bool:
    """Write genres (and moods) into a file's tags, keeping what stood there for `undo`.

    Parameters
    ----------
    path : path
        The file. A link is followed.
    genre : str or sequence of str or None
        Several stand as separate values; None leaves the genre alone.
    mood : sequence of str, optional
    care : Care, optional
        What is done with hard links, write protection and times.
    keep : callable, optional
        ``keep(path, record, sha256)`` takes what `undo` needs (see `journal.Journal`), before the file changes; its
        sha256 is that of the new file. Without it the file carries the record itself.

    Returns
    -------
    bool
        False where the file says so already.

    Raises
    ------
    TagError
    """
    path, care = Path(path).resolve(), care or Care()
    fields: Values = {} if genre is None else {GENRE: [genre] if isinstance(genre, str) else list(genre)}
    fields |= {} if mood is None else {MOOD: list(mood)}
    if any(not value or "\0" in value for values in fields.values() for value in values):
        raise ValueError(f"tags of {fields} must not be empty or hold a zero")
    with _opened(path) as (data, layout):
        if not _edits(layout, fields):
            return False
        check(path, care)
        with _base(path, data, layout) as (data, layout), replacement(path, care) as (file, place):
            record, splices = _planned(data, layout, fields, marked=keep is None)
            _fill(file, spliced(data, splices))
            _proved(path, place, record)
            if keep is not None:
                with place.open("rb") as new:
                    keep(path, record, digest(Data(place, new).blocks()))
    return True


def undo(path: str | os.PathLike[str], *, care: Care | None = None, record: Record | None = None) -> bool:
    """Make a file what it was before `write`.

    A file that nobody else has changed becomes the same, byte for byte. Otherwise the fields that still are as we
    wrote them get back their values, and what somebody changed is left alone.

    Parameters
    ----------
    path : path
    care : Care, optional
    record : Record, optional
        From a journal; default: the one that the file carries.

    Returns
    -------
    bool
        False where there is nothing of ours.

    Raises
    ------
    TagError
    """
    path, care = Path(path).resolve(), care or Care()
    with _opened(path) as (data, layout):
        record = record or _record(layout)
        if record is None:
            return False
        old = _old(data, layout, record)
        if old is None:
            return False
        check(path, care)
        with replacement(path, care) as (file, place):
            _fill(file, old)
            _same_sound(path, place)
    return True


# --- how


@contextlib.contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[Data, Layout]]:
    try:
        with Path(path).open("rb") as file:
            data = Data(path, file)
            yield data, lay_out(data)
    except OSError as error:
        raise TagError(path, f"its tags cannot be read ({error.strerror or error})", "check its name") from error


@contextlib.contextmanager
def _base(path: Path, data: Data, layout: Layout) -> Iterator[tuple[Data, Layout]]:
    """Give the file as it was before us."""
    record = _record(layout)
    if record is None:
        yield data, layout
        return
    with scratch(path) as (file, _):
        _fill(file, _old(data, layout, record) or data.blocks())
        was = Data(path, file)
        yield was, lay_out(was)


def _planned(data: Data, layout: Layout, fields: Values, *, marked: bool) -> tuple[Record, list[Splice]]:
    """Find the changes, and the record that undoes them, which is a part of what it undoes."""
    before = [(b.name, {n: v for n, v in b.read().items() if n in fields}) for b in layout.blocks]
    record = Record(fields, before, digest(data.blocks()), "", _ROOM)
    while True:
        splices = _edits(layout, fields, record.text() if marked else None)
        whole = replace(record, patch=patch.encode(patch.inverse(data, splices)))
        if not marked:
            return replace(whole, size=0), splices
        size = len(replace(whole, size=0).text())
        if size > _MOST_ROOM:
            record = Record(fields, before)
            return record, _edits(layout, fields, record.text())
        if size <= record.size:
            return whole, _edits(layout, fields, whole.text())
        record = replace(record, size=-(-size // 64) * 64 + 64)


def _edits(layout: Layout, fields: Values, mark: str | None = None) -> list[Splice]:
    splices = list(layout.blocks[0].edit(fields | ({} if mark is None else {MARK_FIELD: [mark]})))
    for block in layout.blocks[1:]:
        splices += block.edit({name: values for name, values in fields.items() if name in block.read()})
    return sorted(splices, key=lambda splice: (splice.start, splice.stop))


def _old(data: Data, layout: Layout, record: Record) -> Iterator[bytes] | None:
    """Give the file as it was before us, in blocks; None where nothing of ours is left in it."""
    if record.sha256:
        with contextlib.suppress(TagError, ValueError, OverflowError):
            pieces = patch.decode(record.patch)
            if digest(patch.restored(data, pieces)) == record.sha256:
                return patch.restored(data, pieces)
    wanted = zip(layout.blocks, record.fields_of(layout.blocks), strict=True)
    edits = [splice for block, fields in wanted for splice in block.edit(fields)]
    return spliced(data, sorted(edits, key=lambda splice: (splice.start, splice.stop))) if edits else None


def _proved(path: Path, place: Path, record: Record) -> None:
    """Refuse a new file that sounds different, or that could not be undone."""
    _same_sound(path, place)
    if record.sha256:
        with place.open("rb") as file:
            if digest(patch.restored(Data(place, file), patch.decode(record.patch))) != record.sha256:
                raise TagError(path, "writing the tags could not be undone", "the file was left as it was")


def _same_sound(path: Path, place: Path) -> None:
    if sound_digest(place) != sound_digest(path):
        raise TagError(path, "writing the tags would change the sound", "the file was left as it was")


def _fill(file: BinaryIO, blocks: Iterable[bytes]) -> None:
    for block in blocks:
        file.write(block)
    file.flush()


def _record(layout: Layout) -> Record | None:
    return Record.parse(layout.blocks[0].read().get(MARK_FIELD, []))


def _first(read: Sequence[Mapping[str, list[str]]], name: str) -> tuple[str, ...]:
    return next((tuple(values[name]) for values in read if values.get(name)), ())
