"""The plugin under real beets: imports, queries, options, and the tags that beets then writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from toy_model import RATE, tone_for, write_toy_model

from musiclassify.tags import current

pytest.importorskip("beets", reason="no beets: pip install .[dev]")
PLUGIN = Path(__file__).resolve().parents[2] / "integrations/beets/beetsplug"


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return write_toy_model(tmp_path_factory.mktemp("models") / "toy-cnn-v1.0", uncertain_below=0.01)


class Shelf:
    """A library of beets below a folder."""

    def __init__(self, folder: Path, known: Path, **options: object) -> None:
        self.folder = folder
        config = {
            "plugins": ["musiclassify"],
            "pluginpath": str(PLUGIN),
            "directory": str(folder / "library"),
            "library": str(folder / "beets.db"),
            "import": {"copy": True, "autotag": False, "quiet": True},
            "musiclassify": {"model": str(known), **options},
        }
        (folder / "config.yaml").write_text(json.dumps(config))  # JSON is YAML

    def song(self, album: str, name: str, sound: str | np.ndarray, **tags: str) -> Path:
        import mutagen.flac

        path = self.folder / "new" / album / f"{name}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, tone_for(sound, 3) if isinstance(sound, str) else sound, RATE)
        file = mutagen.flac.FLAC(path)
        file.update({"title": name, "album": album, "artist": "Somebody", "albumartist": "Somebody", **tags})
        file.save()
        return path

    def beet(self, *words: object, fails: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "beets", *map(str, words)],
            env=os.environ | {"BEETSDIR": str(self.folder)}, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def take(self) -> str:
        return self.beet("import", "-A", "-q", self.folder / "new")

    def genres(self, query: str = "") -> dict[str, str]:
        lines = self.beet("ls", "-f", "$title|$genres", *query.split()).splitlines()
        return dict(line.split("|") for line in lines)

    def in_files(self) -> dict[str, tuple[str, ...]]:
        found = {}
        for path in (self.folder / "library").rglob("*.flac"):
            tags = current(path)
            found[tags.title] = tags.genre
        return found


@pytest.mark.slow
def test_an_import_fills_in_what_is_missing_and_keeps_what_is_there(tmp_path, model):
    shelf = Shelf(tmp_path, model)
    shelf.song("One", "a", "jazz")
    shelf.song("One", "b ü", "jazz")
    shelf.song("One", "c", "rock", genre="Zydeco")
    shelf.take()
    assert shelf.genres() == {"a": "jazz", "b ü": "jazz", "c": "Zydeco"}
    assert shelf.in_files() == {"a": ("jazz",), "b ü": ("jazz",), "c": ("Zydeco",)}
    assert shelf.beet("ls", "-a", "-f", "$genres").strip() in ("jazz", "Zydeco")
    assert "keeps" not in shelf.beet("musiclassify")  # nothing is missing any more, so nothing is asked


@pytest.mark.slow
def test_the_command_takes_a_query_and_pretend_changes_nothing(tmp_path, model):
    shelf = Shelf(tmp_path, model, auto=False, map={"jazz": ["Jazz", "Acoustic"], "metal": "Heavy"})
    shelf.song("One", "a", "jazz")
    shelf.song("Two", "b", "metal", genre="Zydeco")
    shelf.take()
    assert shelf.genres() == {"a": "", "b": "Zydeco"}
    assert "Jazz; Acoustic" in shelf.beet("musiclassify", "-p")
    assert shelf.genres() == {"a": "", "b": "Zydeco"}
    shelf.beet("musiclassify", "title:b")
    assert shelf.genres() == {"a": "", "b": "Zydeco"}
    shelf.beet("musiclassify", "title:a")
    assert shelf.in_files() == {"a": ("Jazz", "Acoustic"), "b": ("Zydeco",)}
    assert shelf.beet("ls", "-a", "-f", "$genres", "album:One").strip() == shelf.genres("title:a")["a"]
    shelf.beet("musiclassify", "-f")
    assert shelf.in_files()["b"] == ("Heavy",)


@pytest.mark.slow
def test_what_is_uncertain_or_broken_is_left_alone_and_costs_no_other(tmp_path, model):
    shelf = Shelf(tmp_path, model, auto=False, max_genres=3, min_confidence=0.5)
    shelf.song("One", "sure", "blues")
    shelf.song("One", "unsure", np.random.default_rng(0).normal(scale=0.1, size=3 * RATE))
    shelf.song("One", "broken", "blues")
    shelf.take()
    next((tmp_path / "library").rglob("*broken*")).write_bytes(b"no sound any more")
    assert "broken" in shelf.beet("musiclassify")
    assert shelf.genres() == {"broken": "", "sure": "blues", "unsure": ""}


@pytest.mark.slow
def test_a_wrong_setting_is_said_in_a_line(tmp_path, model):
    for options, words in (
        ({"min_confidence": 2}, "min_confidence=2.0 must be from 0 to 1; mend the section musiclassify"),
        ({"map": {"polka": "Polka"}}, "map names polka, which is no genre of the model"),
        ({"model": "nowhere"}, "nowhere: there is no such model"),
    ):
        shelf = Shelf(tmp_path, model, **{"auto": False, **options})
        if not (tmp_path / "new").exists():
            shelf.song("One", "a", "jazz")
            shelf.take()
        said = shelf.beet("musiclassify", fails=True)
        assert words in said
        assert "Traceback" not in said
