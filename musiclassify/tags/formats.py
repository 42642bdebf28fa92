"""Which tags a file carries, told by its content: the first is the one that gets what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import ape, id3
from .asf import SIGN as ASF_SIGN
from .asf import Asf
from .data import Data, Splice, TagError
from .fields import Block, Values
from .flac import Flac
from .mp4 import Mp4
from .ogg import Ogg
from .riff import Riff

__all__ = ["Layout", "lay_out"]

_MPEG = frozenset({".mp3", ".mp2", ".mp1", ".mpga"})
_NEAR = 1 << 16


@dataclass
class Layout:
    """A file's tags and its sound.

    Attributes
    ----------
    kind : str
        ``"mp3"``, ``"flac"``, ``"ogg"``, ``"m4a"``, ``"wav"``, ``"aiff"``, ``"wv"``, ``"ape"`` or ``"wma"``.
    blocks : list of Block
        The first is written to; of the others only what they say already is kept in step.
    start, stop : int
        The part of the file that is no tag at its head or end.
    """

    kind: str
    blocks: list[Block]
    start: int = 0
    stop: int = 0


class _Absent:
    """Where a tag would stand that is not there yet."""

    def __init__(self, name: str, at: int, make: Callable[..., Any]) -> None:
        self.name, self._at, self._make = name, at, make

    def read(self) -> Values:
        return {}

    def edit(self, fields: Mapping[str, list[str]]) -> list[Splice]:
        tag = self._make(fields)
        return [Splice(self._at, self._at, tag)] if tag else []


def lay_out(data: Data) -> Layout:
    """Find a file's tags.

    Raises
    ------
    TagError
        The file is of a kind that carries no tags we know, or is damaged.
    """
    head = data.peek(0, 12)
    if head[:4] in (b"RIFF", b"RF64", b"BW64", b"FORM") and head[8:] in (b"WAVE", b"AIFF", b"AIFC"):
        return Layout("aiff" if head[:4] == b"FORM" else "wav", [Riff(data)], 0, data.size)
    if head[:4] == b"OggS":
        return Layout("ogg", [Ogg(data)], 0, data.size)
    if head[4:8] == b"ftyp":
        return Layout("m4a", [Mp4(data)], 0, data.size)
    if data.peek(0, 16) == ASF_SIGN:
        return Layout("wma", [Asf(data)], 0, data.size)
    return _framed(data)


def _framed(data: Data) -> Layout:
    """Lay out what has its tags before and behind the sound: mp3, flac, WavPack, Monkey's Audio."""
    before, start = _before(data)
    behind, stop = _behind(data)
    sign = data.peek(start, 4)
    first: Block | None
    if sign == b"fLaC":
        kind, first = "flac", Flac(data, start)
    elif sign in (b"wvpk", b"MAC "):
        kind, first = ("wv" if sign == b"wvpk" else "ape"), _the_ape(behind)
        first = first or _Absent("APEv2", stop, ape.new_tag)
    elif _is_mpeg(data, start):
        kind, first = "mp3", before[0] if before else _Absent("ID3v2.4", 0, id3.new_tag)
    else:
        raise TagError(data.path, "is of a kind whose tags are not written" if data.size else "holds no bytes")
    others = [block for block in (*before, *behind) if block is not first]
    return Layout(kind, [first, *others], start, stop)


def _before(data: Data) -> tuple[list[Block], int]:
    blocks: list[Any] = []
    at = 0
    while data.peek(at, 3) == b"ID3":
        blocks.append(id3.Id3v2(data, at))
        at = blocks[-1].stop
    return blocks, at


def _behind(data: Data) -> tuple[list[Block], int]:
    """Find ID3v1, Lyrics3 and APEv2, which stand in any order."""
    blocks: list[Any] = []
    end = data.size
    if data.peek(end - 128, 128)[:3] == b"TAG" and end >= 128:
        end -= 128
        blocks.append(id3.Id3v1(data, end))
    for _ in range(2):
        if data.peek(end - 9, 9) == b"LYRICS200" and data.peek(end - 15, 6).isdigit():
            end = max(0, end - 15 - int(data.read(end - 15, 6)))
        elif (tag := ape.find(data, end)) is not None:
            blocks.append(tag)
            end = tag.start
    return blocks, end


def _the_ape(blocks: list[Block]) -> Block | None:
    return next((block for block in blocks if isinstance(block, ape.Ape)), None)


def _is_mpeg(data: Data, start: int) -> bool:
    """Whether frames of MPEG sound begin here, or soon in a file that is named so."""
    near = data.peek(start, _NEAR)
    at = len(near) - len(near.lstrip(b"\0"))
    if _is_frame(near[at : at + 4]):
        return True
    named = Path(data.path).suffix.lower() in _MPEG
    return named and any(_is_frame(near[i : i + 4]) for i in range(len(near) - 3) if near[i] == 0xFF)


def _is_frame(head: bytes) -> bool:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    return version != 1 and layer != 0 and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3
