"""Pieces of the tables that `figures` and `hearing` write."""

from __future__ import annotations

import csv
from pathlib import Path

__all__ = ["missing", "percent", "rows", "table"]


def rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def percent(value: object) -> str:
    return "–" if value in (None, "") else f"{100 * float(value):.1f} %"


def missing(what: str, command: str) -> str:
    return f"*{what}: not measured yet. `{command}` writes it.*\n"
