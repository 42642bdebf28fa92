"""A scan hears what is new and nothing else, and whatever happens the library is whole."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from shelves import dump, write_hearing_model, write_library, write_song

from musiclassify import tags
from musiclassify.audio.errors import DecodeError
from musiclassify.audio.walk import Found
from musiclassify.library import BusyError, LibraryError, open_library
from musiclassify.library import scan as scanning
from musiclassify.library.hearing import hear_many, hearing
from musiclassify.library.scan import Scan

ROOT = Path(__file__).resolve().parents[3]


def found(told: str) -> dict[str, int]:
    """The figures of ``--json`` that are not 0."""
    return {name: count for name, count in json.loads(told).items() if count and name != "model"}


def rows(db: Path) -> dict[str, sqlite3.Row]:
    with closing(sqlite3.connect(db)) as connection:
        connection.row_factory = sqlite3.Row
        return {os.fsdecode(row["path"]): row for row in connection.execute("SELECT * FROM songs")}


def test_every_song_is_kept_with_what_was_heard(scan, music, db):
    status, out, _ = scan(music)
    assert (status, out) == (0, "3 songs: 3 new; 3 heard by toy-cnn-v2.0\n")
    with open_library(db) as library:
        songs = list(library.songs())
        assert [song.name for song in songs] == [str(music / name) for name in ("C é.ogg", "a/z.flac", "b.mp3")]
        assert [song.answer.genre for song in songs] == ["pop", "rock", "jazz"]
        assert all(len(song.answer.moods) == 5 and song.answer.duration_s == pytest.approx(1.5) for song in songs)
        assert library.embedding(songs[0].answer_id).shape == (40,)


def test_a_second_scan_hears_nothing_and_needs_no_model(scan, music, monkeypatch):
    scan(music)
    monkeypatch.setattr("musiclassify.released.song.load", lambda *_: pytest.fail("the model was loaded"))
    assert found(scan(music, "--json")[1]) == {"unchanged": 3, "songs": 3}


def test_a_file_that_was_only_touched_is_not_heard(scan, music, db):
    scan(music)
    os.utime(music / "b.mp3", (1, 1))
    assert found(scan(music, "--json")[1]) == {"unchanged": 3, "songs": 3}
    assert rows(db)[str(music / "b.mp3")]["mtime_ns"] == 10**9


@pytest.mark.parametrize("name", ["b.mp3", "a/z.flac", "C é.ogg"])
def test_new_tags_are_no_new_song(scan, music, db, name):
    scan(music)
    tags.write(music / name, ["Bebop", "Cool"])
    assert found(scan(music, "--json")[1]) == {"tagged_anew": 1, "unchanged": 2, "songs": 3}
    assert json.loads(rows(db)[str(music / name)]["tagged"]) == ["Bebop", "Cool"]


def test_a_file_that_was_moved_and_tagged_anew_is_the_same_song(scan, music, db):
    scan(music)
    before = rows(db)[str(music / "b.mp3")]
    tags.write(music / "b.mp3", "Bebop")
    (music / "Jazz").mkdir()
    os.replace(music / "b.mp3", music / "Jazz/Blue.mp3")
    assert found(scan(music, "--json")[1]) == {"moved": 1, "unchanged": 2, "songs": 3}
    after = rows(db)[str(music / "Jazz/Blue.mp3")]
    assert (after["id"], after["added"], after["answer"]) == (before["id"], before["added"], before["answer"])


def test_a_copy_is_new_and_not_heard(scan, music):
    scan(music)
    shutil.copy(music / "b.mp3", music / "copy.mp3")
    assert found(scan(music, "--json")[1]) == {"new": 1, "unchanged": 3, "songs": 4}


def test_copies_are_heard_once(scan, tmp_path):
    for name in ("a.wav", "b.wav", "c.wav"):
        write_song(tmp_path / "music" / name)
    assert found(scan(tmp_path / "music", "--json")[1]) == {"new": 3, "heard": 1, "songs": 3}


def test_songs_that_change_places_are_not_heard(scan, music, db):
    write_song(music / "d.mp3", "metal")
    scan(music)
    os.replace(music / "b.mp3", music / "x")
    os.replace(music / "d.mp3", music / "b.mp3")
    os.replace(music / "x", music / "d.mp3")
    assert found(scan(music, "--json")[1]) == {"changed": 2, "unchanged": 2, "songs": 4}
    with open_library(db) as library:
        assert library.song(music / "b.mp3").answer.genre == "metal"


def test_a_song_that_changed_is_heard(scan, music, db):
    scan(music)
    write_song(music / "b.mp3", "metal", 2)
    assert found(scan(music, "--json")[1]) == {"changed": 1, "heard": 1, "unchanged": 2, "songs": 3}
    with open_library(db) as library:
        assert library.song(music / "b.mp3").answer.genre == "metal"
    with closing(sqlite3.connect(db)) as connection:
        assert connection.execute("SELECT count(*) FROM answers").fetchone() == (3,)


def test_what_is_gone_is_marked_and_found_again(scan, music, db, tmp_path):
    scan(music)
    os.replace(music / "b.mp3", tmp_path / "away")
    assert found(scan(music, "--json")[1]) == {"removed": 1, "unchanged": 2, "songs": 2}
    assert rows(db)[str(music / "b.mp3")]["removed"]
    assert found(scan(music, "--json")[1]) == {"unchanged": 2, "songs": 2}
    os.replace(tmp_path / "away", music / "b.mp3")
    assert found(scan(music, "--json")[1]) == {"back": 1, "unchanged": 2, "songs": 3}
    assert rows(db)[str(music / "b.mp3")]["removed"] is None


def test_an_empty_folder_takes_no_song_away(scan, music, db):
    scan(music)
    for name in ("b.mp3", "a/z.flac", "C é.ogg"):
        (music / name).unlink()
    status, _, err = scan(music)
    assert status == 2
    assert "3 songs are known below it" in err
    assert not any(row["removed"] for row in rows(db).values())
    assert found(scan(music, "--allow-empty", "--json")[1]) == {"removed": 3}


def test_a_folder_that_is_missing_or_not_scanned_takes_no_song_away(scan, music, db, tmp_path):
    scan(music)
    shutil.move(music, tmp_path / "unmounted")
    write_song(tmp_path / "other/x.wav", "metal")
    status, out, err = scan(music, tmp_path / "other", "--json")
    assert status == 1
    assert found(out) == {"new": 1, "heard": 1, "songs": 1}
    assert "does not exist" in err
    assert not any(row["removed"] for row in rows(db).values())


def test_below_a_folder_that_cannot_be_read_nothing_is_gone(scan, music, db, monkeypatch):
    scan(music)
    closed = DecodeError(music / "a", "is a folder that may not be read", "change its permissions")
    monkeypatch.setattr(scanning, "walk", lambda folder: Found([music / "b.mp3", music / "C é.ogg"], [closed]))
    status, _, err = scan(music)
    assert status == 1
    assert "may not be read" in err
    assert not any(row["removed"] for row in rows(db).values())


def test_files_without_an_answer_are_kept_and_not_heard_again(scan, music, db):
    (music / "text.mp3").write_text("no sound")
    (music / "empty.wav").touch()
    write_song(music / "short.wav", seconds=0.2)
    (music / "nowhere.mp3").symlink_to(music / "gone.mp3")
    status, out, err = scan(music, "--json")
    assert status == 1
    assert found(out) == {"new": 6, "heard": 6, "songs": 7, "without_answer": 4}
    assert "nowhere.mp3: cannot be read" in err
    status, out, _ = scan(music, "--json")
    assert (status, found(out)) == (1, {"unchanged": 6, "songs": 7, "without_answer": 4})
    status, out, _ = scan(music, "--retry", "--json")
    assert (status, found(out)) == (1, {"unchanged": 6, "heard": 3, "songs": 7, "without_answer": 4})
    assert rows(db)[str(music / "nowhere.mp3")]["problem"]


def test_any_name_that_a_file_may_have(scan, tmp_path, db):
    names = [b"caf\xe9.wav", b"two\nlines.wav", b"-dash ?#%41.wav", "日本.wav".encode()]
    for i, name in enumerate(names):
        write_song(tmp_path / "a.wav", seconds=1.1 + i / 10)
        os.makedirs(tmp_path / "music", exist_ok=True)
        os.replace(tmp_path / "a.wav", os.path.join(os.fsencode(tmp_path / "music"), name))
    assert found(scan(tmp_path / "music", "--json")[1]) == {"new": 4, "heard": 4, "songs": 4}
    assert sorted(map(os.path.basename, map(os.fsencode, rows(db)))) == sorted(names)
    assert found(scan(tmp_path / "music", "--json")[1]) == {"unchanged": 4, "songs": 4}


def test_a_library_may_have_any_name(hearing_model, music, tmp_path):
    from musiclassify.cli.main import main

    db = tmp_path / os.fsdecode(b"?mode=ro #%41 \xe9.sqlite")
    assert main(["scan", str(music), "--db", str(db), "--model", str(hearing_model)]) == 0
    assert main(["scan", str(music), "--db", str(db), "--model", str(hearing_model)]) == 0
    assert db.is_file()


def test_a_relative_folder_is_the_same_folder(scan, music, monkeypatch):
    scan(music)
    monkeypatch.chdir(music.parent)
    assert found(scan("music/../music/", "--json")[1]) == {"unchanged": 3, "songs": 3}


def test_another_model_hears_on_wish_only(scan, music, tmp_path):
    scan(music)
    other = write_hearing_model(tmp_path / "toy-cnn-v3.0", version="3.0", temperature=2.0)
    status, out, err = scan(music, "--model", other)
    assert (status, out) == (0, "3 songs: 3 as before; 0 heard by toy-cnn-v3.0\n")
    assert "heard by another model before: 3 (--again" in err
    assert found(scan(music, "--model", other, "--again", "--json")[1]) == {"unchanged": 3, "heard": 3, "songs": 3}
    assert found(scan(music, "--model", other, "--again", "--json")[1]) == {"unchanged": 3, "songs": 3}


def test_a_file_that_changes_while_it_is_heard_is_not_believed(hearing_model, music, db):
    from musiclassify.released.song import load

    def hear(looks):
        for heard in hear_many(load(hearing_model), looks, jobs=1):
            yield heard
            write_song(music / "b.mp3", "metal", 2)

    with open_library(db, write="test") as library:
        report = Scan(library, hear, "digest").run([str(music)])
        assert [os.path.basename(path) for path, _ in report.problems] == ["b.mp3"]
        assert library.song(music / "b.mp3") is None


def test_what_was_heard_before_a_stop_is_kept(hearing_model, music, db, scan):
    from musiclassify.released.song import load

    def hear(looks):
        yield next(hear_many(load(hearing_model), looks, jobs=1))
        raise KeyboardInterrupt

    digest = load(hearing_model).release.digest
    with pytest.raises(KeyboardInterrupt), open_library(db, write="test") as library:
        Scan(library, hear, digest).run([str(music)])
    assert found(scan(music, "--json")[1]) == {"new": 2, "heard": 2, "unchanged": 1, "songs": 3}


# --- the file


def test_a_file_that_is_no_library_is_left_as_it_is(scan, music, db):
    db.write_text("my thesis")
    status, _, err = scan(music)
    assert status == 2
    assert "is no database" in err
    assert db.read_text() == "my thesis"
    assert [path.name for path in db.parent.iterdir() if path.name.startswith(db.name)] == [db.name]


def test_a_database_of_another_program_is_left_as_it_is(scan, music, db):
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("CREATE TABLE songs (mine TEXT)")
    before = db.read_bytes()
    status, _, err = scan(music)
    assert status == 2
    assert "of another program" in err
    assert db.read_bytes() == before
    with pytest.raises(LibraryError, match="of another program"), open_library(db):
        pass


def test_a_newer_library_is_refused(scan, music, db):
    scan(music)
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("PRAGMA user_version = 99")
    status, _, err = scan(music)
    assert status == 2
    assert "newer MusiClassify (schema 99" in err


def test_a_library_whose_making_was_stopped_is_made(scan, music, db):
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert db.stat().st_size
    assert scan(music)[0] == 0


def test_a_damaged_library_is_told(scan, music, db):
    scan(music)
    size = db.stat().st_size
    with db.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    status, _, err = scan(music)
    assert status == 2
    assert "is damaged" in err


def test_a_missing_library_is_told(db):
    with pytest.raises(LibraryError, match="make it with `musiclassify scan MUSIC`"), open_library(db):
        pass
    with pytest.raises(LibraryError, match="folder that does not exist"), open_library(db / "x/y", write="test"):
        pass


def test_two_scans_at_once_are_refused_and_a_dead_one_is_not(scan, music, db):
    code = (
        "import sys, time; from musiclassify.library import open_library\n"
        "with open_library(sys.argv[1], write='the other scan'):\n    print('ready', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, db], stdout=subprocess.PIPE, cwd=ROOT, text=True) as other:
        assert other.stdout.readline() == "ready\n"
        status, _, err = scan(music)
        assert status == 2
        assert f"is being written by the other scan, process {other.pid}" in err
        with open_library(db) as library:  # readers are welcome
            assert not list(library.songs())
        other.kill()
        other.wait()
    assert scan(music)[0] == 0


def test_two_writers_of_one_process_are_refused_too(db):
    with open_library(db, write="first"), pytest.raises(BusyError, match="by first"), open_library(db, write="second"):
        pass


def test_a_scan_that_is_killed_ends_like_one_that_is_not(scan, hearing_model, tmp_path, db, rng):
    music = write_library(tmp_path / "music", 24)
    assert scan(music)[0] == 0
    killed = tmp_path / "killed.sqlite"
    command = [sys.executable, "-m", "musiclassify", "scan", music, "--db", killed, "--model", hearing_model]
    for least in (1, 9, 17):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and _count(killed) < least:
                time.sleep(0.01)
            time.sleep(rng.uniform(0, 0.05))
            process.kill()
    assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0
    assert dump(killed) == dump(db)


def _count(db: Path) -> int:
    try:
        with open_library(db) as library:
            return len(library.known())
    except LibraryError:
        return 0


def test_hearing_loads_no_model_for_nothing():
    assert list(hearing(lambda: pytest.fail("loaded"))([])) == []
