"""Hostile audio, the short form: the long one is ``python tests/faults/fuzz_audio.py``."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "faults/fuzz_audio.py"


def test_hostile_files_bring_neither_crash_nor_hang_nor_much_memory():
    spec = importlib.util.spec_from_file_location("fuzz_audio", SCRIPT)
    fuzz = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz)
    counts, _, _, wrong = fuzz.run(mutations=80, seed=1)
    assert wrong == []
    assert counts["heard"] > 20
    assert counts["refused"] > 5
    assert counts["decoder brought down"] == 0
