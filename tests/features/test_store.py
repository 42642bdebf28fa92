"""Features on disk are whole or refused."""

import numpy as np
import pandas as pd
import pytest

from features import FeatureError, FeatureSettings
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
    assert isinstance(got.mfcc, np.memmap)
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
    (tmp_path / "mfcc.npy").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, table(200), [blocks(200, rng)], settings=SETTINGS, statistics=STATISTICS)
    with pytest.raises(FeatureError, match="not complete"):
        open_store(tmp_path)
