"""A user's own folders of music."""

from __future__ import annotations

import mutagen.flac
import pytest

from corpora import folder
from corpora.tracks import CorpusError


def touch(base, *names):
    for name in names:
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_labels_may_have_any_name(tmp_path):
    base = tmp_path / "Musik von früher & heute"
    touch(base, "Chanson française/Édith (1).mp3", "90s/a b.ogg", "90s/sub/c.wav")
    found = folder.find(base)
    assert found["genre"].tolist() == ["90s", "90s", "Chanson française"]
    assert found["track_id"].tolist() == ["90s/a b", "90s/sub/c", "Chanson française/Édith (1)"]


def test_a_folder_below_the_label_is_an_artist(tmp_path):
    touch(tmp_path, "x/one/album/1.wav", "x/one/other/2.wav", "x/3.wav", "y/4.wav")
    groups = folder.find(tmp_path).set_index("track_id")["group"]
    assert groups["x/one/album/1"] == groups["x/one/other/2"] == "folder:x/one"
    assert groups["x/3"] != groups["y/4"]


def test_the_artist_in_the_tags_is_the_group_whatever_its_case_and_label(tmp_path, sound_file, tone):
    for name, artist in (("x/1.flac", "The Band"), ("y/2.flac", "THE BAND"), ("y/3.flac", "Other")):
        path = sound_file(name, tone(0.1))
        tags = mutagen.flac.FLAC(path)
        tags["artist"] = artist
        tags.save()
    groups = folder.find(tmp_path).set_index("track_id")["group"]
    assert groups["x/1"] == groups["y/2"] == "artist:the band"
    assert groups["y/3"] == "artist:other"


def test_two_formats_of_one_song_are_one_group(tmp_path):
    touch(tmp_path, "x/a.wav", "x/a.mp3", "y/b.wav")
    found = folder.find(tmp_path).set_index("track_id")
    assert found.loc["x/a.wav", "group"] == found.loc["x/a.mp3", "group"]


def test_no_clips_one_label_and_stray_files_are_refused_in_words(tmp_path):
    with pytest.raises(CorpusError, match="no clips found; put the audio of each label into a folder"):
        folder.find(tmp_path)
    touch(tmp_path, "stray.mp3")
    with pytest.raises(CorpusError, match="1 files lie beside the label folders"):
        folder.find(tmp_path)
    touch(tmp_path, "jazz/a.mp3")
    with pytest.raises(CorpusError, match=r"one label only \(jazz\)"):
        folder.find(tmp_path)
