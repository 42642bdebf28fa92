"""What is kept of a file's tags from before we wrote them, so that it can become what it was.

A record stands in a tag of the file itself (`fields.MARK`) or in a journal. As long as nobody else has changed the
file, it gives back every byte; after that it gives back the values of the fields that still are as we wrote them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from . import patch
from .fields import GENRE, MARK_FIELD, Block, Values
from .genres import same

__all__ = ["Record"]


@dataclass(frozen=True)
class Record:
    """One change of a file's tags.

    Attributes
    ----------
    wrote : dict of str to list of str
        The fields that we wrote.
    before : list of (str, dict)
        Of each tag of the file, the one that we write to first: its name and what its fields held.
    sha256 : str
        Of the whole file as it was; empty where only the values are kept.
    patch : str
        How that file comes from the new one (`patch.encode`).
    """

    wrote: Values
    before: list[tuple[str, Values]]
    sha256: str = ""
    patch: str = ""
    size: int = field(default=0, compare=False)

    @property
    def genre(self) -> tuple[str, ...]:
        """The genre as it was."""
        return next((tuple(values[GENRE]) for _, values in self.before if values.get(GENRE)), ())

    def text(self) -> str:
        """Write the record as one line, filled with blanks to ``size`` characters."""
        whole = {"wrote": self.wrote, "before": self.before, "sha256": self.sha256, "patch": self.patch}
        return json.dumps(whole, separators=(",", ":")).ljust(self.size)

    @classmethod
    def parse(cls, texts: Sequence[str]) -> Record | None:
        """Read a record, also one of version 1; None for what is none."""
        try:
            found = json.loads(texts[0])
            if "written" in found:
                return cls({GENRE: [str(found["written"])]}, [("", {GENRE: [str(g) for g in found["before"]]})])
            before = [(str(name), _values(values)) for name, values in found["before"]]
            record = cls(_values(found["wrote"]), before, str(found["sha256"]), str(found["patch"]))
            if record.sha256:
                patch.decode(record.patch)
        except (IndexError, KeyError, TypeError, ValueError, AttributeError):
            return None
        return record

    def fields_of(self, blocks: Sequence[Block]) -> list[Values]:
        """Say for each tag of a file which fields get which values so that ours are gone."""
        found = []
        theirs = dict(self.before)
        for i, block in enumerate(blocks):
            now = block.read()
            was = self.before[0][1] if i == 0 and self.before else theirs.get(block.name, {})
            ours = {n: was.get(n, []) for n, values in self.wrote.items() if _is_ours(now.get(n, []), values)}
            found.append(({MARK_FIELD: []} if i == 0 else {}) | (ours if i == 0 or block.name in theirs else {}))
        return found


def _values(found: dict[str, list[str]]) -> Values:
    return {str(name): [str(value) for value in values] for name, values in found.items()}


def _is_ours(now: list[str], wrote: list[str]) -> bool:
    """Whether a tag says what we wrote, as far as it can: ID3v1 has room for one genre of its own list."""
    return now == wrote or (len(now) < 2 and bool(wrote) and all(any(same(n, w) for w in wrote) for n in now))
