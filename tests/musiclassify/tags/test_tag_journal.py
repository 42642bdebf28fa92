"""Tags written with a journal: no tag of ours in the files, and everything comes back."""

from __future__ import annotations

import shutil

import mutagen
import pytest
import states

from musiclassify.tags import TagError, current, write
from musiclassify.tags.journal import Journal


@pytest.fixture
def song(tmp_path, rng):
    path = states.make_sound("flac", tmp_path, rng)
    states.dress(path, rng)
    return path


def test_the_file_carries_nothing_of_ours_and_comes_back_from_the_journal(song, tmp_path):
    before = song.read_bytes()
    journal = Journal(tmp_path / "undo.jsonl")
    write(song, ["jazz", "rock"], keep=journal.keep)
    assert b"MUSICLASSIFY" not in song.read_bytes().upper()
    assert current(song).genre == ("jazz", "rock")
    again = Journal(tmp_path / "undo.jsonl", new=False)
    assert again.paths == [str(song)]
    assert again.undo(song)
    assert song.read_bytes() == before
    assert not again.undo(song)


def test_several_writes_are_undone_to_the_first_and_a_moved_file_is_found_by_its_content(song, tmp_path):
    before = song.read_bytes()
    journal = Journal(tmp_path / "undo.jsonl")
    for genre in ("jazz", "rock", "jazz"):
        write(song, genre, keep=journal.keep)
    moved = tmp_path / "moved.flac"
    shutil.move(song, moved)
    assert Journal(tmp_path / "undo.jsonl").undo(moved)
    assert moved.read_bytes() == before


def test_what_somebody_else_changed_since_stays(song, tmp_path):
    journal = Journal(tmp_path / "undo.jsonl")
    genre = current(song).genre
    write(song, "jazz", keep=journal.keep)
    theirs = mutagen.File(song)
    theirs["album"] = ["Of another"]
    theirs.save()
    assert journal.undo(song)
    after = mutagen.File(song)
    assert (current(song).genre, after["album"]) == (genre, ["Of another"])
    assert not journal.undo(song)


def test_a_line_that_was_cut_off_is_passed_over_and_others_follow(song, tmp_path):
    path = tmp_path / "undo.jsonl"
    Journal(path)
    with path.open("ab") as file:
        file.write(b'{"path": "cut')
    before = song.read_bytes()
    write(song, "jazz", keep=Journal(path).keep)
    assert Journal(path).undo(song)
    assert song.read_bytes() == before


@pytest.mark.parametrize("content", [b"dear diary", b""])
def test_a_file_that_is_no_journal_is_refused_and_left_alone(content, tmp_path):
    path = tmp_path / "diary.txt"
    path.write_bytes(content)
    with pytest.raises(TagError, match="is not a journal"):
        Journal(path)
    assert path.read_bytes() == content
    with pytest.raises(TagError, match="is not a journal"):
        Journal(tmp_path / "none", new=False)
    assert not (tmp_path / "none").exists()
