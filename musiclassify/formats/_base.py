"""What every format is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from musiclassify.released.song import Answer

__all__ = ["Base", "Screen"]


@dataclass(frozen=True)
class Screen:
    """A terminal that shows rows.

    Attributes
    ----------
    width : int
        Characters in a line.
    colour : bool
        Whether it shows colours and is to.
    name_width : int
        Of the longest name that will come, in characters.
    """

    width: int
    colour: bool
    name_width: int


@dataclass(frozen=True)
class Base:
    """How answers are written.

    Attributes
    ----------
    labels : tuple of str
        The model's genres: the columns of a table.
    top : int or None
        How many of the most probable genres are told; None for all (of a text: three).
    timeline : bool
        Tell every excerpt too, where that is not always done.
    screen : Screen or None
        The terminal that shows it; None where it goes into a file or to a program.
    """

    labels: tuple[str, ...]
    top: int | None = None
    timeline: bool = False
    screen: Screen | None = None

    machine: ClassVar[bool] = True
    """Read by programs: always UTF-8, and every row names the model."""

    between: ClassVar[str] = ""
    footer: ClassVar[str] = ""

    @property
    def header(self) -> str:
        """What stands before the first row."""
        return ""

    def row(self, answer: Answer) -> str:
        """Write one answer."""
        raise NotImplementedError
