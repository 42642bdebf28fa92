"""A line a song: for people. On a terminal the columns stand below each other and names are shortened to fit."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

from musiclassify.audio.errors import printable
from musiclassify.audio.heard import clock

from ._base import Base, Screen

if TYPE_CHECKING:
    from musiclassify.released.song import Answer

RANK = 10
EXTENSIONS = (".txt",)
HELP = "a line a song"

_CERTAIN, _DOUBT, _WRONG, _DIM = "1;32", "33", "31", "2"
_LEAST_NAME = 12
_WERE_IT = "were it music:"
_LEAD = len("at a guess")


class Format(Base):
    """Lines for people; the model is named once, beside them."""

    machine = False

    def row(self, answer: Answer) -> str:
        if self.screen is not None:
            return self._on_screen(answer, self.screen)
        name = printable(answer.path)
        if not answer.ok:
            return f"{name}: {answer.status.replace('_', ' ')}: {printable(answer.message)}\n"
        genres = ", ".join(self._ranked(answer.probabilities))
        if answer.sound:
            return f"{name}: {printable(answer.message)}; {_WERE_IT} {genres}\n{self._excerpts(answer)}"
        moods = f"; moods: {', '.join(answer.moods)}" if answer.moods else ""
        heard = _heard(answer)
        return f"{name}: {_lead(answer)} {genres}{moods}{heard and f'; {heard}'}\n{self._excerpts(answer)}"

    def _on_screen(self, answer: Answer, screen: Screen) -> str:
        def painted(text: str, code: str) -> str:
            return f"\x1b[{code}m{text}\x1b[0m" if screen.colour else text

        wide = max(map(len, self.labels)) + len(" 100 %")
        beside = 3 + _LEAD + (wide + 2) * (self.top or 3)
        room = max(_LEAST_NAME, min(screen.name_width, screen.width - beside - 1))
        name = _fitted(printable(answer.path), room)
        if not answer.ok:
            return f"{name}  {painted(answer.status.replace('_', ' '), _WRONG)}: {printable(answer.message)}\n"
        if answer.sound:
            nearest = painted(f"; {_WERE_IT} {self._ranked(answer.probabilities)[0]}", _DIM)
            return f"{name}  {painted(printable(answer.message), _DOUBT)}{nearest}\n{self._excerpts(answer)}"
        first, *others = (f"{text:<{wide}}" for text in self._ranked(answer.probabilities))
        told = f"{_lead(answer):<{_LEAD}} {painted(first, _DOUBT if answer.uncertain else _CERTAIN)}"
        rest = painted("  ".join(others).rstrip(), _DIM) if others else ""
        moods = f"moods: {', '.join(answer.moods)}" if answer.moods else ""
        below = "; ".join(filter(None, (moods, _heard(answer))))
        more = "\n" + painted(f"    {below}", _DIM) if below else ""
        return f"{name}  {told}  {rest}".rstrip() + more + "\n" + self._excerpts(answer)

    def _excerpts(self, answer: Answer) -> str:
        if not self.timeline:
            return ""
        return "".join(
            f"    {clock(e.start_s)} to {clock(e.end_s)}: {', '.join(self._ranked(e.probabilities))}\n"
            for e in answer.excerpts
        )

    def _ranked(self, probabilities: Mapping[str, float]) -> list[str]:
        ranked = sorted(probabilities.items(), key=lambda item: -item[1])[: self.top or 3]
        return [f"{genre} {100 * p:.0f} %" for genre, p in ranked]


def _heard(answer: Answer) -> str:
    """How much was heard, where it was less than half."""
    if answer.heard_s is None or not answer.duration_s or answer.heard_s >= answer.duration_s / 2:
        return ""
    return f"heard {clock(answer.heard_s)} of {clock(answer.duration_s)}"


def _lead(answer: Answer) -> str:
    from musiclassify.released import words

    return words.lead(words.level(answer.probabilities, uncertain=answer.uncertain))


def width_of(text: str) -> int:
    """Columns that a text takes on a terminal: letters of East Asia take two, combining marks none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _fitted(name: str, room: int) -> str:
    """Fill a name up to the room, or leave out of its beginning what does not fit: its end tells more."""
    kept, used = "", 0
    for at, letter in enumerate(reversed(name)):
        wide = width_of(letter)
        if used + wide > room - (at + 1 < len(name)):
            kept = "…" + kept
            used += 1
            break
        kept, used = letter + kept, used + wide
    return kept + " " * (room - used)
