"""What comes into a folder is heard when it is whole, and nothing is lost by stops, moves and crowds."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from shelves import write_song

from musiclassify import tags
from musiclassify.library import LibraryError, open_library
from musiclassify.library.hearing import hearing
from musiclassify.library.scan import Scan
from musiclassify.library.watch import RESCAN_S, Settling, Watch
from musiclassify.released.song import load

ROOT = Path(__file__).resolve().parents[3]


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_file_is_ready_when_it_has_stayed_the_same_and_opens(tmp_path, clock):
    settling = Settling(2, 60, clock=clock)
    path = write_song(tmp_path / "a.wav")
    data = path.read_bytes()
    path.write_bytes(data[:1000])
    settling.touch(str(path))
    assert settling.ready() == []
    clock.now = 1.9
    path.write_bytes(data)
    assert settling.ready() == []
    clock.now = 3.8
    assert settling.ready() == []
    clock.now = 3.9
    assert settling.ready() == [str(path)]
    assert len(settling) == 0


def test_a_file_that_does_not_open_is_given_more_time(tmp_path, clock):
    settling = Settling(2, 60, clock=clock)
    (tmp_path / "a.mp3").write_text("no sound yet")
    settling.touch(str(tmp_path / "a.mp3"))
    settling.ready()
    clock.now = 59
    assert settling.ready() == []
    clock.now = 60
    assert settling.ready() == [str(tmp_path / "a.mp3")]


def test_what_is_gone_is_ready_too_and_a_crowd_comes_in_parts(tmp_path, clock):
    settling = Settling(2, 60, clock=clock, opens=lambda path: True)
    for i in range(5):
        settling.touch(str(tmp_path / f"{i}.mp3"))
    settling.ready()
    clock.now = 2
    assert [len(settling.ready(2)) for _ in range(4)] == [2, 2, 1, 0]


@pytest.fixture
def watching(hearing_model, tmp_path, db, clock):
    """A watch of ``music``, step by step, and the reports that it gave."""
    music = tmp_path / "music"
    music.mkdir()
    model = load(hearing_model)
    reports = []
    with open_library(db, write="test") as library:
        ask = hearing(lambda: model, jobs=1)
        watch = Watch(
            [str(music)],
            lambda: Scan(library, ask, model.release.digest, settle_s=2),
            Settling(2, 60, clock=clock),
            reports.append,
            clock,
        )

        def step(*events: Path) -> dict[str, int]:
            """Two looks, far enough from each other; what the library counted in them."""
            del reports[:]
            watch.step(map(str, events))
            clock.now += 2
            watch.step([])
            counts: dict[str, int] = {}
            for report in reports:
                for name in ("new", "changed", "moved", "removed", "heard", "back"):
                    counts[name] = counts.get(name, 0) + report.counts[name]
            return {name: count for name, count in counts.items() if count}

        yield music, step


def test_what_was_there_before_is_heard_first(watching):
    music, step = watching
    os.utime(write_song(music / "old.wav"), (1, 1))
    write_song(music / "fresh.wav", "rock")
    assert step() == {"new": 2, "heard": 2}
    assert step() == {}


def test_a_file_that_comes_is_heard_once(watching):
    music, step = watching
    step()
    path = write_song(music / "a.wav")
    assert step(path, path) == {"new": 1, "heard": 1}
    assert step(path) == {}


def test_half_written_names_and_hidden_ones_are_passed_over(watching):
    music, step = watching
    step()
    part = music / "a.wav.part"
    os.replace(write_song(music / "x.wav"), part)
    hidden = write_song(music / ".tmp/b.wav")
    assert step(part, hidden, music / "cover.jpg") == {}
    os.replace(part, music / "a.wav")
    assert step(part, music / "a.wav") == {"new": 1, "heard": 1}


def test_files_and_folders_that_are_moved_are_not_heard_again(watching):
    music, step = watching
    step()
    write_song(music / "one/a.wav")
    write_song(music / "one/b.wav", "rock")
    assert step(music / "one") == {"new": 2, "heard": 2}
    os.replace(music / "one", music / "two")
    assert step(music / "one", music / "two") == {"moved": 2}
    os.replace(music / "two/a.wav", music / "c.wav")
    assert step(music / "two/a.wav", music / "c.wav") == {"moved": 1}
    shutil.rmtree(music / "two")
    assert step(music / "two") == {"removed": 1}


def test_an_event_that_was_lost_is_made_up_for(watching, clock):
    music, step = watching
    step()
    os.utime(write_song(music / "a.wav"), (1, 1))
    assert step() == {}
    clock.now += RESCAN_S
    assert step() == {"new": 1, "heard": 1}


def test_a_disk_that_goes_and_comes_takes_no_song_away(watching, tmp_path):
    music, step = watching
    path = write_song(music / "a.wav")
    os.utime(path, (1, 1))
    step()
    os.replace(music, tmp_path / "unmounted")
    assert step(path, music) == {}
    os.replace(tmp_path / "unmounted", music)
    assert step() == {}


# --- the command


@pytest.fixture
def watcher(hearing_model, db, tmp_path):
    """``watcher(*options)`` starts the command on ``music``; it is stopped at the end."""
    pytest.importorskip("watchfiles", reason="no watchfiles: pip install 'musiclassify[watch]'")
    (tmp_path / "music").mkdir()
    started = []

    def start(*options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "musiclassify", "watch", tmp_path / "music", "--db", db, "--settle", "0.3"]
        process = subprocess.Popen(
            [*command, "--model", hearing_model, "--jobs", "1", *options], cwd=ROOT, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
            # What a script runs in the background is born deaf to Ctrl-C, and so would this be.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        started.append(process)
        assert process.stderr.readline().startswith("watching ")
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def _wait(db: Path, fits, seconds: float = 120) -> dict[str, str | None]:
    """Look into the library until it holds what it should."""
    end = time.monotonic() + seconds
    while True:
        try:
            with open_library(db) as library:
                found = {Path(song.name).name: song.answer.genre for song in library.songs("removed IS NULL")}
        except LibraryError:
            found = {}
        if fits(found) or time.monotonic() > end:
            return found
        time.sleep(0.1)


@pytest.mark.slow
def test_the_command_hears_tags_and_stops_clean(watcher, tmp_path, db):
    process = watcher("--write-tags", "--min-confidence", "0")
    music = tmp_path / "music"
    write_song(tmp_path / "a.mp3", "jazz")
    sound = tags.sound_digest(tmp_path / "a.mp3")
    os.replace(tmp_path / "a.mp3", music / "a.mp3")
    assert process.stdout.readline().startswith(f"{music}/a.mp3: ")
    _wait(db, lambda found: "a.mp3" in found and tags.current(music / "a.mp3").genre)
    assert tags.current(music / "a.mp3").genre == ("jazz",)
    assert tags.sound_digest(music / "a.mp3") == sound
    time.sleep(1.5)  # its own change of the tags is no song that came
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=240)
    assert (process.returncode, out) == (0, "")
    assert "stopped after 1 songs" in err


@pytest.mark.slow
def test_a_thousand_files_at_once_and_a_kill_in_between(watcher, tmp_path, db):
    process = watcher()
    music, count = tmp_path / "music", 1000
    for i, genre in enumerate(("jazz", "rock", "pop")):
        write_song(tmp_path / f"{i}.wav", genre)
    for i in range(count):
        (music / f"{i % 10}").mkdir(exist_ok=True)
        shutil.copyfile(tmp_path / f"{i % 3}.wav", music / f"{i % 10}/{i}.wav")
        if i == count // 2:
            _wait(db, bool)
            process.kill()
            process.communicate()
    assert len(_wait(db, lambda found: False, 0)) < count
    process = watcher()
    found = _wait(db, lambda found: len(found) == count, 300)
    assert len(found) == count
    assert set(found.values()) == {"jazz", "rock", "pop"}
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=240)
    assert process.returncode == 0


def test_what_cannot_be_watched_is_told(command, tmp_path, monkeypatch):
    status, _, err = command("watch", tmp_path / "missing")
    assert status == 2
    assert "must be a folder" in err
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    status, _, err = command("watch", tmp_path)
    assert status == 2
    assert "pip install 'musiclassify[watch]'" in err
