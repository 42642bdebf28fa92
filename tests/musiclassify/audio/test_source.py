"""Named pipes: waited for a stated time."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest

from musiclassify.audio import source
from musiclassify.audio.decode import decode
from musiclassify.audio.errors import DecodeError, EmptyAudioError

RATE = 44_100


def test_a_pipe_without_a_writer_is_given_up(tmp_path, monkeypatch):
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    monkeypatch.setattr(source, "WRITER_WAIT_S", 0.3)
    started = time.monotonic()
    with pytest.raises(DecodeError, match=r"is a pipe that has nobody who writes to it \(waited 0\.3 s\)"):
        decode(path)
    assert time.monotonic() - started < 3


def test_a_pipe_whose_writer_stays_silent_is_given_up(tmp_path, monkeypatch, tone, sound_file):
    data = sound_file("a.wav", tone(1)).read_bytes()
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    monkeypatch.setattr(source, "BYTES_WAIT_S", 0.3)
    done = threading.Event()

    def write() -> None:
        with path.open("wb", buffering=0) as pipe:
            pipe.write(data[:1000])
            done.wait(5)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(DecodeError, match="is a pipe that stays silent"):
            decode(path)
    finally:
        done.set()
        writer.join()


@pytest.mark.parametrize("wait_s", [0.0, 0.3])
def test_a_pipe_with_a_writer_is_read_like_a_file(wait_s, tmp_path, tone, sound_file):
    from_file = sound_file("a.wav", tone(3, rate=RATE), RATE)
    expected = decode(from_file)
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)

    def write() -> None:
        time.sleep(wait_s)
        with path.open("wb", buffering=0) as pipe:
            data = from_file.read_bytes()
            pipe.write(data[:5000])
            time.sleep(wait_s)
            pipe.write(data[5000:])

    writer = threading.Thread(target=write)
    writer.start()
    np.testing.assert_array_equal(decode(path), expected)
    writer.join()


def test_a_pipe_into_which_nothing_was_written_is_empty(tmp_path):
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.open("wb").close())
    writer.start()
    with pytest.raises(EmptyAudioError, match="0 bytes"):
        decode(path)
    writer.join()
