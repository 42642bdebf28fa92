"""What a model costs, on systems that tell and on those that do not."""

from __future__ import annotations

import sys

from pipeline import timing


def test_memory_is_told_in_mib():
    assert timing.peak_memory_mib() is None or 10 < timing.peak_memory_mib() < 100_000


def test_a_system_without_the_module_for_it_tells_nothing_and_breaks_nothing(monkeypatch):
    """As on Windows, which has no ``resource``."""
    monkeypatch.setitem(sys.modules, "resource", None)
    assert timing.peak_memory_mib() is None
