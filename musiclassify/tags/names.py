"""Our names of genres to those of a collection, from a text file of lines such as ``metal = Rock; Metal``.

A name on the right stands for a genre of its own: parents are written beside their child. Nothing on the right means
that this genre is not written. What begins with ``#`` is a remark.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from .data import TagError

__all__ = ["mapped", "read_names"]


def read_names(path: str | os.PathLike[str], labels: Iterable[str]) -> dict[str, list[str]]:
    """Read such a file.

    Parameters
    ----------
    path : path
    labels : iterable of str
        The model's genres: a line for any other is refused.

    Raises
    ------
    TagError
        Naming the line.
    """
    known, found = list(labels), {}
    try:
        lines = Path(path).read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TagError(path, f"cannot be read ({error})", "name a text file in UTF-8") from error
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        name, sign, names = (part.strip() for part in text.partition("="))
        if not sign:
            raise TagError(path, f"line {number} has no =", "write lines like metal = Rock; Metal")
        if name not in known:
            raise TagError(path, f"line {number}: {name!r} is no genre of the model", f"use {', '.join(known)}")
        if name in found:
            raise TagError(path, f"line {number}: {name!r} stands twice", "leave one of the lines out")
        found[name] = [part.strip() for part in names.split(";") if part.strip()]
    return found


def mapped(genres: Iterable[str], names: Mapping[str, list[str]]) -> list[str]:
    """Put theirs in the place of ours, each once.

    Examples
    --------
    >>> mapped(["metal", "rock"], {"metal": ["Rock", "Metal"], "rock": ["Rock"]})
    ['Rock', 'Metal']
    """
    return list(dict.fromkeys(name for genre in genres for name in names.get(genre, [genre])))
