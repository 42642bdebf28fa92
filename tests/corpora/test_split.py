"""Splits keep apart what must stay apart, and the guard refuses the ones that do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from corpora import gtzan
from corpora.split import SIDES, SplitError, check_split, folds, notices, split


def corpus(groups: dict[str, list[int]]) -> pd.DataFrame:
    """Tracks: for each genre, the sizes of its groups."""
    rows = []
    for genre, sizes in groups.items():
        for g, size in enumerate(sizes):
            for k in range(size):
                name = f"{genre}.{g:02d}.{k:02d}"
                rows.append((name, genre, f"{genre}-{g}", f"sha-{name}", "ok", ""))
    return pd.DataFrame(rows, columns=["track_id", "genre", "group", "sha256", "status", "reason"])


@pytest.fixture
def tracks() -> pd.DataFrame:
    return corpus({"a": [5] * 10, "b": [12, 10, 9, 3, 2, 1], "c": [1] * 30, "d": [8, 1, 1]})


def sides_of(tracks, table, column):
    return table.merge(tracks, on="track_id").groupby(column)["split"].nunique()


@pytest.mark.parametrize("seed", range(5))
def test_no_artist_stands_on_two_sides(tracks, seed):
    table = split(tracks, protocol="artist", seed=seed)
    assert (sides_of(tracks, table, "group") == 1).all()
    assert set(table["split"]) == set(SIDES)
    check_split(table, tracks)


def test_every_genre_is_on_every_side_where_its_groups_allow(tracks):
    table = split(tracks, seed=3).merge(tracks, on="track_id")
    present = table.groupby("genre")["split"].nunique()
    assert (present == 3).all()
    shares = pd.crosstab(table["genre"], table["split"], normalize="index")
    assert shares.loc["c", "train"] == pytest.approx(0.6, abs=0.05)


def test_a_genre_with_one_group_is_learned_and_told():
    tracks = corpus({"a": [2] * 6, "b": [2] * 6, "alone": [9]})
    table = split(tracks, seed=0).merge(tracks, on="track_id")
    assert set(table.loc[table["genre"] == "alone", "split"]) == {"train"}
    told = notices(tracks, table[["track_id", "segment", "split"]])
    assert len(told) == 1
    assert told[0].startswith("alone has no track in valid and test: its 9 tracks come from 1 group")


def test_a_split_depends_on_its_seed_and_nothing_else(tracks):
    one, again = split(tracks, seed=7), split(tracks, seed=7)
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(split(tracks, seed=8))
    shuffled = split(tracks.sample(frac=1, random_state=0).reset_index(drop=True), seed=7)
    assert set(shuffled["split"]) == set(SIDES)


def test_a_group_that_spans_two_genres_stays_whole():
    tracks = corpus({"a": [3] * 6, "b": [3] * 6})
    tracks.loc[tracks["group"].isin(["a-0", "b-0"]), "group"] = "both"
    table = split(tracks, seed=1)
    assert (sides_of(tracks, table, "group") == 1).all()


def test_the_track_protocol_parts_artists_but_no_track(tracks):
    table = split(tracks, protocol="track", seed=0)
    assert (sides_of(tracks, table, "group") > 1).any()
    assert table["track_id"].is_unique
    check_split(table, tracks, protocol="track")
    with pytest.raises(SplitError, match="is on both sides"):
        check_split(table, tracks, protocol="artist")


def test_the_segment_protocol_parts_tracks(tracks):
    counts = dict.fromkeys(tracks["track_id"], 6)
    table = split(tracks, protocol="segment", seed=0, segments=counts)
    assert len(table) == 6 * len(tracks)
    assert (table.groupby("track_id")["split"].nunique() > 1).any()
    check_split(table, tracks, protocol="segment")
    with pytest.raises(SplitError, match="is on both sides"):
        check_split(table, tracks, protocol="track")


def test_the_fault_filtered_protocol_takes_the_published_lists():
    index = gtzan.index()
    tracks = pd.DataFrame(
        {
            "track_id": index.index,
            "genre": [name.split(".")[0] for name in index.index],
            "group": index["artist_group"].astype(str),
            "sha256": index.index,
            "status": "ok",
            "reason": "",
        }
    ).reset_index(drop=True)
    table = split(tracks, protocol="fault_filtered", published=index["fault_filtered"].to_dict())
    assert table["split"].value_counts().to_dict() == {"train": 443, "test": 290, "valid": 197}
    check_split(table, tracks, protocol="fault_filtered")
    with pytest.raises(SplitError, match="only GTZAN has published lists"):
        split(tracks, protocol="fault_filtered")


@pytest.mark.parametrize("n", [2, 3, 5])
def test_folds_hold_every_group_once(tracks, n):
    dealt = folds(tracks, n, seed=0)
    assert set(dealt) == set(range(n))
    assert (pd.Series(dealt).groupby(tracks["group"]).nunique() == 1).all()


def test_a_genre_with_one_group_is_never_tested_in_folds():
    tracks = corpus({"a": [2] * 6, "b": [2] * 6, "alone": [9]})
    assert set(folds(tracks, 3, seed=0)[tracks["genre"] == "alone"]) == {-1}
    for fold in range(3):
        table = split(tracks, folds_n=3, fold=fold, seed=0).merge(tracks, on="track_id")
        assert set(table.loc[table["genre"] == "alone", "split"]) == {"train"}


def test_all_folds_together_test_every_track_once(tracks):
    tested = []
    for fold in range(4):
        table = split(tracks, folds_n=4, fold=fold, seed=2)
        check_split(table, tracks)
        assert set(table["split"]) == set(SIDES)
        tested += table.loc[table["split"] == "test", "track_id"].tolist()
    assert sorted(tested) == sorted(tracks["track_id"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"protocol": "artists"}, "protocol='artists': must be one of artist, fault_filtered, given, track, "),
        ({"valid": 0.5, "test": 0.5}, "must lie above 0 and sum to less than 1"),
        ({"folds_n": 3, "fold": 3}, "fold=3: must be from 0 to folds - 1 = 2"),
        ({"folds_n": 3, "protocol": "segment"}, "protocol segment has no folds"),
        ({"folds_n": 1000}, "take fewer folds"),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(tracks, settings, words):
    with pytest.raises(SplitError, match=words):
        split(tracks, **settings)


def test_a_corpus_too_small_to_split_is_refused():
    with pytest.raises(SplitError, match="no usable track"):
        split(corpus({}), seed=0)
    with pytest.raises(SplitError, match=r"one label only \(a\)"):
        split(corpus({"a": [1] * 9}))
    with pytest.raises(SplitError, match=r"too few artists .* a has 2, b has 1"):
        split(corpus({"a": [9, 9], "b": [9]}))


# -- the guard: leaks built on purpose --


@pytest.fixture
def good(tracks) -> pd.DataFrame:
    return split(tracks, seed=0)


def segments_of(tracks: pd.DataFrame, table: pd.DataFrame, copies: int = 1) -> pd.DataFrame:
    rows = []
    for row in table.itertuples(index=False):
        for copy in range(1 + (copies if row.split == "train" else 0)):
            name = f"{row.track_id}:00" + (f"+{copy}" if copy else "")
            rows.append((name, row.track_id, 0, row.split, copy))
    return pd.DataFrame(rows, columns=["segment_id", "track_id", "segment", "split", "copy"])


def move(table: pd.DataFrame, track_id: str, side: str) -> pd.DataFrame:
    moved = table.copy()
    moved.loc[moved["track_id"] == track_id, "split"] = side
    return moved


def test_the_guard_lets_a_good_split_pass(tracks, good):
    check_split(good, tracks, segments=segments_of(tracks, good))


def test_the_guard_refuses_an_artist_on_both_sides(tracks, good):
    names = tracks.loc[tracks["group"] == "b-0", "track_id"]
    leaking = move(move(good, names.iloc[0], "train"), names.iloc[1], "test")
    with pytest.raises(SplitError, match=r"group b-0 is on both sides"):
        check_split(leaking, tracks)


def test_the_guard_refuses_a_replica_on_the_other_side(tracks, good):
    here, there = (good.loc[good["split"] == side, "track_id"].iloc[0] for side in ("train", "test"))
    replica = tracks.copy()
    replica.loc[replica["track_id"] == here, "sha256"] = f"sha-{there}"
    for protocol in ("artist", "track", "fault_filtered"):
        with pytest.raises(SplitError, match=r"recording sha-.* is on both sides \(test, train\): a replica"):
            check_split(good, replica, protocol=protocol)


def test_the_guard_refuses_a_track_on_both_sides(tracks, good):
    row = good.iloc[[0]].assign(segment=3, split="test" if good.at[0, "split"] != "test" else "train")
    with pytest.raises(SplitError, match="is on both sides"):
        check_split(pd.concat([good, row], ignore_index=True), tracks, protocol="track")


def test_the_guard_refuses_a_segment_on_another_side_than_its_track(tracks, good):
    segments = segments_of(tracks, good)
    row = np.flatnonzero((segments["split"] == "train") & (segments["copy"] == 0))[0]
    segments.loc[row, "split"] = "test"
    with pytest.raises(SplitError, match="a segment in test, but its original is in train"):
        check_split(good, tracks, segments=segments)


def test_the_guard_refuses_an_augmented_copy_outside_train(tracks, good):
    segments = segments_of(tracks, good)
    row = np.flatnonzero(segments["split"] == "test")[0]
    copy = segments.iloc[[row]].assign(copy=1, segment_id="made")
    with pytest.raises(SplitError, match="made: an augmented copy in test; only train has copies"):
        check_split(good, tracks, segments=pd.concat([segments, copy], ignore_index=True))


def test_the_guard_refuses_a_copy_in_train_of_a_test_segment(tracks, good):
    segments = segments_of(tracks, good)
    row = np.flatnonzero(segments["split"] == "test")[0]
    copy = segments.iloc[[row]].assign(copy=1, segment_id="made", split="train")
    with pytest.raises(SplitError, match="made: an augmented copy in train, but its original is in test"):
        check_split(good, tracks, segments=pd.concat([segments, copy], ignore_index=True))


def test_the_guard_refuses_one_segment_on_two_sides_even_under_the_segment_protocol(tracks):
    table = split(tracks, protocol="segment", seed=0, segments=dict.fromkeys(tracks["track_id"], 2))
    twice = pd.concat([table, table.iloc[[0]].assign(split="test")], ignore_index=True)
    with pytest.raises(SplitError, match="stands in the split twice"):
        check_split(twice, tracks, protocol="segment")


def test_the_guard_refuses_strange_sides_unknown_and_excluded_tracks(tracks, good):
    with pytest.raises(SplitError, match="split='dev': must be one of train, valid, test"):
        check_split(move(good, good.at[0, "track_id"], "dev"), tracks)
    with pytest.raises(SplitError, match="is in the split but not in the tracks table"):
        check_split(good, tracks.iloc[1:])
    excluded = tracks.copy()
    excluded.loc[0, ["status", "reason"]] = ["excluded", "silent"]
    with pytest.raises(SplitError, match=r"is excluded \(silent\) but stands in the split"):
        check_split(good, excluded)
