"""Ogg Vorbis: the same samples are the same bytes, at any length."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from musiclassify.audio import write


def test_the_same_samples_are_the_same_bytes(rng):
    samples = rng.uniform(-0.5, 0.5, 22050).astype(np.float32)
    assert write.ogg(samples, 22050) == write.ogg(samples, 22050)


def test_the_stream_can_be_read_and_is_the_one_that_was_written():
    time = np.arange(22050) / 22050
    samples = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    back, rate = soundfile.read(io.BytesIO(write.ogg(samples, 22050)), dtype="float32")
    assert (rate, back.shape) == (22050, samples.shape)
    assert np.sqrt(np.mean((back - samples) ** 2)) < 0.02


def test_the_checksum_is_ogg_s_own(rng):
    # libsndfile's pages carry checksums that libogg computed.
    buffer = io.BytesIO()
    soundfile.write(buffer, rng.uniform(-0.5, 0.5, 8000), 22050, format="OGG", subtype="VORBIS")
    data = bytearray(buffer.getvalue())
    end = 27 + data[26] + sum(data[27 : 27 + data[26]])
    written = int.from_bytes(data[22:26], "little")
    data[22:26] = bytes(4)
    assert write.checksum(bytes(data[:end])) == written


def test_what_is_no_ogg_stream_is_refused():
    with pytest.raises(ValueError, match="no Ogg page at byte 0"):
        write.without_serial(b"RIFF" + bytes(100))


def test_two_minutes_are_written_in_one_call(tmp_path):
    # In a process of its own: the writer's crash would take the tests along.
    code = (
        "import sys, pathlib, numpy as np; from musiclassify.audio import write; y = np.zeros(120 * 22050); "
        "y[::100] = 0.5; pathlib.Path(sys.argv[1]).write_bytes(write.ogg(y, 22050, compression=0.9))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.ogg")], check=True)
    assert soundfile.info(tmp_path / "a.ogg").frames == 120 * 22050


def test_channels_stay(rng):
    samples = rng.uniform(-0.5, 0.5, (50_000, 2)).astype(np.float32)
    assert soundfile.info(io.BytesIO(write.ogg(samples, 44_100))).channels == 2


def test_a_wrong_compression_is_named():
    with pytest.raises(ValueError, match="compression=2 must be between 0 and 1"):
        write.ogg(np.zeros(10), 22_050, compression=2)
