"""The table of answers: which rows it has, what a round measures, and what a stop leaves behind."""

import csv
import sys
import time

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import answers, clips, musicnn, peers, timing


class Model:
    """Stands for the default model: notes what it was asked."""

    def __init__(self):
        self.asked = []

    def classify(self, y, effort="normal"):
        self.asked.append((len(y), effort))


@pytest.fixture
def model(monkeypatch):
    """Everything that is slow replaced: the model, musicnn, the peers, new processes (2 s of a core each)."""
    model = Model()
    monkeypatch.setattr(answers.released, "load", lambda name: model)
    monkeypatch.setattr(musicnn, "extractor", lambda: lambda y: np.zeros(50))
    found = {"essentia MusicExtractor": len, "openSMILE ComParE": len}
    monkeypatch.setattr(peers, "found", lambda: found)
    monkeypatch.setattr(answers, "_processor_ms", lambda command: 2000.0)
    monkeypatch.setattr(answers, "SONG_S", 4)
    monkeypatch.setattr(answers, "SONGS", 2)
    return model


@pytest.fixture
def sounds(rng):
    """Two clips of 3 s."""
    return clips.Clips([rng.normal(0, 0.1, 3 * clips.RATE).astype(np.float32) for _ in range(2)], "a test")


def test_every_round_gives_the_whole_table_of_all_rounds_so_far(model, sounds):
    tables = list(answers.run(sounds, rounds=3))
    assert [[row.rounds for row in rows] for rows in tables] == [[k] * len(tables[0]) for k in (1, 2, 3)]
    names = [row.what for row in tables[0]]
    assert names[0] == "fft floor"
    assert {answers.OURS, answers.SONG, answers.MUSICNN, answers.MUSICNN_SONG, answers.COLD} < set(names)
    assert "essentia MusicExtractor" in names
    assert "openSMILE ComParE" not in names, "not named in PEERS"
    times = {row.what: row.ms_per_clip for row in tables[0]}
    assert times[answers.COLD] == 2000
    assert times[answers.FOLDER] == 1000, "of each of the two songs"


def test_an_excerpt_is_a_clip_and_a_song_is_all_of_them(model, sounds):
    list(answers.run(sounds, rounds=1))
    second, song = 3 * clips.RATE, 4 * clips.RATE
    once = [(second, "full"), (second, "fast"), (song, "normal"), (song, "fast"), (song, "full")]
    assert model.asked == 2 * once, "once to get warm, once in the round"


def test_another_model_is_timed_in_this_process_and_in_new_ones(model, sounds, monkeypatch):
    loaded, called = [], []
    monkeypatch.setattr(answers.released, "load", lambda name: loaded.append(name) or model)
    monkeypatch.setattr(answers, "_processor_ms", lambda command: called.append(command) or 2000.0)
    list(answers.run(sounds, rounds=1, model="a/folder"))
    assert loaded == ["a/folder"]
    assert [command[-3:-1] for command in called if "classify.py" in command[1]] == [["--model", "a/folder"]] * 2


def test_without_tensorflow_its_rows_and_targets_are_left_out(model, sounds, monkeypatch, capsys):
    def missing():
        raise ImportError("No module named 'tensorflow'")

    monkeypatch.setattr(musicnn, "extractor", missing)
    (rows,) = answers.run(sounds, rounds=1)
    assert not [row.what for row in rows if "tensorflow" in row.what.lower()]
    assert len(answers.targets(rows)) == 3
    assert "left out: musicnn in TensorFlow" in capsys.readouterr().err


def test_targets_are_ratios_of_the_rows():
    rows = [
        timing.Row(name, ms, 1.0, 1)
        for name, ms in {
            answers.OURS: 151.0,
            answers.SONG: 100.0,
            answers.MUSICNN_SONG: 1000.0,
            answers.COLD: 900.0,
            answers.TENSORFLOW: 5400.0,
            answers.FOLDER: 600.0,
        }.items()
    ]
    told = {t["target"]: (t["measured"], t["met"]) for t in answers.targets(rows)}
    assert told == {
        "default model, ms of a core an excerpt heard whole": (151, False),
        "new process, s of a core a song": (0.9, True),
        "folder, times real time on two cores": (500, False),
        "musicnn's own extractor / default model, one song": (10, True),
        "new process / import tensorflow": (0.167, True),
    }


def test_a_run_that_is_stopped_has_written_the_rounds_before(model, sounds, monkeypatch, tmp_path):
    monkeypatch.setattr(clips, "load", lambda count: sounds)
    begun = []

    def stopped_in_the_third(command):
        begun.append(command)
        if len(begun) == 2 * 3 + 1:  # three commands a round
            raise KeyboardInterrupt
        return 2000.0

    monkeypatch.setattr(answers, "_processor_ms", stopped_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        command.main(["answers", "--rounds", "5", "--out", str(tmp_path)])
    with (tmp_path / "answers.csv").open() as file:
        written = list(csv.DictReader(file))
    assert {row["rounds"] for row in written} == {"2"}
    assert (tmp_path / "targets.json").is_file()


def test_processor_time_of_a_command_is_what_it_spent_and_not_what_it_slept():
    busy = "import time\nuntil = time.process_time() + 0.3\nwhile time.process_time() < until: pass"
    before = time.process_time()
    spent = answers._processor_ms([sys.executable, "-S", "-c", busy])
    assert spent >= 300
    slept = answers._processor_ms([sys.executable, "-S", "-c", "import time; time.sleep(0.5)"])
    assert slept < spent
    assert time.process_time() - before < 0.3, "this process's own time is not counted with it"
