"""A shelf of labelled songs that the toy model's statistics can tell apart, and that model as a base."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from toy_model import write_toy_model

from musiclassify.cli.main import main

HERE = str(Path(__file__).resolve().parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

from own_songs import ARTISTS, HZ, SONGS, write_song  # noqa: E402 - found by the lines above


@pytest.fixture(scope="session")
def base(tmp_path_factory) -> Path:
    return write_toy_model(
        tmp_path_factory.mktemp("base") / "toy-svm-v1.0", kind="svm", head_inputs=("summary",), uncertain_below=0.9
    )


@pytest.fixture(scope="session")
def shelf(tmp_path_factory) -> Path:
    """Three labels of six songs by three artists each, in folders; the tags say the same."""
    root = tmp_path_factory.mktemp("shelf") / "music"
    for i, (label, hz) in enumerate(HZ.items()):
        for k in range(SONGS):
            artist = f"{label} band {k % ARTISTS}"
            write_song(root / label / f"song {k}.flac", hz, 100 * i + k, artist=artist, genre=label)
    return root


@pytest.fixture
def cli(capsys):
    """``cli("learn", ...)`` -> (exit status, stdout, stderr)."""

    def cli(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            status = main([*map(str, words)])
        except SystemExit as stopped:
            status = stopped.code
        return status, *capsys.readouterr()

    return cli
