"""Songs, good and bad, and a model that knows them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from toy_model import RATE, tone_for, write_toy_model

from musiclassify.cli import classify


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory) -> Path:
    return write_toy_model(tmp_path_factory.mktemp("models") / "toy-cnn-v1.0")


@pytest.fixture
def ask(toy_folder, capfd):
    """``ask(*arguments)`` -> (exit status, stdout, stderr), with the toy model."""

    def ask(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        try:
            status = classify.main(["--model", str(toy_folder), *map(str, arguments)])
        except SystemExit as stopped:
            status = stopped.code
        return status, *capfd.readouterr()

    return ask


@pytest.fixture
def music(sound_file, tmp_path) -> Path:
    """A folder with three songs, a hidden one and something else."""
    sound_file("music/b.wav", tone_for("jazz", 3))
    sound_file("music/a/z.flac", tone_for("rock", 3))
    sound_file("music/C é.OGG", tone_for("pop", 3), format="OGG")
    sound_file("music/.hidden.wav", tone_for("pop", 3))
    (tmp_path / "music/cover.jpg").write_bytes(b"no sound")
    return tmp_path / "music"


@pytest.fixture
def bad(sound_file, silence, tone, tmp_path) -> Path:
    """A folder with everything that can be wrong, and one good song."""
    folder = tmp_path / "bad"
    sound_file("bad/good.wav", tone_for("metal", 3))
    sound_file("bad/short.wav", tone(0.2))
    sound_file("bad/silent.wav", silence(3))
    sound_file("bad/nan.wav", np.full(3 * RATE, np.nan, np.float32), subtype="FLOAT")
    sound_file("bad/flac inside.mp3", tone_for("blues", 3), format="FLAC")
    sound_file("bad/eight channels.wav", np.repeat(tone_for("disco", 3)[:, None], 8, axis=1))
    sound_file("bad/fast.wav", np.repeat(tone_for("reggae", 2), 8), 8 * RATE)
    sound_file("bad/\"quotes\" 'and'\n\x1b[31mcontrols.wav", tone_for("country", 3))
    (folder / "empty.mp3").touch()
    (folder / "text.mp3").write_text("no sound")
    (folder / "link.mp3").symlink_to(folder / "nowhere.mp3")
    whole = sound_file("whole.mp3", tone_for("jazz", 20)).read_bytes()
    (folder / "truncated.mp3").write_bytes(whole[: len(whole) // 2])
    os.mkfifo(folder / "pipe.mp3")
    return folder
