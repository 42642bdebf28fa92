"""Labels and artists are found by the rule: folders, tags, a table, corrections."""

from __future__ import annotations

import pytest
from own_songs import write_song

from musiclassify.learn.errors import LearnError
from musiclassify.learn.labels import LARGEST_ALBUM, Labelled, Song, from_folders, from_table, from_tags, with_labels


def _by_name(found):
    return {song.path.rpartition("/")[2]: (song.label, song.group) for song in found.songs}


def test_the_first_folder_is_the_label_and_tags_tell_the_artist(tmp_path):
    write_song(tmp_path / "Dub" / "a.flac", 200, 0, artist="King  TUBBY", genre="Reggae")
    write_song(tmp_path / "Dub" / "b.wav", 200, 1)
    write_song(tmp_path / "Dub" / "Someone" / "Album" / "c.wav", 200, 2)
    write_song(tmp_path / "loose.wav", 200, 3)
    found = from_folders(tmp_path)
    assert _by_name(found) == {
        "a.flac": ("Dub", "artist king tubby"),
        "b.wav": ("Dub", f"song {tmp_path / 'Dub/b.wav'}"),
        "c.wav": ("Dub", f"folder {tmp_path / 'Dub/Someone'}"),
    }
    assert found.passed_over == [(str(tmp_path / "loose.wav"), "lies in no folder that could be its label")]


def test_the_first_genre_of_the_tags_is_the_label_and_spellings_are_one(tmp_path):
    for i, genre in enumerate(["Hip-Hop", "hiphop", "Hip-Hop", "Jazz", ""]):
        write_song(tmp_path / "all" / f"{i}.flac", 200, i, artist=f"artist {i}", genre=genre)
    found = from_tags(tmp_path)
    assert [song.label for song in found.songs] == ["Hip-Hop", "Hip-Hop", "Hip-Hop", "Jazz"]
    assert found.passed_over == [(str(tmp_path / "all/4.flac"), "has no genre in its tags")]


def test_an_album_is_an_artist_where_nothing_else_is_known_but_a_label_s_only_folder_is_not(tmp_path):
    lines = ["path,label,artist"]
    for folder, label in (("album 1", "A"), ("album 2", "A"), ("all of B", "B")):
        for i in range(3):
            write_song(tmp_path / folder / f"{i}.wav", 200, i, seconds=0.1)
            lines.append(f"{folder}/{i}.wav,{label},{'Known' if (folder, i) == ('album 1', 0) else ''}")
    (tmp_path / "t.csv").write_text("\n".join(lines))
    groups = [song.group for song in from_table(tmp_path, tmp_path / "t.csv").songs]
    assert groups[:3] == ["artist known", *[f"folder {tmp_path / 'album 1'}"] * 2]
    assert groups[3:6] == [f"folder {tmp_path / 'album 2'}"] * 3
    assert groups[6:] == [f"song {tmp_path / f'all of B/{i}.wav'}" for i in range(3)]


def test_a_crowded_folder_is_no_album(tmp_path):
    lines = ["path,label"]
    for i in range(LARGEST_ALBUM + 1):
        (tmp_path / "all").mkdir(exist_ok=True)
        (tmp_path / "all" / f"{i:02}.wav").write_bytes(b"")
        lines.append(f"all/{i:02}.wav,{'AB'[i % 2]}")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "x.wav").write_bytes(b"")
    (tmp_path / "t.csv").write_text("\n".join([*lines, "more/x.wav,A", "all/00.wav,A"]))
    groups = [song.group for song in from_table(tmp_path, tmp_path / "t.csv").songs]
    assert len(groups) == len(set(groups)) == LARGEST_ALBUM + 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,genre\na.wav,x", "lacks a column; its first line must name path and label"),
        ("", "lacks a column"),
        ("path,label\na.wav,", "line 2 lacks a path or a label"),
        ("path,label\na.wav,x\na.wav,y", "line 3 gives a.wav another label than before"),
        ("path,label\nb.wav,x", "none of its songs is there; paths must begin at"),
        ("path,label\n\xff", "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_line(tmp_path, text, said):
    write_song(tmp_path / "a.wav", 200, 0, seconds=0.1)
    table = tmp_path / "t.csv"
    table.write_bytes(text.encode("latin-1"))
    with pytest.raises(LearnError, match=said):
        from_table(tmp_path, table)


def test_songs_of_a_table_that_are_not_there_are_named_and_the_rest_is_taken(tmp_path):
    write_song(tmp_path / "a, b.wav", 200, 0, seconds=0.1)
    (tmp_path / "t.csv").write_text('path,label,more\n"a, b.wav",x,1\ngone.wav,x,2\n', encoding="utf-8-sig")
    found = from_table(tmp_path, tmp_path / "t.csv")
    assert [song.label for song in found.songs] == ["x"]
    assert found.passed_over == [(str(tmp_path / "gone.wav"), f"stands in {tmp_path / 't.csv'} and is not there")]


def test_no_folder_and_an_empty_one_are_refused(tmp_path):
    with pytest.raises(LearnError, match="must be a folder with music"):
        from_folders(tmp_path / "nowhere")
    with pytest.raises(LearnError, match="holds no sound files"):
        from_tags(tmp_path)


def test_corrections_go_before_what_was_found_and_add_songs(tmp_path):
    a, b = (str(write_song(tmp_path / f"{name}.wav", 200, 0, seconds=0.1)) for name in "ab")
    found = Labelled([Song(a, "Dub", "artist x")], [(b, "has no genre in its tags")])
    now, changed = with_labels(found, {a: "Roots", b: "dub", "/nowhere.wav": "Dub"})
    assert changed == 2
    assert [(song.path, song.label) for song in now.songs] == [(a, "Roots"), (b, "Dub")]
    assert now.passed_over == [("/nowhere.wav", "was corrected and is not there any more")]
