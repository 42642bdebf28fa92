"""`musiclassify tags`: a table of before and after, what is written, what is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_model import tone_for, write_toy_model

from musiclassify.cli.main import main
from musiclassify.tags import current, sound_digest, write


@pytest.fixture
def model(tmp_path) -> Path:
    return write_toy_model(tmp_path / "toy-cnn-v1.0")


@pytest.fixture
def music(sound_file, tmp_path) -> Path:
    sound_file("music/a.mp3", tone_for("jazz", 3))
    sound_file("music/b.flac", tone_for("rock", 3))
    sound_file("music/c.wav", tone_for("metal", 3))
    return tmp_path / "music"


def test_a_dry_run_shows_before_and_after_and_changes_nothing(model, music, capsys):
    write(music / "a.mp3", "Polka")
    before = {p: p.read_bytes() for p in music.iterdir()}
    assert main(["tags", "write", "--model", str(model), "--dry-run", str(music)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines][1:] == [
        [str(music / "a.mp3"), "Polka", "jazz"],
        [str(music / "b.flac"), "rock"],
        [str(music / "c.wav"), "metal"],
    ]
    assert {p: p.read_bytes() for p in music.iterdir()} == before


def test_names_and_limits_are_followed_and_everything_comes_back(model, music, tmp_path, capsys):
    before = {p: (p.read_bytes(), sound_digest(p)) for p in music.iterdir()}
    names = tmp_path / "names.txt"
    names.write_text("metal = Rock; Metal\n", "utf-8")
    command = ["tags", "write", "--model", str(model), "--only-missing", "--map", str(names), str(music)]
    assert main(command) == 0
    assert [current(p).genre for p in sorted(music.iterdir())] == [("jazz",), ("rock",), ("Rock", "Metal")]
    assert {p: sound_digest(p) for p in music.iterdir()} == {p: digest for p, (_, digest) in before.items()}
    capsys.readouterr()
    assert main(command) == 0
    assert capsys.readouterr().out.count("has a genre") == 3
    assert main(["tags", "show", str(music)]) == 0
    assert "Rock; Metal" in capsys.readouterr().out
    assert main(["tags", "undo", str(music)]) == 0
    assert {p: p.read_bytes() for p in music.iterdir()} == {p: data for p, (data, _) in before.items()}


def test_with_a_journal_the_files_carry_nothing_of_ours_and_need_not_be_named_to_undo(model, music, tmp_path, capsys):
    before = {p: p.read_bytes() for p in music.iterdir()}
    journal = tmp_path / "undo.jsonl"
    assert main(["tags", "write", "--model", str(model), "--journal", str(journal), str(music)]) == 0
    assert [current(p).ours for p in music.iterdir()] == [False] * 3
    capsys.readouterr()
    assert main(["tags", "undo", "--dry-run", "--journal", str(journal)]) == 0
    assert capsys.readouterr().out.count("jazz") == 1
    assert main(["tags", "undo", "--journal", str(journal)]) == 0
    assert {p: p.read_bytes() for p in music.iterdir()} == before


def test_one_file_that_cannot_be_tagged_does_not_stop_the_others(model, music, capsys):
    (music / "a.mp3").chmod(0o444)
    assert main(["tags", "write", "--model", str(model), str(music)]) == 1
    assert "write-protected (mode 444); allow it with --write-protected" in capsys.readouterr().err
    assert current(music / "b.flac").genre == ("rock",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["undo"], "no file is named"),
        (["undo", "--journal", "none.jsonl"], "is not a journal"),
    ],
)
def test_what_cannot_be_meant_is_told(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["tags", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_probability_outside_its_range_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["tags", "write", "--min-confidence", "2", "a.mp3"])
    assert "from 0 to 1" in capsys.readouterr().err
