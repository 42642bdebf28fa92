"""A table with a row a song: for spreadsheets and data frames.

A row is a line, whatever a name holds: control characters are written as in ``a\\nb``. A cell that a spreadsheet would
take for a formula begins with an apostrophe. JSON has names as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from musiclassify.audio.errors import printable

from ._base import Base

if TYPE_CHECKING:
    from musiclassify.released.song import Answer

__all__ = ["EXTENSIONS", "HELP", "Format", "cell", "columns", "line"]

RANK = 40
EXTENSIONS = (".csv",)
HELP = "a table, a row a song"

_LAST = ("moods", "duration_s", "model", "message")
_FORMULA = re.compile(r"\s*[=+\-@]")


class Format(Base):
    """A table; with the timeline, a row an excerpt too."""

    @property
    def header(self) -> str:
        return line(columns(self.labels, timeline=self.timeline))

    def row(self, answer: Answer) -> str:
        d = answer.to_dict(self.top)
        times = [None, None] if self.timeline else []
        last = ["; ".join(d.get("moods", ())), *(d[name] for name in _LAST[1:])]
        start = [d["path"], *times, d["status"], d["genre"], d["confidence"], d["uncertain"]]
        rows = [[*start, *(d["probabilities"].get(label) for label in self.labels), *last]]
        for e in d["excerpts"] if self.timeline else ():
            p = e["probabilities"]
            start = [d["path"], e["start_s"], e["end_s"], "excerpt", e["genre"], max(p.values()), None]
            rows.append([*start, *(p.get(label) for label in self.labels), *last])
        return "".join(map(line, rows))


def columns(labels: Iterable[str], *, timeline: bool = False) -> list[str]:
    """Names of the columns; ``p_<genre>`` is the genre's probability, ``moods`` the strongest first."""
    times = ["start_s", "end_s"] if timeline else []
    return ["path", *times, "status", "genre", "confidence", "uncertain", *(f"p_{label}" for label in labels), *_LAST]


def cell(value: object) -> str:
    """Give what stands in a cell.

    Numbers have up to six digits after the point and never an exponent; what is unknown is empty.

    Examples
    --------
    >>> cell("=1+1"), cell(60.0), cell(0.000001), cell(True), cell(None)
    ("'=1+1", '60.0', '0.000001', 'true', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        digits = f"{value:.6f}".rstrip("0")
        return digits + "0" if digits.endswith(".") else digits
    text = str(value)
    return ("'" if _FORMULA.match(text) else "") + printable(text)


def line(row: Iterable[object]) -> str:
    """Write one row: cells between commas, quoted where they must be, with a line feed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(map(cell, row))
    return text.getvalue()
