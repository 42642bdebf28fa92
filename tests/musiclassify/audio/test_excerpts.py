"""The rule of the song: skip, cut, vote."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from musiclassify.audio.excerpts import Rule, excerpts, vote

RATE = 100  # samples a second: the arithmetic is the same


def cut(seconds: float, rule: Rule | None = None, block: int = 997) -> list[tuple[float, float]]:
    y = np.arange(round(seconds * RATE), dtype=np.float32)
    found = list(excerpts((y[i : i + block] for i in range(0, len(y), block)), rule, RATE))
    for e in found:
        np.testing.assert_array_equal(e.samples, y[round(e.start_s * RATE) : round(e.end_s * RATE)])
    return [(e.start_s, e.end_s) for e in found]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.2, [(0, 0.2)]),
        (5, [(0, 5)]),
        (30, [(0, 30)]),
        (30.7, [(0, 30)]),
        (39.99, [(0, 30)]),
        (40, [(0, 30), (30, 40)]),
        (60, [(0, 30), (30, 60)]),
        (60.01, [(30, 60)]),
        (70, [(30, 60), (60, 70)]),
        (120, [(30, 60), (60, 90), (90, 120)]),
        (129.99, [(30, 60), (60, 90), (90, 120)]),
        (130, [(30, 60), (60, 90), (90, 120), (120, 130)]),
    ],
)
def test_the_rule_of_the_design(seconds, expected):
    assert cut(seconds) == expected


@pytest.mark.parametrize("block", [1, 50, 3000, 6000, 6001, 100_000])
def test_the_size_of_the_blocks_changes_nothing(block):
    assert cut(131.5, block=block) == cut(131.5)
    assert cut(45, block=block) == cut(45)


def test_without_a_skip_nothing_is_left_out():
    assert cut(100, Rule(skip_s=0)) == [(0, 30), (30, 60), (60, 90), (90, 100)]


def test_a_longer_skip_spares_songs_that_it_would_swallow():
    rule = Rule().with_skip(90)
    assert cut(100, rule)[0] == (0, 30)
    assert cut(121, rule) == [(90, 120)]
    assert Rule().with_skip(10).skip_if_longer_than_s == 60


def test_nothing_comes_of_nothing():
    assert list(excerpts([], Rule(), RATE)) == []


def test_memory_stays_at_the_look_ahead():
    tracemalloc.start()
    try:
        blocks = (np.zeros(10 * 8000, np.float32) for _ in range(360))  # an hour
        assert sum(1 for _ in excerpts(blocks, Rule(), 8000)) == 119
        assert tracemalloc.get_traced_memory()[1] < 8e6  # the whole would be 115 MB
    finally:
        tracemalloc.stop()


def test_the_mean_vote_is_the_mean():
    table = np.array([[0.6, 0.4, 0], [0.2, 0.3, 0.5]])
    np.testing.assert_allclose(vote(table), [0.4, 0.35, 0.25])


def test_the_majority_counts_winners():
    table = np.array([[0.4, 0.35, 0.25], [0.4, 0.35, 0.25], [0.0, 1.0, 0.0]])
    result = vote(table, "majority")
    np.testing.assert_allclose(result, [2 / 3, 1 / 3, 0], atol=2e-6)
    assert result.argmax() == 0
    assert vote(table).argmax() == 1
    assert result.sum() == pytest.approx(1)


def test_the_mean_breaks_a_tie_of_the_majority():
    table = np.array([[0.5, 0.4, 0.1], [0.0, 0.9, 0.1]])
    assert vote(table, "majority").argmax() == 1
    assert vote(table[::-1], "majority").argmax() == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"skip_s": -1}, "skip_s=-1"),
        ({"excerpt_s": 0}, "excerpt_s=0"),
        ({"excerpt_s": float("nan")}, "excerpt_s=nan"),
        ({"min_excerpt_s": 31}, "min_excerpt_s=31"),
        ({"skip_s": 90}, "skip_s=90"),
        ({"vote": "loudest"}, "vote='loudest' must be one of mean, majority"),
    ],
)
def test_an_impossible_rule_is_refused_by_name(settings, message):
    with pytest.raises(ValueError, match=message):
        Rule(**settings)


def test_an_impossible_vote_is_refused():
    with pytest.raises(ValueError, match="must be one of"):
        vote(np.ones((1, 2)), "loudest")
    with pytest.raises(ValueError, match="excerpts x genres"):
        vote(np.ones(3))
