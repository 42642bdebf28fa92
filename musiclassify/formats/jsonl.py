"""One JSON object a line: for programs that read answers as they come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ._base import Base

if TYPE_CHECKING:
    from musiclassify.released.song import Answer

RANK = 30
EXTENSIONS = (".jsonl", ".ndjson")
HELP = "a JSON object a line"


class Format(Base):
    """JSON lines."""

    def row(self, answer: Answer) -> str:
        return json.dumps(answer.to_dict(self.top), ensure_ascii=False) + "\n"
