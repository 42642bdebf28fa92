"""Decoding in another process: the same blocks and errors, and a crash costs one song."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from musiclassify.audio import decode, isolated
from musiclassify.audio.errors import AudioError, DecodeError
from musiclassify.audio.heard import Heard

CRASHING = (
    "import sys, ctypes; sys.path.insert(0, sys.argv[1])\n"
    "from musiclassify.audio import worker; inner = worker.stream\n"
    "def stream(path, **options):\n"
    "    blocks = inner(path, **options)\n"
    "    yield next(blocks)\n"
    "    ctypes.string_at(0) if path.endswith('crash.wav') else None\n"
    "    yield from blocks\n"
    "worker.stream = stream; worker.main()"
)


@pytest.fixture(autouse=True)
def fresh():
    isolated.close()
    yield
    isolated.close()


def pids() -> list[int]:
    return [process.pid for process in isolated._idle]


@pytest.mark.parametrize("kind", ["wav", "mp3", "ogg"])
@pytest.mark.parametrize("block_s", [0.7, 10.0])
def test_the_blocks_are_those_of_decode(kind, block_s, noise, sound_file):
    path = sound_file(f"a.{kind}", noise(3.3, 44_100), 44_100)
    here, there = Heard(), Heard()
    expected = list(decode.stream(path, block_s=block_s, heard=here))
    given = list(isolated.stream(path, block_s=block_s, heard=there))
    assert [len(block) for block in given] == [len(block) for block in expected]
    np.testing.assert_array_equal(np.concatenate(given), np.concatenate(expected))
    assert there == here


def test_errors_are_those_of_decode(tone, sound_file, tmp_path):
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "two\nlines.mp3").write_bytes(b"no sound" * 99)
    sound_file("nan.wav", np.full(999, np.nan, np.float32), subtype="FLOAT")
    for name in ("empty.mp3", "two\nlines.mp3", "none.mp3", "nan.wav", "."):
        with pytest.raises(AudioError) as here:
            list(decode.stream(tmp_path / name))
        with pytest.raises(AudioError) as there:
            list(isolated.stream(tmp_path / name))
        assert (type(there.value), str(there.value)) == (type(here.value), str(here.value))
    assert len(pids()) == 1  # one process said it all
    with pytest.raises(ValueError, match="sample_rate=0"):
        list(isolated.stream(tmp_path / "nan.wav", sample_rate=0))


def test_relative_and_odd_names_are_found(tone, sound_file, tmp_path, monkeypatch):
    list(isolated.stream(sound_file("a.wav", tone())))
    (tmp_path / "in").mkdir()
    name = os.fsdecode(b"caf\xe9 \xf0\x9f\x8e\xb5.wav")
    (tmp_path / "a.wav").rename(tmp_path / "in" / name)
    monkeypatch.chdir(tmp_path / "in")  # after the process was started
    assert len(np.concatenate(list(isolated.stream(name)))) == 22_050


def test_file_objects_are_read_here(tone, sound_file):
    data = sound_file("a.wav", tone()).read_bytes()
    assert len(np.concatenate(list(isolated.stream(io.BytesIO(data))))) == 22_050
    assert pids() == []


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSEGV])
def test_a_process_that_is_killed_amid_a_song_costs_that_song(end, tone, sound_file):
    long, short = sound_file("long.wav", tone(200)), sound_file("short.wav", tone())
    list(isolated.stream(short))
    (pid,) = pids()
    blocks = isolated.stream(long)
    next(blocks)
    os.kill(pid, end)
    with pytest.raises(
        DecodeError, match=rf"long\.wav: brings its decoder down \({end.name}\) after \d+ s; convert it"
    ):
        list(blocks)
    assert len(np.concatenate(list(isolated.stream(short)))) == 22_050
    assert pids() not in ([], [pid])


def test_a_process_that_was_killed_while_idle_is_replaced(tone, sound_file):
    path = sound_file("a.wav", tone())
    list(isolated.stream(path))
    os.kill(pids()[0], signal.SIGKILL)
    time.sleep(0.2)
    assert len(np.concatenate(list(isolated.stream(path)))) == 22_050


def test_a_real_crash_is_an_error_with_its_signal(tone, sound_file, monkeypatch):
    monkeypatch.setattr(isolated, "_START", CRASHING)
    with pytest.raises(DecodeError, match=r"crash\.wav: brings its decoder down \(SIGSEGV\) after 10 s"):
        list(isolated.stream(sound_file("crash.wav", tone(15))))
    assert len(np.concatenate(list(isolated.stream(sound_file("fine.wav", tone(15)))))) == 15 * 22_050


def test_a_process_that_stands_still_is_given_up(tone, sound_file, monkeypatch):
    path = sound_file("a.wav", tone(200))
    blocks = isolated.stream(path, block_s=1.0)
    next(blocks)
    monkeypatch.setattr(isolated, "STALL_S", 0.5)
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, text=True).stdout
    for pid in map(int, children.split()):
        if b"worker" in _command(pid):
            os.kill(pid, signal.SIGSTOP)
    with pytest.raises(DecodeError, match=r"keeps its decoder still \(waited 0\.5 s\)"):
        list(blocks)


def _command(pid: int) -> bytes:
    done = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True)
    return done.stdout


def test_a_stream_that_is_left_leaves_nothing_behind(tone, sound_file):
    long, short = sound_file("long.wav", tone(200)), sound_file("short.wav", tone())
    blocks = isolated.stream(long)
    next(blocks)
    blocks.close()
    assert pids() == []
    assert len(np.concatenate(list(isolated.stream(short)))) == 22_050


def test_songs_are_decoded_side_by_side(tone, sound_file):
    paths = [sound_file(f"{k}.wav", tone(5, hz=200 + 50 * k)) for k in range(6)]
    with ThreadPoolExecutor(3) as pool:
        lengths = list(pool.map(lambda path: sum(map(len, isolated.stream(path))), paths))
    assert lengths == [5 * 22_050] * 6
    assert 1 <= len(pids()) <= 3


def test_processes_end_with_the_one_that_started_them(tone, sound_file):
    code = (
        "import sys, os; from musiclassify.audio import isolated\n"
        "list(isolated.stream(sys.argv[2])); blocks = isolated.stream(sys.argv[1]); next(blocks)\n"
        "list(isolated.stream(sys.argv[2])); busy = blocks.gi_frame.f_locals['process'].pid\n"
        "print(isolated._idle[0].pid, busy, flush=True); os.kill(os.getpid(), 9)"
    )
    long, short = sound_file("long.wav", tone(200)), sound_file("short.wav", tone())
    done = subprocess.run([sys.executable, "-c", code, str(long), str(short)], stdout=subprocess.PIPE, text=True)
    started = [int(pid) for pid in done.stdout.split()]
    assert len(set(started)) == 2
    limit = time.monotonic() + 5
    while any(b"worker" in _command(pid) for pid in started) and time.monotonic() < limit:
        time.sleep(0.05)
    assert not any(b"worker" in _command(pid) for pid in started)


def test_where_no_process_can_be_started_songs_are_decoded_here(tone, sound_file, monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    assert len(np.concatenate(list(isolated.stream(sound_file("a.wav", tone()))))) == 22_050
    assert pids() == []
