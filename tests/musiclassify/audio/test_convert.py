"""Convert and trim, from Python and by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from musiclassify.audio.convert import to_wav, trim
from musiclassify.audio.errors import DecodeError, EmptyAudioError
from musiclassify.cli.main import main


def test_a_file_becomes_a_wav_beside_it(tone, sound_file):
    path = sound_file("a.FLAC", np.stack([tone(1, rate=44_100)] * 2, axis=1), 44_100, format="FLAC")
    written, failed = to_wav(path)
    assert written == [path.with_suffix(".wav")]
    assert failed == []
    info = sf.info(written[0])
    assert (info.samplerate, info.channels, info.frames, info.subtype) == (44_100, 2, 44_100, "PCM_16")


def test_rate_and_channels_change_when_asked(tone, sound_file, tmp_path):
    path = sound_file("a.wav", np.stack([tone(1, rate=48_000)] * 2, axis=1), 48_000)
    (goal,), _ = to_wav(path, tmp_path / "b.wav", sample_rate=22_050, mono=True)
    info = sf.info(goal)
    assert (info.samplerate, info.channels) == (22_050, 1)
    assert abs(info.frames - 22_050) <= 1


def test_a_folder_keeps_its_tree_and_goes_on_after_a_bad_file(tone, sound_file, tmp_path):
    sound_file("in/x/a.flac", tone())
    sound_file("in/x/a.ogg", tone())
    sound_file("in/é b.mp3", tone())
    sound_file("in/.hidden.wav", tone())
    (tmp_path / "in/bad.mp3").write_bytes(b"no")
    (tmp_path / "in/notes.txt").write_text("no")
    written, failed = to_wav(tmp_path / "in")
    base = tmp_path / "in-wav"
    assert sorted(written) == sorted([base / "x/a.wav", base / "x/a.ogg.wav", base / "é b.wav"])
    assert [error.path for error in failed] == [str(tmp_path / "in/bad.mp3")]
    assert sorted(p for p in base.rglob("*") if p.is_file()) == sorted(written)


def test_trim_cuts_to_the_sample(noise, sound_file, tmp_path):
    y = noise(3, 44_100)
    path = sound_file("a.wav", y, 44_100)
    goal = trim(path, tmp_path / "out/b.wav", 0.5, 1.75)
    got, rate = sf.read(goal, dtype="float32")
    assert rate == 44_100
    np.testing.assert_allclose(got, y[22_050:77_175], atol=2**-15)  # 16 bits


def test_nothing_is_left_where_nothing_was_cut(tone, sound_file, tmp_path):
    path = sound_file("a.wav", tone(1))
    with pytest.raises(EmptyAudioError, match="no sound from 2 s on"):
        trim(path, tmp_path / "b.wav", 2)
    bad = tmp_path / "c.mp3"
    bad.write_bytes(b"no")
    with pytest.raises(DecodeError):
        to_wav(bad)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.wav", "c.mp3"]


def test_a_source_is_never_overwritten(tone, sound_file):
    path = sound_file("a.wav", tone(1))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="is the source itself"):
        to_wav(path)
    assert path.read_bytes() == before


def test_what_a_killed_run_left_is_swept_and_what_a_living_one_writes_is_not(tone, sound_file, tmp_path):
    path = sound_file("in/a.flac", tone(1))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f".b.wav.{gone.pid}.part").write_bytes(b"RIFF")
    (tmp_path / f".b.wav.{os.getppid()}.part").write_bytes(b"RIFF")
    to_wav(path, tmp_path / "b.wav")
    assert sorted(p.name for p in tmp_path.glob(".*.part")) == [f".b.wav.{os.getppid()}.part"]


def test_wrong_times_are_named(tone, sound_file, tmp_path):
    path = sound_file("a.wav", tone(1))
    with pytest.raises(ValueError, match="start_s=-1"):
        trim(path, tmp_path / "b.wav", -1)
    with pytest.raises(ValueError, match=r"end_s=0\.5 must be above start_s=0\.5"):
        trim(path, tmp_path / "b.wav", 0.5, 0.5)


def test_a_folder_that_may_not_be_read_is_among_what_failed(tone, sound_file, tmp_path, monkeypatch):
    sound_file("in/a.wav", tone())
    closed = sound_file("in/closed/b.wav", tone()).parent
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: refuse() if Path(path) == closed else scan(path))

    def refuse():
        raise PermissionError(13, "Permission denied")

    written, failed = to_wav(tmp_path / "in", tmp_path / "out")
    assert written == [tmp_path / "out/a.wav"]
    assert [error.path for error in failed] == [str(closed)]


def test_the_commands_answer_and_exit_as_they_should(tone, sound_file, tmp_path, capsys):
    path = sound_file("a.flac", tone(2))
    assert main(["convert", str(path)]) == 0
    assert main(["trim", str(path), str(tmp_path / "t.wav"), "--start", "0.5", "--end", "1"]) == 0
    assert main(["probe", "--json", str(tmp_path / "t.wav")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[:2] == [str(tmp_path / "a.wav"), str(tmp_path / "t.wav")]
    assert json.loads(out[2])["duration_s"] == 0.5

    (tmp_path / "bad.mp3").write_bytes(b"no")
    assert main(["probe", str(path), str(tmp_path / "bad.mp3")]) == 1
    assert main(["probe", str(tmp_path / "bad.mp3")]) == 2
    assert main(["convert", str(tmp_path)]) == 1
    (tmp_path / "empty").mkdir()
    assert main(["convert", str(tmp_path / "empty")]) == 2
    assert "holds no sound files" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["trim", str(path), "x.wav", "--start", "-1"])
    assert stopped.value.code == 2
