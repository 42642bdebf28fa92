"""What is read of a file's tags, and what each kind of tag calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from .data import Splice

__all__ = ["ARTIST", "FIELDS", "GENRE", "MARK", "MARK_FIELD", "MOOD", "TITLE", "Block", "Values", "changed"]

GENRE, MOOD, ARTIST, TITLE, MARK_FIELD = "genre", "mood", "artist", "title", "mark"
FIELDS = (GENRE, MOOD, ARTIST, TITLE, MARK_FIELD)

MARK = "MUSICLASSIFY_UNDO"
"""The tag of ours that holds, as JSON, what we wrote and what stood there before."""

Values = dict[str, list[str]]
"""Field -> its values; a field that is not there has none."""

MOST_READ = 1 << 20
"""Bytes of one tag that are read; a longer text is none."""


class Block(Protocol):
    """One of the tags that a file carries.

    Attributes
    ----------
    name : str
        As people know it: ``"ID3v2.3"``.
    """

    name: str

    def read(self) -> Values:
        """Give the fields that are there."""
        ...

    def edit(self, fields: Mapping[str, list[str]]) -> list[Splice]:
        """Say what changes in the file so that the fields have these values; nothing where they have them."""
        ...


def changed(now: Mapping[str, list[str]], fields: Mapping[str, list[str]]) -> Values:
    """Give those of the fields that have other values now."""
    return {name: list(values) for name, values in fields.items() if now.get(name, []) != list(values)}
