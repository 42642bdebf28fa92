"""The Free Music Archive's list, made small in its layout, becomes a table of clips."""

from __future__ import annotations

import csv

import pytest

from corpora import fma, table
from corpora.tracks import CorpusError

GROUPS = ["", "album", "album", "artist", "artist", "artist", "set", "set", "track", "track", "track", "track"]
NAMES = ["", "id", "title", "bio", "id", "name", "split", "subset", "genre_top", "genres", "license", "title"]
BIO = "<p>born,\nlived</p>" + "x" * 200_000  # longer than the csv module's own limit
TRACKS = [
    [2, 1, "A Way", BIO, 1, "AWOL", "training", "small", "Hip-Hop", "[21]", "CC BY-NC-SA", "Food"],
    [5, 1, "A Way", "", 1, "AWOL", "training", "small", "Hip-Hop", "[21]", "CC BY-NC-SA", "This, World"],
    [10, 6, "Constant", "", 6, "AWOL", "validation", "small", "Pop", "[10]", "CC BY", "Freeway"],
    [140, 61, "Niris", "", 54, "Alec", "test", "small", "Pop", "[17]", "CC BY", "Queen"],
    [134, 1, "A Way", "", 1, "AWOL", "training", "medium", "Hip-Hop", "[21]", "CC BY", "Street"],
    [20, 4, "Niris", "", 4, "Nicky", "training", "large", "", "[76, 103]", "CC BY", "Spiritual"],
]


@pytest.fixture
def archive(tmp_path):
    file = tmp_path / "fma_metadata" / "tracks.csv"
    file.parent.mkdir()
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([GROUPS, NAMES, ["track_id"] + [""] * 11, *TRACKS])
    for number in (2, 5, 10):
        clip = tmp_path / "fma_small" / "000" / f"{number:06d}.mp3"
        clip.parent.mkdir(parents=True, exist_ok=True)
        clip.touch()
    return file


def test_the_small_subset_becomes_a_table_with_its_sides_and_licences(archive, tmp_path, capsys):
    out = tmp_path / "lists" / "fma.csv"
    out.parent.mkdir()
    assert fma.main([str(archive), str(tmp_path / "fma_small"), "-o", str(out)]) == 0
    told = capsys.readouterr().out
    assert "label: Hip-Hop 2, Pop 2" in told
    assert "licence: CC BY-NC-SA 2, CC BY 2" in told
    found = table.find(out).set_index("track_id")
    assert found["path"].tolist()[0] == "../fma_small/000/000002.mp3"
    assert found["genre"].tolist() == ["Hip-Hop", "Hip-Hop", "Pop", "Pop"]
    assert found["side"].tolist() == ["train", "train", "valid", "test"]
    groups = found["group"].tolist()
    assert groups[0] == groups[1] == "artist:awol #1"
    assert groups[2] == "artist:awol #6", "another artist of the same name"
    assert [bool(reason) for reason in found["reason"]] == [False, False, False, True], "140 is not there"
    with out.open(encoding="utf-8", newline="") as opened:
        assert [row["licence"] for row in csv.DictReader(opened)] == ["CC BY-NC-SA", "CC BY-NC-SA", "CC BY", "CC BY"]


def test_a_larger_subset_holds_the_smaller_and_leaves_out_what_has_no_genre(archive, tmp_path, capsys):
    out = tmp_path / "fma.csv"
    assert fma.main([str(archive), str(tmp_path / "fma_small"), "-o", str(out), "--subset", "large"]) == 0
    assert "left out: no genre 1" in capsys.readouterr().out
    assert len(out.read_text("utf-8").splitlines()) == 1 + 5


def test_another_list_or_folder_is_refused_in_words_and_nothing_is_written(archive, tmp_path, capsys):
    out = tmp_path / "out.csv"
    clips = tmp_path / "fma_small"
    with pytest.raises(CorpusError, match=r"nowhere: no such folder"):
        fma.convert(archive, tmp_path / "nowhere", out)
    with pytest.raises(CorpusError, match=r"no such file; it is in FMA's fma_metadata\.zip"):
        fma.convert(tmp_path / "none.csv", clips, out)
    other = tmp_path / "other.csv"
    for text in ("", "path,label\na.mp3,x\n"):
        other.write_text(text)
        with pytest.raises(CorpusError, match=r"has no column set,split; give tracks\.csv of FMA's metadata"):
            fma.convert(other, clips, out)
    broken = archive.with_name("broken.csv")
    broken.write_text(archive.read_text("utf-8") + "7,too,few\n", "utf-8")
    assert fma.main([str(broken), str(clips), "-o", str(out)]) == 1
    assert "3 fields of 12" in capsys.readouterr().err
    assert not out.exists()
