"""A CSV that lists clips: how it is read, what is refused and by which line, and what of it the split must keep."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from corpora import check, split, table, tracks
from corpora.tracks import CorpusError
from pipeline.layout import Layout


@pytest.fixture
def listed(tmp_path):
    """Write a table whose files exist (empty), and read it."""

    def make(text: str, *, name: str = "list.csv", encoding: str = "utf-8", without: tuple[str, ...] = ()) -> object:
        for line in text.splitlines()[1:]:
            for part in line.replace(";", ",").replace("\t", ",").split(","):
                part = part.strip('"')
                if part.endswith((".wav", ".mp3")) and part not in without:
                    path = tmp_path / part
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.touch()
        file = tmp_path / name
        file.write_bytes(text.encode(encoding))
        return file

    return make


def test_paths_start_at_the_tables_folder_and_odd_names_are_names(listed, tmp_path):
    odd = tmp_path / "a, b" / 'Ö "1".mp3'
    odd.parent.mkdir()
    odd.touch()
    found = table.find(listed('path,label\n"a, b/Ö ""1"".mp3",jazz\nx/y.z.mp3,rock\nc.wav,rock\n'))
    assert found["track_id"].tolist() == ['a, b/Ö "1"', "c", "x/y.z"]
    assert found["path"].tolist() == ['a, b/Ö "1".mp3', "c.wav", "x/y.z.mp3"]
    assert found["genre"].tolist() == ["jazz", "rock", "rock"]
    assert (found["reason"] == "").all()
    assert "side" not in found
    assert "sha256" not in found


def test_a_folder_stands_for_its_table(listed, tmp_path):
    listed("path,label\na.mp3,x\nb.mp3,y\n", name="table.csv")
    assert table.find(tmp_path)["track_id"].tolist() == ["a", "b"]
    with pytest.raises(CorpusError, match=r"none\.csv: no such table; give a CSV with the columns path,label"):
        table.find(tmp_path / "none.csv")


def test_absolute_paths_and_folders_above_are_taken(tmp_path):
    for name in ("music", "lists"):
        (tmp_path / name).mkdir()
    (tmp_path / "music/a.mp3").touch()
    (tmp_path / "b.mp3").touch()
    file = tmp_path / "lists" / "mine.csv"
    file.write_text(f"path,label\n{tmp_path}/music/a.mp3,x\n../b.mp3,y\n")
    found = table.find(file)
    assert (found["reason"] == "").all()
    assert all((file.parent / path).is_file() for path in found["path"])


@pytest.mark.parametrize("mark", [";", "\t", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_semicolons_tabs_and_a_byte_order_mark_are_known_by_the_first_line(listed, mark, encoding):
    text = "Label,ARTIST,path,more\r\nx y,Ä,a.mp3,1\r\n\r\nz,B,b.mp3,2\r\n".replace(",", mark)
    found = table.find(listed(text, encoding=encoding))
    assert found["genre"].tolist() == ["x y", "z"]
    assert found["group"].tolist() == ["artist:ä", "artist:b"]


def test_the_group_is_the_artist_else_the_album_else_the_track(listed):
    lines = ("a.mp3,x, The  Band ,one", "b.mp3,y,the band,two", "c.mp3,x,,Two", "d.mp3,x,,two", "e.mp3,x,,")
    text = "\n".join(("path,label,artist,album", *lines))
    groups = table.find(listed(text)).set_index("track_id")["group"]
    assert groups["a"] == groups["b"] == "artist:the band"
    assert groups["c"] == groups["d"] == "album:two"
    assert groups["e"] == "track:e"


def test_two_formats_of_one_song_are_one_group(listed):
    found = table.find(listed("path,label\na.mp3,x\na.wav,x\nb.mp3,y\n"))
    assert found["track_id"].tolist() == ["a.mp3", "a.wav", "b"]
    assert found["group"].nunique() == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "its first line must name the columns path and label"),
        ("a.mp3,jazz\nb.mp3,rock\n", "its first line must name the columns path and label .*'a.mp3,jazz'"),
        ("path|label\na.mp3|x\n", "parted by commas, semicolons, tabs"),
        ("path,label,genre\na.mp3,Sub Pop,rock\n", "the columns label and genre both say the label"),
        ("path,label\n", "lists no clip"),
        ("path,label\na.mp3,x\nb.mp3,x\n", r"one label only \(x\)"),
        ("path,label\na.mp3,x\nb.mp3\n", r"line 3: 1 fields, but its first line names more"),
        ("path,label\na.mp3,x\nb.mp3,\n", "line 3: label of b.mp3 is empty"),
        ("path,label\na.mp3,x\n ,y\n", "line 3: path is empty"),
        ("path,label\na.mp3,x\nb.mp3,y\n./a.mp3,x\n", r"line 4: \./a\.mp3 stands on line 2 already"),
        ("path,label\na.mp3,x\nb.mp3,bad\x07\n", "line 3: label of b.mp3 must be up to 100 characters"),
        ("path,label,split\na.mp3,x,train\nb.mp3,y,tset\n", "line 3: split='tset' of b.mp3 must be train, valid"),
        ("path,label,sha256\na.mp3,x,\nb.mp3,y,12ab\n", "line 3: sha256 of b.mp3 must be 64 digits"),
        ('path,label\na.mp3,x\n"b.mp3,y\n', "line 3: is no CSV"),
        ("path,label\nnone/a.mp3,x\nnone/b.mp3,y\n", r"none of its 2 files is there, such as none/a\.mp3; paths start"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(tmp_path, text, words):
    for name in ("a.mp3", "b.mp3"):
        (tmp_path / name).touch()
    file = tmp_path / "list.csv"
    file.write_text(text, newline="")
    with pytest.raises(CorpusError, match=words) as error:
        table.find(file)
    assert str(file) in str(error.value)


def test_many_wrong_lines_are_told_in_short(tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("path,label\n" + "a.mp3,\n" * 9)
    with pytest.raises(CorpusError, match=r"line 6: .*; and 4 lines more$"):
        table.find(file)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_refused_in_words(listed, encoding):
    with pytest.raises(CorpusError, match="is not UTF-8; save it so"):
        table.find(listed("path,label\na.mp3,ä\nb.mp3,y\n", encoding=encoding))


def test_a_missing_file_is_excluded_with_its_line(listed, tmp_path, sound_file, tone):
    sound_file("a.wav", tone(2))
    sound_file("b.wav", tone(3))
    file = tmp_path / "list.csv"
    file.write_text("path,label\na.wav,x\nb.wav,y\n\nfolder\\c.wav,y\n")
    checked = check.check(table.find(file), tmp_path).set_index("track_id")
    assert checked["status"].tolist() == ["ok", "ok", "excluded"]
    assert checked.at["folder\\c", "reason"] == "no such file (line 5 of list.csv); folders are parted by /"


def test_a_file_with_another_sha256_is_excluded(tmp_path, sound_file, tone):
    right = hashlib.sha256(sound_file("a.wav", tone(2)).read_bytes()).hexdigest()
    sound_file("b.wav", tone(3))
    (tmp_path / "list.csv").write_text(f"path,label,sha256\na.wav,x,{right.upper()}\nb.wav,y,{'0' * 64}\n")
    checked = check.check(table.find(tmp_path / "list.csv"), tmp_path).set_index("track_id")
    assert checked.at["a", "status"] == "ok"
    assert checked.at["b", "status"] == "excluded"
    assert "another file than the corpus says: sha256 " in checked.at["b", "reason"]
    assert checked.at["b", "reason"].endswith("not 000000000000…")


def rows(sides: str, artists: str = "abcdef") -> str:
    """Six tracks, two labels."""
    sided = zip("123456", "xyxyxy", artists, sides.split(","), strict=True)
    return "path,label,artist,split\n" + "".join(f"{n}.mp3,{label},{a},{side}\n" for n, label, a, side in sided)


def usable(found, tmp_path):
    """The table as the stages read it back."""
    checked = found.assign(duration_s=30.0, sample_rate=22050, sha256=found["track_id"], status="ok")
    tracks.write(tmp_path / "tracks.csv", checked)
    return tracks.read(tmp_path / "tracks.csv")


def test_the_sides_of_the_table_are_kept_and_a_track_without_one_takes_no_part(listed, tmp_path):
    given = "train,Training,valid,validation,test,"
    every = usable(table.find(listed(rows(given))), tmp_path)
    made = split.split(every, protocol="given")
    assert dict(zip(made["track_id"], made["split"], strict=True)) == {
        "1": "train",
        "2": "train",
        "3": "valid",
        "4": "valid",
        "5": "test",
    }
    split.check_split(made, every, protocol="given")


def test_an_artist_on_both_sides_is_refused_unless_the_leak_is_declared(listed, tmp_path):
    every = usable(table.find(listed(rows("train,train,valid,valid,test,test", "abcdea"))), tmp_path)
    made = split.split(every, protocol="given")
    with pytest.raises(split.SplitError, match=r"group artist:a is on both sides \(test, train\).*given_leaking"):
        split.check_split(made, every, protocol="given")
    split.check_split(split.split(every, protocol="given_leaking"), every, protocol="given_leaking")
    assert "given_leaking" in split.LEAKS


def test_sides_that_nobody_gave_are_refused(listed, tmp_path):
    every = usable(table.find(listed("path,label\n1.mp3,x\n2.mp3,x\n3.mp3,x\n4.mp3,y\n5.mp3,y\n6.mp3,y\n")), tmp_path)
    with pytest.raises(split.SplitError, match="protocol=given: this corpus gives its tracks no sides"):
        split.split(every, protocol="given")
    every = usable(table.find(listed(rows("train,train,train,train,test,test"))), tmp_path)
    with pytest.raises(split.SplitError, match="none of these tracks is given to valid"):
        split.split(every, protocol="given")
    with pytest.raises(split.SplitError, match="folds=3: protocol given has no folds"):
        split.split(every, protocol="given", folds_n=3)


@pytest.mark.skipif(not shutil.which("awk"), reason="there is no awk here")
def test_the_documents_line_makes_a_table_of_jamendos_list(tmp_path):
    """Its layout: six columns parted by tabs, a tag more for each further genre."""
    page = Path(__file__).parents[2] / "docs" / "how-to" / "table.md"
    command = re.search(r"^(awk .*?)$\n```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)[1]
    clips = tmp_path / "jamendo" / "14"
    clips.mkdir(parents=True)
    rows = [["TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS"]]
    for number, tags in ((214, ["genre---metal"]), (215, ["genre---metal", "genre---rock"]), (216, ["genre---jazz"])):
        rows.append([f"track_{number}", "artist_14", "album_31", f"14/{number}.mp3", "124.6", *tags])
        (clips / f"{number}.mp3").touch()
    (tmp_path / "autotagging_genre.tsv").write_text("".join("\t".join(row) + "\n" for row in rows))
    subprocess.run(["bash", "-ec", command], cwd=tmp_path, check=True)
    found = table.find(tmp_path / "jamendo")
    assert found["genre"].tolist() == ["metal", "jazz"]
    assert found["group"].unique().tolist() == ["artist:artist_14"]
    assert (found["reason"] == "").all()


@pytest.fixture
def address():
    """An address of fsspec that this process alone knows."""
    upath = pytest.importorskip("upath", reason="needs the extra cluster")
    folder = upath.UPath("memory://lists/music")
    for name in ("a.wav", "deep/Ö b.mp3", "deep/c.wav"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    yield folder
    folder.fs.rm(folder.path, recursive=True)


def test_a_table_at_an_address_names_what_lies_below_it(address, tmp_path):
    text = "path;label;artist\na.wav;x;One\ndeep/O\u0308 b.mp3;y;Two\ndeep/../deep/c.wav;y;\ngone.wav;x;\n/a.wav;x;\n"
    (address / "table.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    by_folder, by_file = table.find(str(address)), table.find(f"{address}/table.csv")
    pd.testing.assert_frame_equal(by_folder, by_file)
    reasons = by_file.set_index("path")["reason"]
    assert reasons[["a.wav", "deep/Ö b.mp3", "deep/c.wav"]].tolist() == ["", "", ""]
    assert reasons["gone.wav"] == "no such file (line 5 of table.csv)"
    assert reasons["/a.wav"] == "no such file (line 6 of table.csv)"
    for given in (str(address), f"{address}/table.csv"):
        where = Layout("table", tmp_path).clips(given)
        assert (where / "deep/Ö b.mp3").read_bytes() == "deep/Ö b.mp3".encode()


def test_an_address_without_a_table_is_told(address):
    with pytest.raises(CorpusError, match=r"memory://lists/music/table\.csv: no such table; give a CSV"):
        table.find(str(address))
    with pytest.raises(ValueError, match=r"memory://lists/nowhere.* (does not exist|no such table)"):
        table.find("memory://lists/nowhere/list.csv")
