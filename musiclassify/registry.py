"""A room that grows by one file: every file of a folder is an entry, and its name is the file's.

    transforms = Registry("augment.transforms", "transform", needs=("Settings", "draw"))
    transforms.names()         # ("pitch_tempo", "eq", ...), without importing any of them
    transforms.get("eq")       # the module augment/transforms/eq.py

Files whose names begin with ``_`` are no entries. The order is that of the literal ``RANK = 10`` that a file may have
(files without one come last), then of the names. What an entry must have, its room says in ``needs``.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import MusiClassifyError

__all__ = ["Registry", "RegistryError"]

_RANK = re.compile(r"^RANK = (\d+)$", re.MULTILINE)
_LAST = 1000


class RegistryError(MusiClassifyError):
    """A name that no entry has, or an entry that is not whole; the text says what is known or missing."""


class Registry:
    """The entries of one folder.

    Parameters
    ----------
    package : str
        Dotted name of the folder; its ``__init__`` is imported when it is first asked, its files are not.
    what : str
        What an entry is called in messages.
    needs : tuple of str
        What every entry must define.
    ranked : bool
        Only files with a ``RANK`` are entries: for a folder that holds other files too.
    """

    def __init__(self, package: str, what: str, *, needs: tuple[str, ...] = (), ranked: bool = False) -> None:
        self.package, self.what, self.needs, self.ranked = package, what, needs, ranked
        self._found: dict[str, int] = {}
        self._more: dict[str, Any] = {}

    def names(self) -> tuple[str, ...]:
        """Names of all entries, in their order; nothing of them is imported."""
        if not self._found:
            found: dict[str, int] = {}
            for folder in importlib.import_module(self.package).__path__:
                for name, path in _files(Path(folder)):
                    if name in found:
                        raise RegistryError(f"{self.what} {name} stands twice: {path} and another file of its name")
                    found[name] = _rank(path)
            self._found = {name: rank for name, rank in found.items() if rank < _LAST or not self.ranked}
        ranks = self._found | {name: getattr(entry, "RANK", _LAST) for name, entry in self._more.items()}
        return tuple(sorted(ranks, key=lambda name: (ranks[name], name)))

    def get(self, name: str) -> Any:
        """The entry of a name, imported now.

        Raises
        ------
        RegistryError
            If there is none, with the known names; or if it lacks something.
        """
        if name not in self.names():
            raise RegistryError(f"{self.what}={name!r} must be one of {', '.join(self.names())}")
        entry = self._more[name] if name in self._more else importlib.import_module(f"{self.package}.{name}")
        missing = [needed for needed in self.needs if not hasattr(entry, needed)]
        if missing:
            raise RegistryError(f"{self.what} {name} ({self.package}) lacks {', '.join(missing)}: every entry has them")
        return entry

    def all(self) -> dict[str, Any]:
        """Every entry by name, in their order."""
        return {name: self.get(name) for name in self.names()}

    @contextmanager
    def also(self, **entries: Any) -> Iterator[None]:
        """Have these entries too for a while, as if each were a file of the folder; for tests and plug-ins."""
        for name in entries:
            if name in self.names():
                raise RegistryError(f"{self.what} {name} stands twice: {self.package} has it already")
        before, self._more = self._more, self._more | entries
        try:
            yield
        finally:
            self._more = before


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Names and files of the entries of a folder: modules, and packages by their ``__init__``."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".py" and not path.name.startswith("_"):
            yield path.stem, path
        elif not path.name.startswith(("_", ".")) and (path / "__init__.py").is_file():
            yield path.name, path / "__init__.py"


def _rank(path: Path) -> int:
    found = _RANK.search(path.read_text(encoding="utf-8"))
    return int(found[1]) if found else _LAST
