"""What is written is whole or not there."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import files


def test_a_folder_takes_the_place_of_the_old_one_only_when_all_went_well(tmp_path):
    goal = tmp_path / "out"
    with files.fresh_folder(goal) as folder:
        (folder / "a").write_text("1")

    def killed() -> None:
        with files.fresh_folder(goal) as folder:
            (folder / "b").write_text("2")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert [p.name for p in goal.iterdir()] == ["a"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    with files.fresh_folder(goal) as folder:
        (folder / "c").write_text("3")
    assert [p.name for p in goal.iterdir()] == ["c"]


def test_what_a_killed_run_left_is_swept_away(tmp_path):
    left = tmp_path / ".out.partial"
    left.mkdir()
    (left / "half").write_text("x")
    with files.fresh_folder(tmp_path / "out") as folder:
        assert list(folder.iterdir()) == []


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    goal = tmp_path / "a.json"
    files.write_json(goal, {"x": 1})

    def full(self, *args, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(OSError, match="No space left"):
        files.write_json(goal, {"x": 2})
    assert files.read_json(goal) == {"x": 1}


def test_json_holds_plain_numbers_of_six_digits(tmp_path):
    files.write_json(
        tmp_path / "a.json",
        {"a": np.float32(0.123456789), "b": np.int64(3), "c": np.nan, "d": np.bool_(True), 5: np.arange(2), "e": "ü"},
    )
    assert files.read_json(tmp_path / "a.json") == {
        "a": 0.123457, "b": 3, "c": None, "d": True, "5": [0, 1], "e": "ü",
    }  # fmt: skip
