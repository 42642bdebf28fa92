"""Training cuts tracks as the answering side cuts songs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from musiclassify.audio import segments
from musiclassify.audio.excerpts import Rule, excerpts
from pipeline import cutting


@pytest.mark.parametrize("seconds", [0.5, 9.9, 10, 29.98, 30, 30.7, 31, 39.99, 40, 59.9, 60, 60.1, 61, 75, 100, 131.3])
@pytest.mark.parametrize(
    "rule",
    [Rule(), Rule(skip_s=0.0), Rule(excerpt_s=10.0, min_excerpt_s=3.0), Rule(skip_s=5.0, skip_if_longer_than_s=20)],
)
def test_spans_are_the_excerpts_of_the_answering_side(seconds, rule):
    rate = 100
    n = round(seconds * rate)
    expected = [
        (round(e.start_s * rate), round(e.end_s * rate)) for e in excerpts([np.zeros(n, np.float32)], rule, rate)
    ]
    assert cutting.spans(n, rule, rate) == expected


def test_segments_of_all_lengths_are_named_in_order():
    tracks = pd.DataFrame(
        [("gtzan", "a", "g", 29.98), ("song", "a", "g", 100.0), ("short", "b", "h", 1.5)],
        columns=["track_id", "genre", "group", "duration_s"],
    )
    pieces = cutting.cut(tracks, rule=Rule(), sample_rate=22050, segment=110250, hop=110250)
    count = pieces["track_id"].value_counts()
    assert count["gtzan"] == 6
    assert count["song"] == 6 + 6 + segments.count(10 * 22050)
    assert count["short"] == 1
    assert pieces["segment_id"].is_unique
    song = pieces[pieces["track_id"] == "song"]
    assert song["segment"].tolist() == list(range(14))
    assert song["start_s"].iloc[0] == 30.0
    assert song["excerpt"].tolist() == [0] * 6 + [1] * 6 + [2] * 2
    short = pieces[pieces["track_id"] == "short"].iloc[0]
    assert short["start"] == 0
    assert short["duration_s"] == 1.5
    assert (pieces["copy"] == 0).all()
    assert cutting.segment_id("x", 3, 0) == "x:03"
    assert cutting.segment_id("x", 3, 2) == "x:03+2"
