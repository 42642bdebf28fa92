"""The one key of everything that the studies keep: what is kept is taken again under the same key only.

A result follows from what was asked (settings, tables), from the bytes of the files that are read, and from the code
that makes it (all that it imports of this repository, and the versions of the libraries). A key is one sha256 of all
three, so nothing that former code or other sound gave is taken for the result of today's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from corpora.check import sha256
from pipeline import closure


def key(*told: Any, files: Iterable[str | Path] = (), code: Iterable[str] = ()) -> str:
    """A name for a result.

    Parameters
    ----------
    told
        What was asked: settings, numbers, names, tables, other keys; also inside dicts, lists and tuples.
    files : iterable of path
        What is read; their bytes count, in this order, and their names do not.
    code : iterable of str
        Dotted names of the modules that make the result; what they import counts too (`pipeline.closure`).

    Returns
    -------
    str
        Sixteen digits.

    Raises
    ------
    TypeError
        If something told has no words of its own, so that two runs could not agree on it.

    Examples
    --------
    >>> key({"C": 1.0}) == key({"C": 1.0}) != key({"C": 2.0})
    True
    """
    modules = sorted(code)
    parts = [
        json.dumps(told, sort_keys=True, default=_plain),
        [sha256(file) for file in files],
        [closure.digest(*modules), closure.versions(*modules)] if modules else [],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """What JSON does not know, as something that it knows."""
    if isinstance(value, pd.DataFrame):
        return hashlib.sha256(value.to_csv(index=False).encode()).hexdigest()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Path):
        return value.as_posix()
    if hasattr(value, "tolist"):  # numpy's numbers and arrays
        return value.tolist()
    raise TypeError(f"{type(value).__name__}: cannot be told in a key; give plain values, settings or tables")
