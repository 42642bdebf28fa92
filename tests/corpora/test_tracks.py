"""The walk over a corpus folder and the tracks table."""

from __future__ import annotations

import pandas as pd
import pytest

from corpora import tracks
from corpora.tracks import CorpusError


def test_forks_lists_and_hidden_folders_are_passed_over(tmp_path):
    for name in ("a/._x.wav", "a/x.wav", "a/x.mf", "a/cover.jpg", ".trash/y.wav", "a/Z.MP3"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = [p.relative_to(tmp_path).as_posix() for p in tracks.audio_files(tmp_path)]
    assert found == ["a/Z.MP3", "a/x.wav"]


def test_a_folder_that_may_not_be_read_ends_it_by_name(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()

    def scandir(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", scandir)
    with pytest.raises(CorpusError, match="may not be read; change its permissions"):
        list(tracks.audio_files(tmp_path))


def test_a_missing_folder_and_a_file_are_refused_by_name(tmp_path):
    with pytest.raises(CorpusError, match="nowhere: no such folder"):
        list(tracks.audio_files(tmp_path / "nowhere"))
    (tmp_path / "file").touch()
    with pytest.raises(CorpusError, match="is a file, not a folder"):
        list(tracks.audio_files(tmp_path / "file"))


def test_a_track_found_twice_is_refused_with_both_paths():
    row = {"track_id": "a", "genre": "x", "group": "g"}
    with pytest.raises(CorpusError, match=r"1/a.wav and 2/a.wav: both are track a"):
        tracks.table([row | {"path": "2/a.wav"}, row | {"path": "1/a.wav"}])


def test_tracks_survive_writing_and_reading(tmp_path):
    table = pd.DataFrame(
        [
            ("é b", "é b.wav", "jazz", "NA", 1.25, 22050, "ab", "ok", ""),
            ("c", "c.wav", "null", "g", 0.0, 0, "cd", "excluded", 'said "no", twice'),
        ],
        columns=list(tracks.COLUMNS),
    )
    tracks.write(tmp_path / "deep" / "tracks.csv", table)
    back = tracks.read(tmp_path / "deep" / "tracks.csv")
    assert back.to_dict("records") == table.to_dict("records")
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["tracks.csv"]
    assert tracks.usable(back)["track_id"].tolist() == ["é b"]
