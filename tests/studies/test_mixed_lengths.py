"""Clips of mixed lengths: the form of a segment must say nothing about its genre."""

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from augment import AugmentSettings
from features import Engine, FeatureSettings
from studies import mixed_lengths

SETTINGS = FeatureSettings(segment_s=2.0, segment_hop_s=2.0)
RATE = SETTINGS.sample_rate


@pytest.fixture
def tracks(tmp_path, rng):
    rows = []
    for k, (genre, seconds) in enumerate(
        [("long", 6.0), ("long", 6.1), ("mixed", 6.0), ("mixed", 1.2), ("mixed", 1.4)]
    ):
        file = tmp_path / f"{genre}.{k:05d}.wav"
        sf.write(file, (0.1 * rng.standard_normal(int(seconds * RATE))).astype(np.float32), RATE, subtype="FLOAT")
        rows.append(
            {"track_id": file.stem, "genre": genre, "group": file.stem, "file": str(file), "duration_s": seconds}
        )
    return pd.DataFrame(rows)


def planned(tracks, **changes):
    options = {
        "settings": SETTINGS,
        "recipes": AugmentSettings(copies=1),
        "piece_s": (1.1, 1.5),
        "pieces": 2,
        "piece_copies": 1,
        "short_copies": 2,
        "seed": 4,
    }
    return mixed_lengths.plan(tracks, **(options | changes))


def test_every_form_of_every_track(tracks):
    table = planned(tracks)
    counts = table.groupby(["track_id", "form"]).size()
    assert counts["long.00000", "whole"] == 3 * 2
    assert counts["long.00000", "piece"] == 2 * 2
    assert counts["mixed.00003", "piece"] == 3
    assert ("mixed.00003", "whole") not in counts
    assert (table[table["form"] == "check"].groupby("track_id").size() == 1).all()
    assert table["segment_id"].is_unique


def test_pieces_of_long_clips_are_as_long_as_short_clips(tracks):
    table = planned(tracks)
    pieces = table[table["form"] == "piece"]
    assert pieces["length"].between(1.1 * RATE - 1, 1.5 * RATE).all()


def test_the_same_seed_gives_the_same_plan(tracks):
    pd.testing.assert_frame_equal(
        planned(tracks), planned(tracks.iloc[::-1]).loc[lambda t: t.index].pipe(_ordered(tracks))
    )


def _ordered(tracks):
    order = {name: k for k, name in enumerate(tracks["track_id"])}

    def sort(table):
        return table.sort_values("track_id", key=lambda c: c.map(order), kind="stable", ignore_index=True)

    return sort


def test_balance_gives_each_genre_the_same_share_of_pieces(tracks):
    table = planned(tracks)
    table = table[table["form"] != "check"].reset_index(drop=True)
    weight = mixed_lengths.balance(table, 0.3)
    assert weight.mean() == pytest.approx(1.0)
    shares = pd.Series(weight).groupby([table["genre"], table["form"]]).sum() / weight.sum()
    assert shares["long", "piece"] == pytest.approx(0.15)
    assert shares["mixed", "piece"] == pytest.approx(0.15)
    assert shares["mixed", "whole"] == pytest.approx(0.35)


def test_a_piece_is_handled_as_a_short_clip_is(tracks):
    table = planned(tracks)
    row = table[(table["track_id"] == "long.00000") & (table["form"] == "piece") & (table["copy"] == 0)].iloc[[0]]
    mfcc, summary = mixed_lengths.extract_track(row["file"].iloc[0], row, SETTINGS)
    y, _ = sf.read(row["file"].iloc[0], dtype="float32")
    first, length = int(row["first"].iloc[0]), int(row["length"].iloc[0])
    want = Engine(SETTINGS).extract(y[first : first + length])
    np.testing.assert_allclose(mfcc, want.segments, atol=1e-4)
    np.testing.assert_allclose(summary, want.summary, rtol=1e-4, atol=1e-4)


def test_answers_come_from_whole_segments_of_long_and_the_piece_of_short_clips(tracks):
    table = planned(tracks)
    scored = table[mixed_lengths.scored_rows(table)]
    assert (scored["copy"] == 0).all()
    forms = scored.groupby("track_id")["form"].agg(set).to_dict()
    assert forms["long.00000"] == {"whole"}
    assert forms["mixed.00004"] == {"piece"}
    assert set(forms) == set(tracks["track_id"])
