"""Which tests share a slow preparation and so run in one worker of pytest-xdist, the longest groups first.

Tests of one file stay together. Files that read the finished run of the tiny corpus are one group, those that open a
browser another, and those that have librosa compile its functions a third: what they need is made once. (The marks
``xdist_group`` do nothing under pytest 9.2: pytest-xdist 3.8 writes them where it no longer reads.)
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[1]
#: A fixture that a test, or a fixture beside it, takes: its group.
FIXTURES = {"finished": "corpus", "browser": "browser", "look": "browser"}
LIBROSA = ("test_against_librosa.py", "test_benchmarks.py", "test_demo_difficulty.py")
LONGEST = ("corpus", "browser", "tests/notebooks/test_visit.py", "librosa", "tests/models/test_models.py")


@cache
def group_of(file: str) -> str:
    """The group of a file of tests; its path is relative to the repository."""
    if Path(file).name in LIBROSA:
        return "librosa"
    text = (ROOT / file).read_text(encoding="utf-8")
    for fixture, group in FIXTURES.items():
        if re.search(rf"def \w+\([^)]*\b{fixture}\b", text):
            return group
    return file


def place_of(file: str) -> int:
    """Where the group of a file stands: the longest first, the others as they come."""
    group = group_of(file)
    return LONGEST.index(group) if group in LONGEST else len(LONGEST)


class Scheduling(LoadScopeScheduling):
    """Gives a worker a group of tests at a time."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.split("::")[0])
