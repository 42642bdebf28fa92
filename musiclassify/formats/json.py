"""One JSON array: for programs that read the whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ._base import Base

if TYPE_CHECKING:
    from musiclassify.released.song import Answer

RANK = 20
EXTENSIONS = (".json",)
HELP = "one JSON array"


class Format(Base):
    """A JSON array with an object a song."""

    between = ","
    footer = "\n]\n"

    @property
    def header(self) -> str:
        return "["

    def row(self, answer: Answer) -> str:
        return "\n" + json.dumps(answer.to_dict(self.top), ensure_ascii=False)
