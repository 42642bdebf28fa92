"""GTZAN's index, its clips and its known faults."""

from __future__ import annotations

import pandas as pd
import pytest

from corpora import gtzan
from corpora.tracks import CorpusError


def checked(*names: str, status: str = "ok", reason: str = "") -> pd.DataFrame:
    return pd.DataFrame({"track_id": names, "status": status, "reason": reason})


def test_the_index_holds_the_published_partition():
    index = gtzan.index()
    assert len(index) == 1000
    assert index["fault_filtered"].value_counts().to_dict() == {"train": 443, "test": 290, "valid": 197, "": 70}
    assert set(index["artist_fold"].dropna()) == {1, 2, 3}
    assert sorted({name.split(".")[0] for name in index.index}) == list(gtzan.GENRES)
    replicas = index[index["replica_of"] != ""]
    assert len(replicas) == 22
    assert replicas["replica_of"].isin(index.index).all()
    assert (index.loc[replicas["replica_of"], "artist_group"].to_numpy() == replicas["artist_group"].to_numpy()).all()


@pytest.mark.parametrize("below", ["", "genres", "genres_original", "Data/genres_original"])
@pytest.mark.parametrize("extension", ["wav", "au", "flac", "mp3", "OGG"])
def test_clips_are_found_at_any_depth_in_any_format(tmp_path, below, extension):
    for name in ("blues/blues.00000", "jazz/jazz.00054", "jazz/._jazz.00001", "jazz/jazz.1", "jazz/jazz.00101x"):
        path = tmp_path / below / f"{name}.{extension}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "bextract_single.mf").touch()
    found = gtzan.find(tmp_path)
    assert found["track_id"].tolist() == ["blues.00000", "jazz.00054"]
    assert found["genre"].tolist() == ["blues", "jazz"]
    assert found["group"].tolist() == ["artist-000", "artist-177"]
    assert found["path"].tolist() == [
        (f"{below}/" if below else "") + f"blues/blues.00000.{extension}",
        (f"{below}/" if below else "") + f"jazz/jazz.00054.{extension}",
    ]


def test_a_folder_without_clips_says_what_was_looked_for(tmp_path):
    with pytest.raises(CorpusError, match=r"no GTZAN clip found .*make folder MUSIC=DIR"):
        gtzan.find(tmp_path)


def test_a_clip_in_two_formats_is_refused(tmp_path):
    (tmp_path / "blues.00000.wav").touch()
    (tmp_path / "blues.00000.au").touch()
    with pytest.raises(CorpusError, match=r"both are track blues.00000"):
        gtzan.find(tmp_path)


def test_of_a_replica_pair_the_one_that_the_lists_drop_is_excluded():
    marked = gtzan.mark_faults(checked("jazz.00033", "jazz.00051")).set_index("track_id")
    assert marked["status"].to_dict() == {"jazz.00033": "excluded", "jazz.00051": "ok"}
    assert "exact replica of jazz.00051" in marked.at["jazz.00033", "reason"]


def test_a_replica_whose_partner_is_absent_is_kept():
    assert gtzan.mark_faults(checked("jazz.00051"))["status"].tolist() == ["ok"]
    alone = gtzan.mark_faults(checked("jazz.00033"))
    assert alone["status"].tolist() == ["ok"]
    assert alone["reason"].str.contains("not on the fault-filtered lists").all()


def test_faults_follow_the_policy():
    tracks = checked("jazz.00033", "jazz.00051", "hiphop.00001")
    assert gtzan.mark_faults(tracks, "keep")["status"].tolist() == ["ok", "ok", "ok"]
    assert gtzan.mark_faults(tracks, "keep")["reason"].str.startswith("kept, though a known fault").sum() == 2
    assert gtzan.mark_faults(tracks, "all")["status"].tolist() == ["excluded", "ok", "excluded"]
    with pytest.raises(ValueError, match="known_faults='some'"):
        gtzan.mark_faults(tracks, "some")


def test_the_unreadable_file_is_named_as_known():
    marked = gtzan.mark_faults(checked("jazz.00054", status="excluded", reason="cannot be decoded: x"))
    assert marked["reason"].tolist() == [
        "known fault of GTZAN: this file is unreadable in every common copy (cannot be decoded: x)"
    ]


def test_real_clips_are_found(gtzan):
    from corpora import gtzan as room

    found = room.find(gtzan)
    assert set(found["genre"]) <= set(room.GENRES)
    assert found["track_id"].is_unique
