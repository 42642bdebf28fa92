"""Answers as text for people and as tables and JSON for machines."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from musiclassify.formats import FORMATS, Screen, by_extension, form
from musiclassify.formats.csv import cell, line
from musiclassify.registry import RegistryError
from musiclassify.released.song import Answer

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE / "rows.json").read_text("utf-8"))
ANSWERS = [Answer.from_dict(answer) for answer in GOLDEN["answers"]]


def test_formats_are_the_files_of_the_folder():
    assert FORMATS.names() == ("text", "json", "jsonl", "csv")
    assert [by_extension(Path(name)) for name in ("a.JSON", "a.ndjson", "a.csv", "a.txt", "a")] == [
        "json", "jsonl", "csv", "text", None,
    ]  # fmt: skip
    with pytest.raises(RegistryError, match="format='xml' must be one of text, json, jsonl, csv"):
        form("xml", ["jazz"])


def test_a_table_is_the_one_that_the_page_writes_too():
    """`rows.csv` is read by the page's tests as well: one form of tables."""
    shape = form("csv", GOLDEN["labels"])
    assert shape.header + "".join(map(shape.row, ANSWERS)) == (HERE / "rows.csv").read_text("utf-8")


@pytest.mark.parametrize(
    "name", ["a\rb", "a\nb", "a\r\nb", "a\vb\x85\u2028c", "=1", "+1", "-1", "@a", "\t=1", " =1", "\r=1"]
)
def test_a_row_is_a_line_and_no_cell_a_formula_whatever_a_name_holds(name):
    shape = form("csv", ["jazz"])
    text = shape.header + shape.row(Answer(name, "error", message=name))
    assert text.count("\n") == 2
    assert len(text.splitlines()) == 2
    (row,) = csv.DictReader(io.StringIO(text))
    for column in ("path", "message"):
        assert not re.match(r"\s*[=+\-@\t\r]", row[column])
        assert row[column].lstrip("'").startswith(cell("x" + name)[1:3])


def test_numbers_of_a_table_have_no_exponent():
    assert line([1e-6, 1e-7, 12345678.9, 1.0, 3]) == "0.000001,0.0,12345678.9,1.0,3\n"


def test_text_on_a_terminal_has_columns_and_fits():
    labels, p = ("hiphop", "jazz"), {"hiphop": 0.1, "jazz": 0.9}
    answers = [
        Answer("a.mp3", "ok", "jazz", 0.9, False, p, duration_s=60, model="toy"),
        Answer("a long name " * 9 + "音楽.mp3", "ok", "jazz", 0.9, True, p, duration_s=60, model="toy"),
        Answer("bad\n.mp3", "error", model="toy", message="is empty"),
    ]
    shape = form("text", labels, top=2, screen=Screen(64, False, 120))
    lines = [shape.row(answer).rstrip("\n") for answer in answers]
    assert re.fullmatch(r"a\.mp3 {10,}surely     jazz 90 %     hiphop 10 %", lines[0])
    assert lines[0].index("jazz") == lines[1].index("jazz") + 2  # the two letters of Japanese take two columns each
    assert lines[1].startswith("…")
    assert "音楽.mp3  perhaps    jazz 90 %     hiphop 10 %" in lines[1]
    assert lines[2].split("  ")[0] == "bad\\n.mp3"
    assert all(len(text) <= 64 for text in lines)
    painted = form("text", labels, screen=Screen(64, True, 120)).row(answers[0])
    assert "\x1b[1;32mjazz 90 %" in painted
    assert painted.count("\x1b[0m") == 2


@pytest.mark.parametrize("screen", [None, Screen(64, False, 200)])
def test_what_is_no_music_is_named_in_lines_json_and_tables(screen):
    labels = ["jazz", "hiphop"]
    told = "mostly speech: no music that this model knows"
    p = {"jazz": 0.3, "hiphop": 0.7}
    given = {"message": told, "sound": "speech", "moods": {"female vocals": 0.2}}
    answer = Answer("talk.mp3", "ok", "hiphop", 0.7, True, p, duration_s=60, model="toy", **given)
    text = form("text", labels, top=2, screen=screen).row(answer)
    assert f"{told}; were it music: hiphop 70 %" in text
    assert "none of my" not in text
    assert "moods" not in text
    (found,) = json.loads(form("json", labels).header + form("json", labels).row(answer) + "]")
    assert (found["message"], found["sound"], found["uncertain"]) == (told, "speech", True)
    assert told in form("csv", labels).row(answer)
