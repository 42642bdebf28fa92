"""The whole way, as people go it: songs in, a model out, answers from it; and what is wrong is said in a line."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from own_songs import HZ, write_song

from musiclassify.learn.corrections import corrections
from musiclassify.learn.solver import softmax
from musiclassify.released.registry import read, verify
from musiclassify.released.song import load


@pytest.fixture(scope="module")
def learned(base, shelf, tmp_path_factory):
    """A folder with the model ``mine`` and the cache that it was made with."""
    from musiclassify.cli.main import main

    folder = tmp_path_factory.mktemp("learned")
    words = ["learn", shelf, "-o", folder / "mine", "--base", base, "--cache", folder / "cache.sqlite", "--jobs", 2]
    assert main([*map(str, words)]) == 0
    return folder


def test_the_model_answers_new_songs_with_the_labels_of_the_folders(learned, tmp_path):
    model = load(learned / "mine")
    assert model.labels == tuple(sorted(HZ))
    for i, (label, hz) in enumerate(HZ.items()):
        answer = model.classify(write_song(tmp_path / f"{i}.wav", hz, 900 + i, seconds=4))
        assert (answer.genre, answer.model) == (label, "mine")


def test_it_is_a_released_model_whole_and_like_any_other(learned, base):
    release = read(learned / "mine")
    assert verify(release) == sorted(path.name for path in (learned / "mine").iterdir() if path.name != "metadata.json")
    assert release.config["rule"] == read(base).config["rule"]
    assert release.config["base"] == {"name": read(base).name, "sha256": read(base).digest}
    scores = release.metadata["scores"]
    assert scores["tracks"] == 18
    assert scores["artists"] == 9
    assert scores["accuracy"]["value"] == 1.0
    assert sum(map(sum, scores["confusion"])) == 18
    text = "".join(path.read_text("utf-8") for path in (learned / "mine").glob("*.[jm]*") if path.suffix != ".onnx")
    assert str(learned) not in text  # nobody's folders in what may be given away
    card = (learned / "mine/README.md").read_text("utf-8")
    assert "accuracy | 100.0 % (95 % interval 100.0 % to 100.0 %)" in card
    assert "little: fewer than 20 songs or 5 artists" in card
    ElementTree.parse(learned / "mine/confusions.svg")


def test_it_answers_in_the_graph_as_the_head_was_scored(learned, base, tmp_path):
    """Learned from segments and answered by their mean: one rule on both sides, also over several excerpts."""
    song = write_song(tmp_path / "long.wav", HZ["Dub"], 5, seconds=40)
    model, old = load(learned / "mine"), load(base)
    answer = model.classify(song)
    means = []
    from musiclassify.audio.decode import decode
    from musiclassify.audio.excerpts import excerpts

    for excerpt in excerpts([decode(song)], old.rule):
        (summary,) = old.run(excerpt.samples, ("summary",))
        (p,) = model.run(excerpt.samples, ("segment_probabilities",))
        assert model.run(excerpt.samples, ("summary",))[0] == pytest.approx(summary)
        assert softmax(np.log(p)) == pytest.approx(p, abs=1e-6)
        means.append(p.mean(axis=0))
    assert len(means) == 2
    assert list(answer.probabilities.values()) == pytest.approx(np.mean(means, axis=0), abs=1e-5)


def test_a_second_run_hears_nothing_and_gives_the_same_bytes(cli, learned, base, shelf, tmp_path, monkeypatch):
    def deaf(*given, **more):
        raise AssertionError("a song was heard again")

    monkeypatch.setattr("musiclassify.learn.hearing._listen", deaf)
    moved = shutil.copytree(shelf, tmp_path / "moved")  # other paths, the same bytes
    for music in (shelf, moved):
        status, out, _ = cli(
            "learn", music, "-o", tmp_path / "mine", "--base", base, "--cache", learned / "cache.sqlite"
        )
        assert status == 0
        assert "accuracy: 100.0 %" in out
        shutil.rmtree(tmp_path / "again", ignore_errors=True)
        assert (tmp_path / "mine/model.onnx").read_bytes() == (learned / "mine/model.onnx").read_bytes()
    assert read(tmp_path / "mine").config["version"] == "1.1"


def test_tags_and_a_table_say_the_same_as_folders(cli, learned, base, shelf, tmp_path):
    table = tmp_path / "labels.csv"
    lines = [
        f"{p.relative_to(shelf)},{p.parent.name},{p.parent.name} band {int(p.stem[-1]) % 3}"
        for p in shelf.rglob("*.flac")
    ]
    table.write_text("\n".join(["path,label,artist", *sorted(lines)]))
    for labels in ("tags", table):
        words = ("-o", tmp_path / "mine", "--base", base, "--cache", learned / "cache.sqlite", "--labels", labels)
        assert cli("learn", shelf, *words)[0] == 0
        assert (tmp_path / "mine/model.onnx").read_bytes() == (learned / "mine/model.onnx").read_bytes()


def test_corrections_are_learned_and_follow_a_song_that_was_moved(cli, learned, base, shelf, tmp_path):
    music, said = shutil.copytree(shelf, tmp_path / "music"), tmp_path / "said.jsonl"
    for k in range(5):
        assert cli("correct", "--file", said, music / f"Dub/song {k}.flac", "Roots")[0] == 0
    (music / "Dub/song 0.flac").rename(music / "Schlager/moved.flac")
    loose = write_song(tmp_path / "loose.wav", HZ["Dub"], 77)
    assert cli("correct", "--file", said, loose, "roots")[0] == 0
    words = ("-o", tmp_path / "mine", "--base", base, "--cache", learned / "cache.sqlite", "--corrections", said)
    status, _, err = cli("learn", music, *words)
    assert status == 0, err
    assert "labels corrected or added: 6" in err
    assert "not learned, too small: Dub (1 song by 1 artist)" in err
    release = read(tmp_path / "mine")
    assert release.metadata["trained_on"]["genres"] == {"Bass Music": 6, "Roots": 6, "Schlager": 6}


def test_songs_that_cannot_be_heard_are_named_and_cost_no_other(cli, base, shelf, tmp_path):
    music = shutil.copytree(shelf, tmp_path / "music")
    (music / "Dub/broken.mp3").write_bytes(b"no sound")
    write_song(music / "Dub/short.wav", 440, 0, seconds=0.2)
    (music / "cover.mp3").write_bytes(b"")
    status, out, err = cli("learn", music, "-o", tmp_path / "mine", "--base", base, "--cache", tmp_path / "c")
    assert status == 1
    assert "not heard: " in err
    assert "short.wav lasts 0.20 s" in err
    assert "cover.mp3 lies in no folder" in err
    assert "mine 1.0 learned" in out


def test_a_run_that_is_stopped_keeps_what_it_heard(cli, base, shelf, tmp_path, monkeypatch):
    from musiclassify.learn import hearing

    real, heard = hearing._listen, []

    def tired(model, path, columns, stop):
        if len(heard) == 5:
            raise KeyboardInterrupt
        heard.append(path)
        return real(model, path, columns, stop)

    words = ("learn", shelf, "-o", tmp_path / "mine", "--base", base, "--cache", tmp_path / "c", "--jobs", 1)
    monkeypatch.setattr(hearing, "_listen", tired)
    assert cli(*words)[0] == 130
    assert not (tmp_path / "mine").exists()
    monkeypatch.setattr(hearing, "_listen", lambda *given: heard.append(given[1]) or real(*given))
    assert cli(*words)[0] == 0
    assert len(heard) == len(set(heard)) == 18


def test_what_cannot_be_learned_is_said_in_one_line_before_anything_is_heard(cli, base, shelf, tmp_path):
    def said(*words):
        status, out, err = cli("learn", *words, "--base", base, "--cache", tmp_path / "c")
        assert (status, out) == (2, "")
        assert err.count("\n") == 1, err
        return err

    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/a.jpg").write_bytes(b"precious")
    assert "is there and is no model that was learned here" in said(shelf, "-o", tmp_path / "photos")
    assert "is there and is no model that was learned here" in said(shelf, "-o", base)
    assert "must be a folder in one that is there" in said(shelf, "-o", tmp_path / "no/where")
    assert "must end in a name" in said(shelf, "-o", tmp_path / "so und so")
    assert "must be a folder with music" in said(tmp_path / "nowhere", "-o", tmp_path / "mine")
    assert (tmp_path / "photos/a.jpg").read_bytes() == b"precious"
    one = shutil.copytree(shelf / "Dub", tmp_path / "one/Dub").parent
    assert "at least two labels are needed" in said(one, "-o", tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_a_base_that_does_not_tell_what_it_heard_is_refused(cli, shelf, tmp_path):
    from toy_model import write_toy_model

    deaf = write_toy_model(tmp_path / "toy-cnn-v1.0")
    status, _, err = cli("learn", shelf, "-o", tmp_path / "mine", "--base", deaf, "--cache", tmp_path / "c")
    assert status == 2
    assert "toy-cnn-v1.0 does not give what it heard; choose another --base" in err


def test_a_learned_model_can_be_a_base(cli, learned, shelf, tmp_path):
    words = ("-o", tmp_path / "second", "--base", learned / "mine", "--cache", tmp_path / "c")
    assert cli("learn", shelf, *words)[0] == 0
    assert load(tmp_path / "second").labels == tuple(sorted(HZ))


def test_the_server_offers_it_by_name(learned, tmp_path, monkeypatch):
    pytest.importorskip("flask", reason="no flask: pip install .[web]")
    from musiclassify.web.library import Library

    models = tmp_path / "models"
    models.mkdir()
    shutil.copytree(learned / "mine", models / "mine")
    library = Library(models)
    assert library.names == ["mine"]
    model = library.get("mine")
    whole, segments, *_ = model.run(np.zeros(22_050, np.float32) + 0.1)
    assert segments.mean(axis=0) == pytest.approx(whole, abs=1e-6)
    summary = np.zeros((2, len(model.config["statistics"])), np.float32)
    assert model.head({"summary": summary}).shape == (2, 3)
    assert library.describe()["models"][0]["labels"] == sorted(HZ)


def test_corrections_are_listed_and_taken_back(cli, tmp_path):
    song, said = write_song(tmp_path / "a.wav", 300, 0, seconds=0.2), tmp_path / "said.jsonl"
    assert cli("correct", "--file", said, "--list") == (0, "", "")
    status, _, err = cli("correct", "--file", said, song, tmp_path / "gone.wav", "Dub")
    assert status == 1
    assert "gone.wav cannot be read" in err
    assert cli("correct", "--file", said, "--list")[1].startswith("Dub\t")
    assert cli("correct", "--file", said, "--undo", song)[0] == 0
    assert corrections(said) == []
    assert cli("correct", "--file", said, "--undo", song)[0] == 2
    for words in ([song], ["--undo"], ["--list", song], []):
        assert cli("correct", "--file", said, *words)[0] == 2


def test_corrections_lie_in_the_data_folder_where_no_file_is_named(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    song = write_song(tmp_path / "a.wav", 300, 0, seconds=0.2)
    assert cli("correct", song, "Dub")[0] == 0
    assert json.loads((tmp_path / "data/musiclassify/corrections.jsonl").read_text().splitlines()[1])["genre"] == "Dub"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    from musiclassify.places import data_folder

    assert data_folder() == tmp_path / "home/.local/share/musiclassify"
