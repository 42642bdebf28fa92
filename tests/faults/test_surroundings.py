"""Odd names, other locales, a clock that goes backwards, things that hang, folders that change while being read."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from scratch import environment
from tiny_corpus import ROOT, tiny

from corpora import folder as corpus
from corpora import tracks
from pipeline import params as parameters
from pipeline.layout import Layout


def stages(root: Path, values: dict, *names: str) -> Layout:
    """Run some stages over a corpus."""
    import importlib

    (root / "params.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    chosen, layout = parameters.load(root / "params.yaml"), Layout("tiny", root)
    for name in names:
        module = importlib.import_module(f"pipeline.{name}")
        module.run(parameters.select(chosen, module.READS), layout)
    return layout


def command(*words: object, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        cwd=ROOT,
        env=environment(**more),
        capture_output=True,
        timeout=300,
        check=False,
    )


def test_odd_names_go_all_the_way_to_the_features(tmp_path, odd_music, values):
    (tmp_path / "run").mkdir()
    layout = stages(tmp_path / "run", tiny(values, odd_music), "prepare", "split", "augment", "extract")
    table = tracks.read(layout.tracks)
    bad = table[table["status"] == "excluded"]
    assert all("rename it" in reason or "same file" in reason for reason in bad["reason"]), bad["reason"].tolist()
    assert not table["path"].str.contains("never ends").any(), "a pipe is no clip"
    usable = set(tracks.usable(table)["track_id"])
    made = pd.concat(
        pd.read_csv(path, dtype={"track_id": str}, keep_default_na=False)
        for path in layout.data.glob("features/*/*.csv")
    )
    assert set(made["track_id"]) == usable
    for name in ("new\nline", "🎸", "x" * 251, "-rf", "=1+1"):
        assert any(name in track for track in usable), name


@pytest.mark.slow
@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C"},
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    ],
    ids=["C, no UTF-8 anywhere", "C", "Turkish"],
)
def test_the_answers_are_the_same_in_every_locale(tmp_path, music, toy, locale):
    songs = [music / "Ö rhythm" / "clip 1.wav", music / "hum" / "clip 0.wav"]
    said = {}
    for name, more in (("usual", {"LC_ALL": "C.UTF-8"}), ("other", locale)):
        out = tmp_path / f"{name}.csv"
        words = ["musiclassify", "classify", "--model", toy, "--format", "csv", "--output", out, *songs]
        done = command(*words, **more)
        assert done.returncode == 0, done.stderr
        assert b"Traceback" not in done.stderr
        said[name] = out.read_bytes()
        shown = command("musiclassify", "classify", "--model", toy, *songs, **more)
        assert shown.returncode == 0, shown.stderr
        assert b"Traceback" not in shown.stderr
    if locale.get("PYTHONUTF8") != "0":
        assert said["other"] == said["usual"]
        return
    # Where even names of files are ASCII alone, letters beyond it are escaped in the first column.
    rows = [[row[1:] for row in csv.reader(io.StringIO(said[name].decode()))] for name in ("other", "usual")]
    assert rows[0] == rows[1]


BACKWARDS = """
import itertools, time
_real, _count = time.time, itertools.count()
time.time = lambda: _real() - 86400.0 * next(_count)
"""


def test_a_clock_that_is_set_back_changes_nothing(tmp_path, music, toy):
    """Every look at the clock is a day earlier than the last one."""
    (tmp_path / "sitecustomize.py").write_text(BACKWARDS)
    songs = [music / "hum", music / "noise"]
    rows = []
    for path in ("", str(tmp_path)):
        out = tmp_path / f"answers{len(rows)}.csv"
        words = ["musiclassify", "classify", "--model", toy, "--format", "csv", "--output", out, *songs]
        done = command(*words, PYTHONPATH=path)
        assert done.returncode == 1, done.stderr  # broken.mp3 has no answer
        assert b"Traceback" not in done.stderr
        rows.append(list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))))
    assert rows[0] == rows[1]
    assert len(rows[0]) == 13


def test_ten_thousand_files_in_one_folder_are_listed_in_order(tmp_path):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for number in range(5000):
            (tmp_path / label / f"{number}.wav").touch()
    found = corpus.find(tmp_path)
    assert len(found) == 10_000
    assert found["track_id"].is_monotonic_increasing


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="is for systems with named pipes")
def test_a_file_that_never_answers_is_no_clip_and_does_not_hold_anybody_up(tmp_path, music):
    """A named pipe that nobody writes to stands for a network folder that hangs; so does a link to one."""
    shutil.copytree(music, tmp_path / "music")
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "music" / "hum" / "clip 9.wav")
    (tmp_path / "music" / "noise" / "clip 9.wav").symlink_to(tmp_path / "pipe")
    found = corpus.find(tmp_path / "music")
    assert not found["path"].str.contains("clip 9").any()


def test_a_clip_that_vanishes_after_the_check_is_named(tmp_path, music, values):
    clips = tmp_path / "clips"
    shutil.copytree(music, clips)
    (tmp_path / "run").mkdir()
    settings = tiny(values, clips)
    stages(tmp_path / "run", settings, "prepare", "split", "augment")
    (clips / "hum" / "clip 3.wav").unlink()
    with pytest.raises((ValueError, OSError), match=r"clip 3\.wav"):
        stages(tmp_path / "run", settings, "extract")
    assert not list((tmp_path / "run").rglob("*.partial"))


def test_a_clip_that_became_another_after_the_check_is_refused(tmp_path, music, values):
    """Else its features would stand beside the length and the hash of a clip that is no longer there."""
    clips = tmp_path / "clips"
    shutil.copytree(music, clips)
    (tmp_path / "run").mkdir()
    settings = tiny(values, clips)
    stages(tmp_path / "run", settings, "prepare", "split", "augment")
    shutil.copy(clips / "noise" / "clip 1.wav", clips / "hum" / "clip 3.wav")
    with pytest.raises(ValueError, match=r"clip 3\.wav: is not the file that prepare checked"):
        stages(tmp_path / "run", settings, "extract")
