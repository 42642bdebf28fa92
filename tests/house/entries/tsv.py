"""Columns with tabs between them. An example of the one file that a new output format is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from musiclassify.formats import Base

if TYPE_CHECKING:
    from musiclassify.released.song import Answer

RANK = 50
EXTENSIONS = (".tsv",)
HELP = "name, status and genre with tabs between them"


class Format(Base):
    """Three columns."""

    @property
    def header(self) -> str:
        """Names of the columns."""
        return "path\tstatus\tgenre\n"

    def row(self, answer: Answer) -> str:
        """One answer."""
        cells = (answer.path, answer.status, answer.genre or "")
        return "\t".join(" ".join(str(cell).split()) for cell in cells) + "\n"
