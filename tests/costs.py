"""Processor time of commands, as a ratio to a peer's in the same run: it holds on slow and on busy machines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
STANDARD_LIBRARY = ("-c", "import argparse, json, pathlib")
"""What a help text needs at least."""


def ratio(ours: tuple[str, ...], peer: tuple[str, ...], rounds: int = 3) -> float:
    """The least processor time of ``python *ours`` over that of ``python *peer``, run in turns.

    Other processes can only add to a time, so that the least of several is the truest.
    """
    spent: dict[tuple[str, ...], list[float]] = {ours: [], peer: []}
    for _ in range(rounds):
        for command, times in spent.items():
            times.append(_processor_seconds(command))
    return min(spent[ours]) / min(spent[peer])


def _processor_seconds(command: tuple[str, ...]) -> float:
    resource = pytest.importorskip("resource")

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime

    before = used()
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return used() - before
