"""The sounds below a folder: sorted, each once, and what could not be read is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musiclassify.audio.walk import find_sounds, walk


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find_sounds(folder)]


def test_sounds_are_found_sorted_and_hidden_names_passed_over(tmp_path):
    make(tmp_path, "b.MP3", "a.wav", ".x.mp3", "._a.wav", "t.txt", "d/c.m4a", ".git/d.wav", "a/z.ogg")
    assert names(tmp_path) == ["a/z.ogg", "a.wav", "b.MP3", "d/c.m4a"]


@pytest.mark.parametrize("kind", ["wav", "au", "flac", "mp3", "mp2", "ogg", "opus", "m4a", "mp4", "webm", "caf", "wma"])
def test_every_kind_is_known_in_any_case(kind, tmp_path):
    make(tmp_path, f"a.{kind}", f"b.{kind.upper()}")
    assert len(find_sounds(tmp_path)) == 2


def test_links_lead_to_folders_but_never_round_in_a_circle(tmp_path):
    make(tmp_path, "in/a.wav", "in/d/b.wav", "elsewhere/c.wav")
    (tmp_path / "in/d/up").symlink_to(tmp_path / "in")
    (tmp_path / "in/d/self").symlink_to(tmp_path / "in/d/self")
    (tmp_path / "in/d/self.mp3").symlink_to(tmp_path / "in/d/self.mp3")
    (tmp_path / "in/more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(tmp_path / "in")
    assert names(tmp_path / "in") == ["a.wav", "d/b.wav", "d/self.mp3", "more/c.wav"]


def test_a_folder_keeps_its_real_name_before_those_of_links(tmp_path):
    make(tmp_path, "z/a.wav")
    for link in ("a", "b"):
        (tmp_path / link).symlink_to(tmp_path / "z")
    assert names(tmp_path) == ["z/a.wav"]


def test_links_to_files_are_followed_those_to_nowhere_told_and_pipes_left_out(tmp_path):
    make(tmp_path, "a.wav")
    (tmp_path / "b.wav").symlink_to(tmp_path / "a.wav")
    (tmp_path / "c.wav").symlink_to(tmp_path / "none.wav")
    os.mkfifo(tmp_path / "d.wav")
    (tmp_path / "e.wav").symlink_to(tmp_path / "d.wav")
    assert names(tmp_path) == ["a.wav", "b.wav", "c.wav"]


def test_folders_that_cannot_be_read_are_told_and_the_others_found(tmp_path, monkeypatch):
    make(tmp_path, "a/x.wav", "b/c/y.wav", "d/z.wav")
    scan = os.scandir

    def scandir(path):
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied")
        if Path(path).name == "c":
            raise OSError(5, "Input/output error")
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = walk(tmp_path)
    assert found.sounds == [tmp_path / "d/z.wav"]
    assert [str(error) for error in found.unreadable] == [
        f"{tmp_path / 'a'}: is a folder that may not be read; change its permissions",
        f"{tmp_path / 'b/c'}: is a folder that cannot be read (Input/output error); mend it or leave it out",
    ]


def test_a_folder_that_is_not_there_is_told(tmp_path):
    assert "does not exist" in str(walk(tmp_path / "none").unreadable[0])
