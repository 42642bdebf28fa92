"""How answers are written: one format a file of this folder.

An entry has ``EXTENSIONS`` (of files that are written so), ``HELP`` (a few words) and a class ``Format``, a kind of
`Base`. Its name is the file's. A form is a header, a row for each answer, what stands between rows, and a footer; put
together they are a whole document. Entries are light: the help of the command line asks all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from musiclassify.registry import Registry

from ._base import Base, Screen

__all__ = ["FORMATS", "Base", "Screen", "by_extension", "form"]

FORMATS = Registry("musiclassify.formats", "format", needs=("EXTENSIONS", "HELP", "Format"))


def by_extension(path: Path) -> str | None:
    """Give the name of the format that a file's extension stands for.

    Examples
    --------
    >>> by_extension(Path("answers.csv"))
    'csv'
    """
    found = (name for name, entry in FORMATS.all().items() if path.suffix.lower() in entry.EXTENSIONS)
    return next(found, None)


def form(
    name: str,
    labels: Iterable[str],
    *,
    top: int | None = None,
    timeline: bool = False,
    screen: Screen | None = None,
) -> Base:
    """Give the form of a name, for a model's labels.

    Raises
    ------
    RegistryError
        There is no such format.

    Examples
    --------
    >>> from musiclassify.released.song import Answer
    >>> form("jsonl", ["jazz"]).row(Answer("a.mp3", "error", message="is empty"))[:37]
    '{"path": "a.mp3", "status": "error", '
    """
    return FORMATS.get(name).Format(tuple(labels), top, timeline, screen)
