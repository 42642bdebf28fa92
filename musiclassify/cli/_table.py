"""Rows of text below each other, for people."""

from __future__ import annotations

from collections.abc import Sequence

from musiclassify.audio.errors import printable
from musiclassify.formats.text import width_of

__all__ = ["table"]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table; the last column is not filled up.

    Examples
    --------
    >>> print(table(["file", "genre"], [["a.mp3", "jazz"]]), end="")
    file   genre
    a.mp3  jazz
    """
    cells = [[printable(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(width_of, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        filled = (cell + " " * (width - width_of(cell)) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join(filled).rstrip())
    return "\n".join(lines) + "\n"
