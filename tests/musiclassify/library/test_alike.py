"""Songs that are alike: nearest ones, duplicates, walks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from shelves import stock, vectors, write_song
from toy_model import RATE, tone_for

from musiclassify.library import LibraryError, open_library
from musiclassify.library import vectors as kept
from musiclassify.library.duplicates import near_pairs
from musiclassify.library.playlists import walk
from musiclassify.library.vectors import load, of_arrays, place_of


def made(embeddings: np.ndarray, durations: np.ndarray | None = None) -> kept.Vectors:
    rows = len(embeddings)
    return of_arrays(np.arange(1, rows + 1), np.full(rows, 100.0) if durations is None else durations, embeddings)


def test_nearest_are_those_of_a_plain_search(rng):
    found = made(vectors(rng, 500, 20))
    for row in (0, 17, 499):
        likeness = np.array([float(found.matrix[row] @ other) for other in found.matrix])
        likeness[row] = -1
        expected = np.argsort(-likeness)[:10]
        assert [at for at, _ in found.nearest(found.matrix[row], 10, without=row)] == expected.tolist()


def test_every_number_of_an_embedding_counts_the_same(rng):
    plain = vectors(rng, 100, 6)
    loud = plain * np.array([1, 1, 1, 1, 1, 1000], np.float32) + 50
    np.testing.assert_allclose(made(loud).matrix, made(plain).matrix, atol=1e-4)
    still = np.concatenate([plain, np.full((100, 1), 3, np.float32)], axis=1)
    assert np.isfinite(made(still).matrix).all()
    np.testing.assert_allclose(made(still).matrix[:, :6], made(plain).matrix, atol=1e-6)


def test_fewer_songs_than_asked_for(rng):
    found = made(vectors(rng, 3))
    assert len(found.nearest(found.matrix[0], 10, without=0)) == 2
    assert made(vectors(rng, 1)).nearest(np.zeros(8, np.float32), 5, without=0) == []


def test_the_matrix_is_kept_mapped_and_made_anew_with_the_library(db, tmp_path, rng, monkeypatch):
    stock(db, vectors(rng, 20), music=tmp_path)
    with open_library(db) as library:
        first = load(library, "made")
        monkeypatch.setattr(library, "embeddings", lambda digest: pytest.fail("the matrix was not kept"))
        again = load(library, "made")
        assert isinstance(again.matrix, np.memmap)
        for name in ("ids", "durations", "mean", "deviation", "matrix"):
            np.testing.assert_array_equal(getattr(again, name), getattr(first, name))
    with open_library(db, write="test") as library, library.change():
        library.mark_removed([1])
    with open_library(db) as library:
        assert len(load(library, "made")) == 19


@pytest.mark.parametrize("harm", ["cut", "empty", "other", "head", "length", "text"])
def test_a_matrix_that_is_not_whole_is_made_anew(db, tmp_path, rng, harm):
    stock(db, vectors(rng, 20), music=tmp_path)
    with open_library(db) as library:
        whole = load(library, "made")
        data = place_of(library.path).read_bytes()
        harmed = {
            "cut": data[:-1], "empty": b"", "other": b"x" * len(data), "head": data[:12] + b"\xff" + data[13:],
            "length": data[:8] + b"\xff\xff\xff\xff" + data[12:], "text": data[:12] + b"[1]" + data[15:],
        }[harm]  # fmt: skip
        place_of(library.path).write_bytes(harmed)
        np.testing.assert_array_equal(load(library, "made").matrix, whole.matrix)
        assert place_of(library.path).read_bytes() == data


def test_a_matrix_that_cannot_be_kept_is_used_all_the_same(db, tmp_path, rng):
    stock(db, vectors(rng, 20), music=tmp_path)
    place_of(db).mkdir()
    with open_library(db) as library:
        assert len(load(library, "made")) == 20


def test_a_model_without_embeddings_is_told(db, tmp_path):
    stock(db, [None, None], music=tmp_path)
    with open_library(db) as library, pytest.raises(LibraryError, match="holds no embeddings"):
        load(library, "made")


def test_songs_like_one(scan, command, music):
    write_song(music / "b2.wav", "jazz", amplitude=0.25)
    scan(music)
    shutil.copy(music / "b2.wav", music / "copy.wav")
    scan(music)
    status, out, _ = command("like", music / "b.mp3", "-n", 2, "--json")
    found = json.loads(out)
    assert status == 0
    assert (found[0]["path"], found[0]["genre"]) == (str(music / "b2.wav"), "jazz")
    assert found[0]["copies"] == [str(music / "copy.wav")]
    assert found[0]["likeness"] > 0.9 > found[1]["likeness"]
    assert "b2.wav" in command("like", music / "b.mp3")[1].splitlines()[1]


def test_a_song_that_the_library_does_not_know_is_heard(scan, command, music, tmp_path, hearing_model, toy_folder):
    scan(music)
    write_song(tmp_path / "new.wav", "rock", 2)
    status, out, _ = command("like", tmp_path / "new.wav", "--model", hearing_model, "--json")
    assert status == 0
    assert json.loads(out)[0]["genre"] == "rock"
    status, _, err = command("like", tmp_path / "new.wav", "--model", toy_folder)
    assert status == 2
    assert "was heard by toy-cnn-v2.0" in err
    (tmp_path / "text.wav").write_text("no sound")
    assert command("like", tmp_path / "text.wav", "--model", hearing_model)[0] == 2


@pytest.fixture(scope="module")
def toy_folder(tmp_path_factory) -> Path:
    from toy_model import write_toy_model

    return write_toy_model(tmp_path_factory.mktemp("plain") / "toy-cnn-v1.0")


# --- duplicates


def test_near_pairs_are_those_of_a_plain_search(rng, monkeypatch):
    monkeypatch.setattr("musiclassify.library.duplicates._BLOCK", 16)
    embeddings = vectors(rng, 200, 4)
    durations = rng.uniform(100, 130, 200)
    found = made(embeddings, durations)
    likeness = found.matrix @ found.matrix.T
    expected = {
        (i, j)
        for i in range(200)
        for j in range(i)
        if likeness[i, j] >= 0.8 and abs(durations[i] - durations[j]) <= 2
    }  # fmt: skip
    assert expected
    assert {(max(pair), min(pair)) for *pair, _ in near_pairs(found, 0.8)} == expected


def test_the_same_file_the_same_sound_and_nearly_the_same(scan, command, music, tmp_path, rng):
    from musiclassify import tags

    noise = (0.2 * rng.standard_normal(3 * RATE)).astype(np.float32)
    sf.write(music / "n1.mp3", tone_for("metal", 3) + noise, RATE)
    sf.write(music / "n2.ogg", tone_for("metal", 3) + noise, RATE)
    shutil.copy(music / "b.mp3", music / "same.mp3")
    shutil.copy(music / "a/z.flac", music / "tagged.flac")
    tags.write(music / "tagged.flac", "Rock")
    scan(music)
    status, out, _ = command("duplicates", "--json", "--alike", "0.99")
    groups = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert {(group["how"], *(Path(song["path"]).name for song in group["songs"])) for group in groups} == {
        ("file", "b.mp3", "same.mp3"),
        ("sound", "z.flac", "tagged.flac"),
        ("near", "n1.mp3", "n2.ogg"),
    }
    assert "n1.mp3" not in command("duplicates", "--exact")[1]
    text = command("duplicates", "--alike", "0.99")[1]
    assert "the same sound, other tags:\n" in text


def test_no_duplicates_are_told(scan, command, music):
    scan(music)
    assert command("duplicates")[::2] == (0, "no song stands there twice\n")


# --- playlists


def test_a_walk_along_a_line_goes_along_it(rng):
    angle = np.linspace(0, 2, 30)
    line = np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.001 * rng.standard_normal((30, 2))
    found = kept.Vectors(np.arange(30), np.ones(30), np.zeros(2), np.ones(2), line.astype(np.float32))
    way = walk(found, 2, 27, 8)
    assert (way[0], way[-1], len(way)) == (2, 27, 8)
    assert way == sorted(way)
    assert max(np.diff(way)) < 8


def test_a_walk_takes_no_song_twice_and_ends_in_small_libraries(rng):
    found = made(vectors(rng, 6))
    way = walk(found, 1, 4, 20)
    assert sorted(way) == list(range(6))
    assert walk(found, 1, 4, 2) == [1, 4]
    assert walk(kept.Vectors(np.arange(2), np.ones(2), np.zeros(2), np.ones(2), -np.eye(2, dtype=np.float32)), 0, 1, 5)


def test_lists_by_genre_and_mood(command, db, tmp_path, rng):
    stock(db, vectors(rng, 20), music=tmp_path / "music")
    lists = tmp_path / "lists"
    assert command("playlists", lists)[0] == 0
    assert {path.stem for path in lists.iterdir()} == {
        "uncertain",
        *("hiphop", "jazz", "metal", "pop", "reggae", "rock"),
    }
    text = (lists / "jazz.m3u8").read_text("utf-8")
    assert text.splitlines()[2:4] == ["#EXTINF:150,Artist 2 - Title 5", "../music/jazz/05.mp3"]
    assert command("playlists", lists, "--by", "mood", "--genre", "jazz")[0] == 0
    assert (lists / "female vocals.m3u8").read_text("utf-8").splitlines()[3::2] == [
        "../music/jazz/15.mp3", "../music/jazz/05.mp3",
    ]  # fmt: skip
    (lists / "jazz.m3u8").write_text("mine")
    assert command("playlists", lists)[0] == 2
    assert (lists / "jazz.m3u8").read_text("utf-8") == "mine"
    assert command("playlists", lists, "--genre", "polka")[0] == 1


def test_a_walk_is_one_list(command, db, tmp_path, rng):
    stock(db, vectors(rng, 20), music=tmp_path / "music")
    ends = [tmp_path / "music/jazz/05.mp3", tmp_path / "music/rock/09.mp3"]
    status, _, err = command("playlists", tmp_path / "walk.m3u8", "--from", ends[0], "--to", ends[1], "-n", 6)
    assert (status, err) == (0, f"{tmp_path}/walk.m3u8: 6 songs\n")
    songs = (tmp_path / "walk.m3u8").read_text("utf-8").splitlines()[3::2]
    assert len(set(songs)) == 6
    assert (songs[0], songs[-1]) == ("music/jazz/05.mp3", "music/rock/09.mp3")
    assert command("playlists", tmp_path / "w.m3u8", "--from", ends[0])[0] == 2
    assert command("playlists", tmp_path / "w.m3u8", "--from", ends[0], "--to", tmp_path / "x.mp3")[0] == 2
    assert command("playlists", tmp_path / "w.m3u8", "--from", ends[0], "--to", ends[0])[0] == 2
    assert command("playlists", tmp_path / "folder", "--from", ends[0], "--to", ends[1])[0] == 2
