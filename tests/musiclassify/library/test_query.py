"""What a library knows is found, listed and exported as it is."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from shelves import stock, vectors, write_song
from toy_model import LABELS

from musiclassify.cli.main import COMMANDS, command
from musiclassify.library import open_library
from musiclassify.library.query import Wish, find
from musiclassify.library.store import Look

MINE = ("scan", "query", "like", "duplicates", "playlists", "export")


@pytest.fixture
def stocked(db, tmp_path, rng) -> Path:
    """A library of twenty songs, one without an answer and one that is gone."""
    stock(db, vectors(rng, 20), music=tmp_path / "music")
    with open_library(db, write="test") as library, library.change():
        library.keep_song(Look(str(tmp_path / "music/locked.mp3"), 0, 0), None, problem="cannot be read")
        library.mark_removed([20])
    return db


def names(db: Path, **wish: object) -> list[str]:
    with open_library(db) as library:
        return [Path(song.name).stem for song in find(library, Wish(**wish))]


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({}, [f"{i:02d}" for i in range(19)]),
        ({"genres": ["JAZZ", "pop"]}, ["05", "07", "15", "17"]),
        ({"genres": ["jazz"], "moods": ["Female Vocals"]}, ["05", "15"]),
        ({"genres": ["blues"], "moods": ["female vocals"]}, []),
        ({"min_confidence": 0.8}, ["08", "09", "18"]),
        ({"max_confidence": 0.4}, ["00", "10"]),
        ({"uncertain": True, "artist": "ARTIST 1"}, ["01", "10", "13"]),
        ({"paths": ["jazz/*"]}, ["05", "15"]),
        ({"paths": ["music/jazz/"]}, ["05", "15"]),
        ({"paths": ["0[12].mp3", "*/18.mp3"]}, ["01", "02", "18"]),
        ({"paths": ["azz/*"]}, []),
        ({"failed": True}, ["locked"]),
        ({"removed": True}, ["19"]),
        ({"everything": True, "paths": ["l*"]}, ["locked"]),
    ],
)  # fmt: skip
def test_all_that_is_asked_for_holds(stocked, wish, found):
    assert sorted(names(stocked, **wish)) == found


def test_what_is_found_is_written_in_every_format(command, stocked, tmp_path):
    status, out, _ = command("query", "--genre", "jazz")
    assert status == 0
    assert out.splitlines()[0] == f"{tmp_path}/music/jazz/05.mp3: probably jazz 65 %, blues 0 %, classical 0 %; " + (
        "moods: mellow, female vocals"
    )
    table = list(csv.DictReader(command("query", "--genre", "jazz", "--format", "csv")[1].splitlines()))
    assert [row["moods"] for row in table] == ["mellow; female vocals"] * 2
    lines = command("query", "--genre", "jazz", "--format", "jsonl")[1].splitlines()
    assert [json.loads(line)["moods"]["mellow"] for line in lines] == [0.495, 0.485]
    assert len(json.loads(command("query", "--format", "json", "--limit", "7")[1])) == 7
    assert command("query", "--count")[1] == "19\n"
    zeros = command("query", "--genre", "jazz", "--print0")[1]
    assert zeros == f"{tmp_path}/music/jazz/05.mp3\0{tmp_path}/music/jazz/15.mp3\0"


def test_nothing_found_is_told(command, stocked):
    assert command("query", "--genre", "polka")[::2] == (1, "no song fits\n")
    assert command("query", "--min-confidence", "0.9", "--max-confidence", "0.1")[0] == 2
    assert command("query", "--min-confidence", "2")[0] == 2


def test_a_library_that_is_missing_is_told(command):
    status, _, err = command("query")
    assert status == 2
    assert "make it with `musiclassify scan MUSIC`" in err


def test_a_table_has_a_row_a_song(command, stocked, tmp_path):
    target = tmp_path / "out.csv"
    assert command("export", target)[0] == 0
    with target.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["artist"] for row in rows if row["genre"] == "jazz"] == ["Artist 2", "Artist 0"]
    assert rows[0]["p_blues"] == "0.4"
    assert rows[0]["modified"] == "1970-01-01T00:00:00Z"
    assert list(rows[0])[-1] == "sha256"
    assert len(rows) == 19


def test_json_lines_and_parquet_have_embeddings(command, stocked, tmp_path):
    pytest.importorskip("pyarrow", reason="no pyarrow: pip install 'musiclassify[parquet]'")
    from pyarrow import parquet

    assert command("export", tmp_path / "out.jsonl", "--embeddings", "--all")[0] == 0
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert command("export", tmp_path / "out.parquet", "--embeddings", "--all")[0] == 0
    table = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["path"] for row in table] == [row["path"] for row in lines]
    assert len(table) == 20
    assert table[0]["embedding"] == pytest.approx(lines[0]["embedding"])
    (locked,) = (row for row in table if row["status"] == "error")
    assert locked["embedding"] is None
    assert table[1]["moods"] == list(lines[1]["moods"])
    assert table[0]["p_blues"] == lines[0]["probabilities"]["blues"]


def test_an_empty_table_has_its_columns(command, stocked, tmp_path):
    assert command("export", tmp_path / "out.csv", "--genre", "polka")[0] == 1
    head = (tmp_path / "out.csv").read_text().strip().split(",")
    assert {f"p_{label}" for label in LABELS} < set(head)


def test_exports_replace_nothing_and_name_what_is_missing(command, stocked, tmp_path, monkeypatch):
    (tmp_path / "mine.csv").write_text("mine")
    status, _, err = command("export", tmp_path / "mine.csv")
    assert (status, (tmp_path / "mine.csv").read_text()) == (2, "mine")
    assert "--force" in err
    assert command("export", tmp_path / "out.xlsx")[0] == 2
    assert command("export", tmp_path / "out.csv", "--embeddings")[0] == 2
    monkeypatch.setattr("musiclassify.library.export.find_spec", lambda name: None)
    status, _, err = command("export", tmp_path / "out.parquet")
    assert status == 2
    assert "pip install 'musiclassify[parquet]'" in err
    assert not (tmp_path / "out.parquet").exists()


def test_names_that_are_no_text_are_exported(command, db, tmp_path, scan):
    write_song(tmp_path / "music/a.wav")
    os.replace(tmp_path / "music/a.wav", os.path.join(os.fsencode(tmp_path), b"music", b"caf\xe9.wav"))
    scan(tmp_path / "music")
    for name in ("out.csv", "out.jsonl", *(["out.parquet"] if _has_arrow() else [])):
        assert command("export", tmp_path / name)[0] == 0
    assert r"caf\udce9.wav" in (tmp_path / "out.csv").read_text("utf-8")
    assert command("query")[1].startswith(str(tmp_path))


def _has_arrow() -> bool:
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None


def test_help_of_every_command_loads_nothing_heavy():
    assert set(MINE) < set(COMMANDS)
    code = (
        "import sys; from musiclassify.cli.main import command\n"
        f"for name in {MINE!r}:\n    command(name).build_parser()\n"
        "print([m for m in ('numpy', 'onnxruntime', 'soundfile', 'av', 'sqlite3', 'watchfiles') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert all(command(name).HELP for name in MINE)
