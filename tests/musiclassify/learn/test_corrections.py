"""What somebody said of songs is kept line by line, survives a torn write, and can be taken back."""

from __future__ import annotations

import pytest

from musiclassify.learn.corrections import HEADER, correct, corrections, take_back
from musiclassify.learn.errors import LearnError


@pytest.fixture
def songs(tmp_path):
    found = [tmp_path / name for name in ("a.mp3", "b ü.mp3")]
    for path in found:
        path.write_bytes(path.name.encode())
    return found


def test_the_last_word_about_a_song_counts_and_can_be_taken_back(tmp_path, songs):
    file = tmp_path / "data" / "said.jsonl"
    assert corrections(file) == []
    correct(file, songs[0], "Dub")
    correct(file, songs[1], " Free   Jazz ")
    correct(file, songs[0], "Roots")
    assert [(one.path, one.genre) for one in corrections(file)] == [
        (str(songs[1]), "Free Jazz"),
        (str(songs[0]), "Roots"),
    ]
    assert take_back(file, songs[0]).genre == "Roots"
    assert [one.genre for one in corrections(file)] == ["Free Jazz"]
    with pytest.raises(LearnError, match="was not corrected in"):
        take_back(file, songs[0])
    assert file.read_bytes().count(b"\n") == 5


def test_a_line_that_was_torn_is_passed_over_and_costs_no_other(tmp_path, songs):
    file = tmp_path / "said.jsonl"
    correct(file, songs[0], "Dub")
    correct(file, songs[1], "Jazz")
    whole = file.read_bytes()
    for cut in range(len(HEADER), len(whole), 7):
        file.write_bytes(whole[:cut])
        before = [one.genre for one in corrections(file)]
        assert before == ["Dub", "Jazz"][: len(before)]
        correct(file, songs[1], "Soul")
        assert [one.genre for one in corrections(file) if one.path == str(songs[1])] == ["Soul"]
        assert "Dub" in before or not [one for one in corrections(file) if one.genre == "Dub"]


def test_a_damaged_line_is_named_and_something_else_is_never_written_to(tmp_path, songs):
    file = tmp_path / "said.jsonl"
    file.write_bytes(HEADER + b'{"path": 1}\n')
    with pytest.raises(LearnError, match="line 2 is damaged; remove it"):
        corrections(file)
    file.write_bytes(b"my diary\n")
    with pytest.raises(LearnError, match="holds no corrections of this program; name another --file"):
        correct(file, songs[0], "Dub")
    assert file.read_bytes() == b"my diary\n"


@pytest.mark.parametrize("genre", ["", "  ", "a\x1bb", "x" * 201])
def test_what_is_no_name_is_refused(tmp_path, songs, genre):
    with pytest.raises(LearnError, match="must be a genre's name of 1 to 200 letters"):
        correct(tmp_path / "said.jsonl", songs[0], genre)


def test_a_song_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(LearnError, match=r"nowhere\.mp3 cannot be read .*check its name"):
        correct(tmp_path / "said.jsonl", tmp_path / "nowhere.mp3", "Dub")
    assert not (tmp_path / "said.jsonl").exists()
