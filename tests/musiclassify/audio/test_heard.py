"""How much of a sound was heard, and what is not believed."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from sounds import write_av

from musiclassify.audio.decode import decode, stream
from musiclassify.audio.errors import DecodeError
from musiclassify.audio.heard import Heard
from musiclassify.audio.write import ogg

RATE = 44_100


def heard(path: Path) -> Heard:
    report = Heard()
    for _ in stream(path, heard=report):
        pass
    return report


@pytest.mark.parametrize("kind", ["wav", "aiff", "au", "flac", "mp3", "m4a"])
def test_what_was_cut_off_is_told(kind, noise, sound_file, tmp_path):
    y = noise(20, RATE)
    if kind == "m4a":
        path = write_av(tmp_path / "a.m4a", y, RATE, codec="aac", container="ipod", movflags="faststart")
    else:
        path = sound_file(f"a.{kind}", y, RATE)
    report = heard(path)
    assert (report.warning(), report.complete) == ("", True)
    assert report.declared_s == pytest.approx(20, abs=0.2)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 4])
    report = heard(path)
    assert report.declared_s == pytest.approx(20, abs=0.2)
    assert report.decoded_s == pytest.approx(5, abs=1.2)
    assert report.warning() in {f"only 0:0{s} of 0:{t} could be decoded" for s in (4, 5, 6) for t in (20,)}


def test_damaged_places_are_counted(noise, sound_file, rng):
    path = sound_file("a.mp3", noise(20, RATE), RATE)
    data = bytearray(path.read_bytes())
    for at in range(5_000, len(data), 40_000):
        data[at : at + 1000] = rng.bytes(1000)
    path.write_bytes(data)
    assert not heard(path).complete


@pytest.mark.parametrize("kind", ["mp3", "ogg", "opus", "flac", "wav", "aiff", "au", "m4a", "aac", "mka"])
def test_whole_files_have_no_warning(kind, noise, sound_file, tmp_path):
    rate = 48_000 if kind == "opus" else RATE
    if kind in ("m4a", "aac", "mka"):
        container = {"m4a": "ipod", "aac": "adts", "mka": "matroska"}[kind]
        path = write_av(tmp_path / f"a.{kind}", noise(3, rate), rate, codec="aac", container=container)
    else:
        options = {"format": "OGG", "subtype": "OPUS"} if kind == "opus" else {}
        path = sound_file(f"a.{kind}", noise(3, rate), rate, **options)
    report = heard(path)
    assert report.warning() == ""
    assert report.decoded_s == pytest.approx(3, abs=0.1)


def test_a_streamed_wav_that_declares_no_length_is_whole(tone, sound_file):
    path = sound_file("a.wav", tone(2))
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = struct.pack("<I", 0xFFFFFFFF)
    path.write_bytes(data)
    assert len(decode(path)) == 2 * 22_050
    assert heard(path).warning() == ""


@pytest.mark.parametrize(
    ("report", "warning"),
    [
        (Heard(147, 18), "only 0:18 of 2:27 could be decoded"),
        (Heard(4000, 18), "only 0:18 of 1:06:40 could be decoded"),
        (Heard(147, 146.5), ""),
        (Heard(None, 18, broken="bad"), "breaks off after 0:18"),
        (Heard(18, 18, damaged=1), "1 damaged place was passed over"),
        (Heard(18, 18, damaged=3), "3 damaged places were passed over"),
    ],
)
def test_the_warning_says_it_in_a_line(report, warning):
    assert report.warning() == warning


def test_ogg_of_any_length_is_read_whole(tmp_path):
    path = tmp_path / "a.ogg"
    path.write_bytes(ogg(np.full(22_050 * 3, 0.1, np.float32), 22_050))
    assert heard(path).decoded_s == 3


@pytest.mark.parametrize("loud", [1e30, 3e38, 1e4])
def test_samples_far_beyond_full_scale_are_refused(loud, tone, sound_file):
    y = tone(2)
    y[22_050:] *= loud
    with pytest.raises(DecodeError, match=r"times full scale near 1 s; export it again|no numbers"):
        decode(sound_file("a.wav", np.stack([y, y], axis=1), subtype="FLOAT"))


def test_samples_a_little_beyond_full_scale_are_taken(tone, sound_file):
    y = 20 * tone(1)
    np.testing.assert_array_equal(decode(sound_file("a.wav", y, subtype="FLOAT")), y)
