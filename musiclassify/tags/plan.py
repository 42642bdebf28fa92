"""What an answer makes of a file's tags, under the wishes of whoever owns them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .file import Tags, current, write
from .genres import same, says_already
from .names import mapped
from .place import Care
from .record import Record

__all__ = ["Plan", "Wish", "carry_out", "plan"]

FURTHER = 0.2
"""How probable a second genre must be where nobody says."""


class Answered(Protocol):
    """What is needed of a `musiclassify.released.Answer`."""

    @property
    def path(self) -> str: ...

    @property
    def uncertain(self) -> bool: ...

    @property
    def moods(self) -> dict[str, float]: ...

    def ranked(self) -> list[tuple[str, float]]: ...


@dataclass(frozen=True)
class Wish:
    """How tags are to be written.

    Attributes
    ----------
    min_confidence : float, optional
        Probability that every genre must reach; default: the first one is not uncertain by the model's own measure,
        the others reach 0.2.
    max_genres : int
        How many genres of the model at most; parents that ``names`` adds do not count.
    names : dict of str to list of str
        Our names to theirs (see `names.read_names`).
    only_missing : bool
        Fields that say something are left alone.
    replace : bool
        Also rewrite a genre that says the same already, or says it finer.
    mood : bool
        Write what was heard beside the genre too.
    """

    min_confidence: float | None = None
    max_genres: int = 1
    names: Mapping[str, list[str]] = field(default_factory=dict)
    only_missing: bool = False
    replace: bool = False
    mood: bool = False

    def __post_init__(self) -> None:
        if self.min_confidence is not None and not 0 <= self.min_confidence <= 1:
            raise ValueError(f"min_confidence={self.min_confidence} must be from 0 to 1")
        if self.max_genres < 1:
            raise ValueError(f"max_genres={self.max_genres} must be 1 or more")


@dataclass(frozen=True)
class Plan:
    """What is to be done with one file.

    Attributes
    ----------
    path : str
    before : Tags
    genre, mood : list of str or None
        What will stand there; None leaves it alone.
    why : str
        Why the genre is left alone; empty where it is written.
    """

    path: str
    before: Tags
    genre: list[str] | None
    mood: list[str] | None
    why: str = ""

    @property
    def changes(self) -> bool:
        """Whether anything is to be written."""
        return self.genre is not None or self.mood is not None


def plan(answer: Answered, wish: Wish, tags: Tags | None = None) -> Plan:
    """Decide what to write for an answer.

    Raises
    ------
    TagError
        The file's tags cannot be read.
    """
    tags = current(answer.path) if tags is None else tags
    genre, why = _genre(answer, wish, list(tags.genre))
    mood = list(answer.moods) if wish.mood and not (wish.only_missing and tags.mood) else []
    return Plan(answer.path, tags, genre, mood if mood and mood != list(tags.mood) else None, why)


def carry_out(made: Plan, care: Care | None = None, keep: Callable[[Path, Record, str], None] | None = None) -> bool:
    """Write what was planned; False where nothing was.

    Raises
    ------
    TagError
    """
    return made.changes and write(made.path, made.genre, mood=made.mood, care=care, keep=keep)


def _genre(answer: Answered, wish: Wish, before: list[str]) -> tuple[list[str] | None, str]:
    if wish.only_missing and before:
        return None, "has a genre"
    ranked = answer.ranked()[: wish.max_genres]
    least = wish.min_confidence
    if answer.uncertain if least is None else ranked[0][1] < least:
        return None, "uncertain"
    further = FURTHER if least is None else least
    chosen = [ranked[0][0], *(genre for genre, p in ranked[1:] if p >= further)]
    new = mapped(chosen, wish.names)
    if not new:
        return None, "its genre is not to be written"
    if new == before:
        return None, "says so already"
    if before and not wish.replace and says_already(before, [chosen[0], *new]):
        theirs = [next((old for old in before if same(old, name)), name) for name in new]
        if len(theirs) <= len(before) or not set(before) <= set(theirs):
            return None, "says so already"
        new = theirs
    return new, ""
