"""A library's commands, with a model that knows tones."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = str(Path(__file__).resolve().parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

from shelves import write_hearing_model, write_song  # noqa: E402

from musiclassify.cli import main as front  # noqa: E402


@pytest.fixture(scope="session")
def hearing_model(tmp_path_factory) -> Path:
    return write_hearing_model(tmp_path_factory.mktemp("models") / "toy-cnn-v2.0", version="2.0")


@pytest.fixture
def db(tmp_path) -> Path:
    return tmp_path / "library.sqlite"


@pytest.fixture
def command(db, capfd) -> Callable[..., tuple[int, str, str]]:
    """``command("query", *arguments)`` -> (exit status, stdout, stderr), on one library."""

    def run(name: str, *arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        try:
            status = front.main([name, *map(str, arguments), "--db", str(db)])
        except SystemExit as stopped:
            status = stopped.code
        return status, *capfd.readouterr()

    return run


@pytest.fixture
def scan(command, hearing_model) -> Callable[..., tuple[int, str, str]]:
    """``scan(*arguments)`` -> (exit status, stdout, stderr), by the toy model."""

    def run(*arguments: object) -> tuple[int, str, str]:
        given = () if "--model" in arguments else ("--model", hearing_model)
        return command("scan", *arguments, *given, "--jobs", 1)

    return run


@pytest.fixture
def music(tmp_path) -> Path:
    """A folder with three songs."""
    folder = tmp_path / "music"
    write_song(folder / "b.mp3", "jazz")
    write_song(folder / "a/z.flac", "rock")
    write_song(folder / "C é.ogg", "pop")
    return folder
