"""Every clip is decoded, and what is wrong with one is said in words."""

from __future__ import annotations

import os
import shutil
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
import soundfile

from corpora import check, tracks
from corpora.tracks import COLUMNS


def reason(path, **settings):
    row = check.check_clip(path, **settings)
    assert row["status"] == "excluded"
    return row["reason"]


def test_a_good_clip_is_measured(sound_file, tone):
    row = check.check_clip(sound_file("a.wav", tone(2.0, rate=44100), 44100))
    assert row["status"] == "ok"
    assert row["reason"] == ""
    assert row["sample_rate"] == 44100
    assert row["duration_s"] == pytest.approx(2.0, abs=1e-3)
    assert len(row["sha256"]) == 64


def test_an_empty_file(tmp_path):
    (tmp_path / "a.wav").touch()
    assert reason(tmp_path / "a.wav") == "empty file (0 bytes)"


def test_a_file_without_samples(sound_file):
    assert "no samples" in reason(sound_file("a.wav", np.zeros(0, np.float32))) or "not a single sample" in reason(
        sound_file("a.wav", np.zeros(0, np.float32))
    )


def test_a_corrupt_file(tmp_path):
    (tmp_path / "a.mp3").write_bytes(b"no music at all" * 100)
    assert reason(tmp_path / "a.mp3").startswith("cannot be decoded: ")


def test_a_text_called_wav(tmp_path):
    (tmp_path / "a.wav").write_text("hello")
    assert reason(tmp_path / "a.wav").startswith("cannot be decoded: ")


def test_a_silent_file(sound_file, silence):
    assert reason(sound_file("a.wav", silence(2.0))).startswith("silent: peak 0.0e+00")


def test_a_short_file(sound_file, tone):
    assert reason(sound_file("a.wav", tone(0.2))) == "too short: 0.20 s, needs min_duration_s=1 s"


def test_a_long_file_is_not_read_to_its_end(sound_file, noise):
    path = sound_file("a.wav", noise(20.0))
    assert reason(path, max_duration_s=5.0) == "longer than max_duration_s=5 s: cut it into songs"


def test_samples_that_are_not_numbers(sound_file, tone):
    y = tone(2.0)
    y[1000] = np.nan
    assert "cannot be decoded" in reason(sound_file("a.wav", y, subtype="FLOAT"))


def test_a_truncated_mp3(tmp_path, noise):
    soundfile.write(tmp_path / "whole.mp3", noise(6.0), 22050, format="MP3")
    data = (tmp_path / "whole.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(data[: len(data) // 2])
    row = check.check_clip(tmp_path / "cut.mp3")
    assert (row["status"] == "excluded" and row["reason"]) or 1.0 < row["duration_s"] < 5.0


def test_a_missing_file_stops_the_run_with_its_name(tmp_path):
    found = pd.DataFrame([("a", "gone.wav", "x", "g")], columns=["track_id", "path", "genre", "group"])
    with pytest.raises(FileNotFoundError) as caught:
        check.check(found, tmp_path)
    assert "gone.wav" in str(caught.value)


def test_anything_unforeseen_stops_the_run_with_the_name_in_a_note(tmp_path, monkeypatch, sound_file, tone):
    sound_file("a.wav", tone(2.0))

    def broken(path):
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(check.decoding, "probe", broken)
    found = pd.DataFrame([("a", "a.wav", "x", "g")], columns=["track_id", "path", "genre", "group"])
    with pytest.raises(RuntimeError) as caught:
        check.check(found, tmp_path)
    assert "a.wav" in caught.value.__notes__[0]


def test_the_same_bytes_under_two_names_are_used_once(tmp_path, sound_file, tone):
    one = sound_file("a.wav", tone(2.0))
    shutil.copy(one, tmp_path / "b.wav")
    sound_file("c.wav", tone(2.0, hz=300.0))
    found = pd.DataFrame([(n, f"{n}.wav", "x", n) for n in "abc"], columns=["track_id", "path", "genre", "group"])
    table = check.check(found, tmp_path)
    assert table["status"].tolist() == ["ok", "excluded", "ok"]
    assert table.at[1, "reason"] == "the same file as a"
    assert list(table.columns) == list(COLUMNS)


def test_two_workers_give_what_one_gives(tmp_path, sound_file, tone):
    for k in range(4):
        sound_file(f"{k}.wav", tone(1.5, hz=200.0 + 100 * k))
    found = pd.DataFrame(
        [(str(k), f"{k}.wav", "x", str(k)) for k in range(4)], columns=["track_id", "path", "genre", "group"]
    )

    def two(function, calls):
        return joblib.Parallel(n_jobs=2)(joblib.delayed(function)(*call) for call in calls)

    pd.testing.assert_frame_equal(check.check(found, tmp_path), check.check(found, tmp_path, spread=two))


@pytest.mark.skipif(sys.platform != "linux", reason="is for systems whose names are bytes")
@pytest.mark.parametrize(("name", "shown"), [(b"\xff\xfe.wav", "\\xff\\xfe.wav"), (b"c\r.wav", "c\\r.wav")])
def test_names_that_no_table_can_hold_are_excluded_with_the_reason(tmp_path, sound_file, tone, name, shown):
    whole = sound_file("jazz/a\nb.wav", tone(2.0))
    (whole.parent / os.fsdecode(name)).write_bytes(whole.read_bytes())
    found = tracks.table(
        [
            {"track_id": path.name, "path": path.relative_to(tmp_path).as_posix(), "genre": "jazz", "group": path.name}
            for path in tracks.audio_files(tmp_path)
        ]
    )
    checked = check.check(found, tmp_path)
    tracks.write(tmp_path / "tracks.csv", checked)
    read = tracks.read(tmp_path / "tracks.csv").set_index("path")
    assert read.loc["jazz/a\nb.wav", "status"] == "ok"
    assert read.loc[f"jazz/{shown}", "status"] == "excluded"
    assert "rename it" in read.loc[f"jazz/{shown}", "reason"]
