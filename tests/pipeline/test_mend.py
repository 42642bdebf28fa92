"""What a killed run left of DVC's notes is swept, and nothing else."""

from __future__ import annotations

import pytest

from pipeline.mend import NOTES, mend


@pytest.mark.parametrize("content", [b"", b'{"a": ', b"\0\0"])
def test_notes_that_are_none_go(tmp_path, content):
    notes = tmp_path / NOTES
    notes.parent.mkdir(parents=True)
    notes.write_bytes(content)
    assert "left half-written" in mend(tmp_path)
    assert not notes.exists()
    assert mend(tmp_path) == ""


def test_notes_of_a_run_stay(tmp_path):
    notes = tmp_path / NOTES
    notes.parent.mkdir(parents=True)
    notes.write_text('{"data/demo/clips": {"read": []}}')
    assert mend(tmp_path) == ""
    assert notes.exists()
