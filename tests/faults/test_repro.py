"""Real runs of ``dvc repro`` that are killed, or meet another one."""

from __future__ import annotations

import os

import pytest

if os.name != "posix":
    pytest.skip("is for systems with process groups", allow_module_level=True)

import kill_repro
import scratch


@pytest.mark.slow
def test_runs_that_were_killed_end_with_the_bytes_of_one_that_was_not(tmp_path):
    """The short form of ``tests/faults/kill_repro.py``."""
    found = kill_repro.run(tmp_path, kills=2, seed=3, targets=("train@svm",))
    assert found.kills, "no run was killed before its end"
    assert found.files >= 20
    assert found.differ == []
    assert found.left == []

    # Two at once, in the checkout that is done: the second is refused in words, the first does its work.
    folder = tmp_path / "disturbed"
    params = folder / "params.yaml"
    params.write_text(params.read_text(encoding="utf-8").replace("seed: 20", "seed: 21"), encoding="utf-8")
    first, second = scratch.start(folder, "augment"), scratch.start(folder, "augment")
    said = [first.communicate(timeout=600)[0], second.communicate(timeout=600)[0]]
    codes = [first.returncode, second.returncode]
    refused = [text for text, code in zip(said, codes, strict=True) if code]
    assert all("lock" in text.lower() and "Traceback" not in text for text in refused), refused
    assert 0 in codes, said
    assert scratch.leftovers(folder) == []
    status, text = scratch.repro(folder, "augment")
    assert status == 0, text
    assert "didn't change" in text or "up to date" in text
