"""Features on disk are whole or refused."""

import itertools

import numpy as np
import pandas as pd
import pytest

from features import FeatureError, FeatureSettings, store
from features.rows import Rows
from features.store import join, open_store, write

SETTINGS = FeatureSettings(segment_s=1.0, segment_hop_s=1.0)
STATISTICS = ("a", "b", "c")


def blocks(n, rng):
    mfcc = rng.standard_normal((n, SETTINGS.segment_frames, SETTINGS.n_mfcc)).astype(np.float32)
    return mfcc, rng.standard_normal((n, 3)).astype(np.float32)


def table(n):
    return pd.DataFrame(
        {"segment_id": [f"t:{i}" for i in range(n)], "track_id": "t", "genre": ["NA", "001"] * (n // 2), "weight": 1.0}
    )


def test_round_trip_keeps_values_and_odd_labels(tmp_path, rng):
    mfcc, summary = blocks(4, rng)
    parts = [(mfcc[:3], summary[:3]), (mfcc[3:], summary[3:])]
    write(tmp_path, table(4), parts, settings=SETTINGS, statistics=STATISTICS)
    got = open_store(tmp_path)
    np.testing.assert_array_equal(got.mfcc, mfcc)
    np.testing.assert_array_equal(got.summary, summary)
    assert list(got.table["genre"]) == ["NA", "001", "NA", "001"]
    assert got.settings == SETTINGS
    assert isinstance(got.mfcc, Rows)  # unread
    taken = got.take(np.array([False, True, False, True]))
    np.testing.assert_array_equal(taken.mfcc, mfcc[[1, 3]])
    assert len(join([got, taken])) == 6


@pytest.mark.parametrize("sent", [3, 5])
def test_more_or_fewer_segments_than_the_table_are_refused(tmp_path, rng, sent):
    with pytest.raises(FeatureError, match="segments came"):
        write(tmp_path, table(4), [blocks(sent, rng)], settings=SETTINGS, statistics=STATISTICS)
    with pytest.raises(FeatureError, match="not complete"):
        open_store(tmp_path)


def test_an_interrupted_rewrite_is_not_taken_for_whole(tmp_path, rng):
    write(tmp_path, table(4), [blocks(4, rng)], settings=SETTINGS, statistics=STATISTICS)

    def stops():
        yield blocks(2, rng)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, table(4), stops(), settings=SETTINGS, statistics=STATISTICS)
    with pytest.raises(FeatureError, match="not complete"):
        open_store(tmp_path)


@pytest.mark.skipif(not __import__("os").path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_an_error_not_a_crash(tmp_path, rng):
    (tmp_path / "mfcc-00000.npy").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, table(200), [blocks(200, rng)], settings=SETTINGS, statistics=STATISTICS)
    with pytest.raises(FeatureError, match="not complete"):
        open_store(tmp_path)


def several(tmp_path, rng, monkeypatch, rows=4):
    """A store of 17 segments of four tracks in shards of about 4."""
    monkeypatch.setattr(store, "SHARD_ROWS", rows)
    lengths = {"a": 3, "b": 6, "c": 1, "d": 7}
    tracks = [name for name, count in lengths.items() for _ in range(count)]
    segments = pd.DataFrame({"segment_id": [f"s{i}" for i in range(17)], "track_id": tracks, "genre": "g"})
    mfcc, summary = blocks(17, rng)
    cut = [0, 1, 5, 5, 16, 17]
    parts = [(mfcc[a:b], summary[a:b]) for a, b in itertools.pairwise(cut)]
    write(tmp_path, segments, parts, settings=SETTINGS, statistics=STATISTICS)
    return mfcc, summary, segments


def test_shards_hold_whole_tracks_and_are_read_as_one_array(tmp_path, rng, monkeypatch):
    mfcc, summary, segments = several(tmp_path, rng, monkeypatch)
    assert store.shards(segments) == [(0, 9), (9, 17)]
    assert sorted(path.name for path in tmp_path.glob("mfcc-*.npy")) == ["mfcc-00000.npy", "mfcc-00001.npy"]
    np.testing.assert_array_equal(np.load(tmp_path / "mfcc-00001.npy"), mfcc[9:])  # any reader of .npy can read it
    got = open_store(tmp_path)
    for key in (slice(None), slice(7, 12), slice(None, None, -3), 8, -1, [16, 0, 9, 8, 0], np.arange(17) % 2 == 0):
        np.testing.assert_array_equal(got.mfcc[key], mfcc[key])
        np.testing.assert_array_equal(got.summary[key], summary[key])
    np.testing.assert_array_equal(got.summary[:, [2, 0]], summary[:, [2, 0]])
    np.testing.assert_array_equal(got.summary[3:9, 1:], summary[3:9, 1:])
    np.testing.assert_array_equal(got.summary[[9, 2], 1], summary[[9, 2], 1])
    np.testing.assert_array_equal(got.summary.columns([1, 2]).columns([1])[4:], summary[4:, [2]])
    np.testing.assert_array_equal(np.concatenate(list(got.mfcc.blocks(5))), mfcc)
    np.testing.assert_array_equal(np.asarray(got.mfcc), mfcc)
    for wrong in (17, -18, [3, 17], np.ones(3, bool)):
        with pytest.raises(IndexError):
            got.mfcc[wrong]


def test_the_bytes_of_a_store_do_not_depend_on_how_its_blocks_came(tmp_path, rng, monkeypatch):
    mfcc, summary, segments = several(tmp_path / "a", rng, monkeypatch)
    parts = [(mfcc[i : i + 1], summary[i : i + 1]) for i in range(17)]
    write(tmp_path / "b", segments, parts, settings=SETTINGS, statistics=STATISTICS)
    made = [store.write_shard(store.begin(tmp_path / "c"), k, mfcc[a:b], summary[a:b]) for k, (a, b) in ((0, (0, 9)),)]
    made.append(store.write_shard(tmp_path / "c", 1, mfcc[9:], summary[9:]))
    store.finish(tmp_path / "c", segments, made, settings=SETTINGS, statistics=STATISTICS)
    for path in sorted((tmp_path / "a").iterdir()):
        assert (
            path.read_bytes() == (tmp_path / "b" / path.name).read_bytes() == (tmp_path / "c" / path.name).read_bytes()
        )


def test_a_shard_that_is_cut_short_or_missing_is_refused(tmp_path, rng, monkeypatch):
    several(tmp_path, rng, monkeypatch)
    whole = (tmp_path / "summary-00001.npy").read_bytes()
    (tmp_path / "summary-00001.npy").write_bytes(whole[:-4])
    with pytest.raises(FeatureError, match=r"summary-00001.npy: has 220 bytes instead of 224: run the extract stage"):
        open_store(tmp_path)
    (tmp_path / "summary-00001.npy").unlink()
    with pytest.raises(FeatureError, match="has 0 bytes instead of 224"):
        open_store(tmp_path)


def test_a_store_of_an_older_version_is_refused(tmp_path):
    (tmp_path / "features.json").write_text('{"segments": 1}')
    with pytest.raises(FeatureError, match="written by an older version: run the extract stage again"):
        open_store(tmp_path)


def test_features_may_lie_elsewhere_and_are_known_by_their_sum(tmp_path, rng, monkeypatch):
    mfcc, _, segments = several(tmp_path / "far", rng, monkeypatch)
    store.point(tmp_path / "here", tmp_path / "far")
    np.testing.assert_array_equal(open_store(tmp_path / "here").mfcc[3:5], mfcc[3:5])
    other = blocks(17, rng)
    write(tmp_path / "far", segments, [other], settings=SETTINGS, statistics=STATISTICS)
    with pytest.raises(FeatureError, match="are of another run"):
        open_store(tmp_path / "here")


def test_little_is_one_block_and_much_is_many(tmp_path, rng, monkeypatch):
    from features import rows

    mfcc, _, _ = several(tmp_path, rng, monkeypatch)
    stored = open_store(tmp_path).mfcc
    assert [len(part) for part in rows.blocks(stored, 5)] == [17]
    assert not rows.streamed(stored)
    monkeypatch.setattr(rows, "MEMORY_ROWS", 16)
    assert [len(part) for part in rows.blocks(stored, 5)] == [5, 5, 5, 2]
    assert rows.streamed(stored)
    assert not rows.streamed(mfcc)


def test_what_nobody_reads_is_not_read_into_memory(tmp_path, rng, monkeypatch):
    mfcc, summary, _ = several(tmp_path, rng, monkeypatch)
    stored = open_store(tmp_path)
    for asked in (["summary"], ["embedding"]):
        some = stored.loaded(asked)
        assert isinstance(some.summary, np.ndarray)
        assert not isinstance(some.mfcc, np.ndarray)
        np.testing.assert_array_equal(some.summary, summary)
        np.testing.assert_array_equal(some.mfcc[:], mfcc)
    whole = stored.loaded()
    assert isinstance(whole.mfcc, np.ndarray)
    whole.table["weight"] = 7.0
    assert "weight" not in stored.table
