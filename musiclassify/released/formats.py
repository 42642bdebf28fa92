"""Answers as text for people and as JSON, JSON lines or CSV for machines.

A form is a header, a row for each answer, what stands between rows, and a footer; put together they are a whole
document.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from musiclassify.audio.errors import printable

from .song import Answer

__all__ = ["FORMATS", "Form", "form"]

FORMATS = ("text", "json", "jsonl", "csv")


@dataclass(frozen=True)
class Form:
    """How answers are written.

    Attributes
    ----------
    labels : tuple of str
        The model's genres: the columns of a CSV.
    top : int or None
        How many of the most probable genres are told; None for all (of a text: three).
    timeline : bool
        Text and CSV tell every excerpt too (JSON always does).
    """

    labels: tuple[str, ...]
    top: int | None = None
    timeline: bool = False

    machine: ClassVar[bool] = True  # read by programs: always UTF-8
    header = ""
    between = ""
    footer = ""

    def row(self, answer: Answer) -> str:
        """Write one answer."""
        raise NotImplementedError


class _Text(Form):
    machine = False

    def row(self, answer: Answer) -> str:
        name = printable(answer.path)
        if not answer.ok:
            return f"{name}: {answer.status.replace('_', ' ')}: {printable(answer.message)}  [{answer.model}]\n"
        doubt = "uncertain, perhaps " if answer.uncertain else ""
        lines = [f"{name}: {doubt}{self._ranked(answer.probabilities)}  [{answer.model}]\n"]
        if self.timeline:
            lines += [
                f"    {_clock(e.start_s)} to {_clock(e.end_s)}: {self._ranked(e.probabilities)}\n"
                for e in answer.excerpts
            ]
        return "".join(lines)

    def _ranked(self, probabilities: dict[str, float]) -> str:
        ranked = sorted(probabilities.items(), key=lambda item: -item[1])[: self.top or 3]
        return ", ".join(f"{genre} {100 * p:.0f} %" for genre, p in ranked)


class _JsonLines(Form):
    def row(self, answer: Answer) -> str:
        return json.dumps(answer.to_dict(self.top), ensure_ascii=False) + "\n"


class _Json(Form):
    header = "["
    between = ","
    footer = "\n]\n"

    def row(self, answer: Answer) -> str:
        return "\n" + json.dumps(answer.to_dict(self.top), ensure_ascii=False)


class _Csv(Form):
    @property
    def header(self) -> str:
        times = ["start_s", "end_s"] if self.timeline else []
        genres = [f"p_{label}" for label in self.labels]
        return _csv([["path", *times, "status", "genre", "confidence", "uncertain", *genres, *_LAST]])

    def row(self, answer: Answer) -> str:
        d = answer.to_dict(self.top)
        times = [None, None] if self.timeline else []
        last = [d[name] for name in _LAST]
        start = [d["path"], *times, d["status"], d["genre"], d["confidence"], str(d["uncertain"]).lower()]
        rows = [[*start, *(d["probabilities"].get(label) for label in self.labels), *last]]
        if self.timeline:
            for e in d["excerpts"]:
                p = e["probabilities"]
                head = [d["path"], e["start_s"], e["end_s"], "excerpt", e["genre"], max(p.values()), None]
                rows.append([*head, *(p.get(label) for label in self.labels), *last])
        return _csv(rows)


_LAST = ("duration_s", "model", "message")
_FORMS = {"text": _Text, "json": _Json, "jsonl": _JsonLines, "csv": _Csv}


def form(name: str, labels: Iterable[str], *, top: int | None = None, timeline: bool = False) -> Form:
    """Give the form of a name in `FORMATS`.

    Examples
    --------
    >>> form("jsonl", ["jazz"]).row(Answer("a.mp3", "error", message="is empty"))[:37]
    '{"path": "a.mp3", "status": "error", '
    """
    if name not in _FORMS:
        raise ValueError(f"format={name!r} must be one of {', '.join(FORMATS)}")
    return _FORMS[name](tuple(labels), top, timeline)


def _csv(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _clock(seconds: float) -> str:
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
