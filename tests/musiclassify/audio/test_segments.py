"""Segments are counted in samples, the same for clips and for excerpts."""

from __future__ import annotations

import numpy as np
import pytest

from musiclassify.audio.segments import HOP, SEGMENT, count, loop, starts

RATE = 22_050


@pytest.mark.parametrize("seconds", [29.98, 30.0, 30.01, 30.7])
def test_every_clip_of_gtzan_has_six(seconds):
    n = round(seconds * RATE)
    at = starts(n)
    assert len(at) == count(n) == 6
    assert at[-1] + SEGMENT <= n
    assert list(at[:5]) == [k * HOP for k in range(5)]


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (1, 1),
        (SEGMENT - 1, 1),
        (SEGMENT, 1),
        (SEGMENT + SEGMENT // 5, 1),
        (SEGMENT + SEGMENT // 5 + 1, 2),
        (2 * SEGMENT, 2),
        (2 * SEGMENT + SEGMENT // 5, 2),
        (2 * SEGMENT + SEGMENT // 5 + 1, 3),
    ],
)
def test_a_remainder_counts_from_a_fifth_of_a_segment(n, expected):
    assert count(n) == len(starts(n)) == expected


def test_segments_lie_inside_and_do_not_repeat(rng):
    for _ in range(200):
        segment, hop = (int(v) for v in rng.integers(1, 400, 2))
        n = int(rng.integers(segment, 5000))
        at = starts(n, segment, hop)
        assert at.dtype == np.int64
        assert at[0] == 0
        assert at[-1] + segment <= n
        assert (np.diff(at) > 0).all()


def test_loop_repeats_and_cuts():
    y = np.arange(3, dtype=np.float32)
    np.testing.assert_array_equal(loop(y, 8), [0, 1, 2, 0, 1, 2, 0, 1])
    assert loop(y, 8).dtype == np.float32
    assert loop(y, 3) is y
    assert loop(y, 2) is y


def test_impossible_arguments_are_named():
    with pytest.raises(ValueError, match="hop=0"):
        count(10, 5, 0)
    with pytest.raises(ValueError, match="n=0"):
        starts(0)
    with pytest.raises(ValueError, match="at least one sample"):
        loop(np.zeros(0), 4)
