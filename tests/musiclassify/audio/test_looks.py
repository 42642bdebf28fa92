"""Looks at a song: where they lie, which are kept, in what order they are heard."""

import numpy as np
import pytest

from musiclassify.audio.excerpts import Excerpt
from musiclassify.audio.looks import Looks, cut, order, spare, spread

RATE, SEGMENT, HOP = 1000, 5000, 12_500


def excerpt(samples, start_s=0.0):
    return Excerpt(start_s, start_s + len(samples) / RATE, np.asarray(samples, np.float32))


def cuts(samples, start_s=0.0):
    pieces = cut(excerpt(samples, start_s), segment=SEGMENT, hop=HOP, sample_rate=RATE, silence_peak=1e-4)
    return [p and (round(p.start_s * RATE), round(p.end_s * RATE)) for p in pieces]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 12, 25])
def test_every_place_is_visited_once(count):
    assert sorted(spread(count)) == list(range(count))


@pytest.mark.parametrize("count", [8, 24, 100])
def test_any_beginning_of_the_order_is_spread_over_the_whole(count):
    for visited in range(1, count):
        places = sorted(spread(count)[:visited])
        gaps = np.diff([-1, *places, count])
        assert gaps.max() <= 2 * max(1, gaps.min()) + 2 or gaps.max() <= 2 * count / (visited + 1) + 2


def test_looks_lie_where_segments_do(rng):
    assert cuts(rng.normal(size=30_000)) == [(0, 5000), (12_500, 17_500), (25_000, 30_000)]
    assert cuts(rng.normal(size=30_000), 60.0)[0] == (60_000, 65_000)


def test_what_is_shorter_than_a_segment_is_one_look(rng):
    assert cuts(rng.normal(size=1200)) == [(0, 1200)]


def test_silent_looks_are_nothing(rng):
    samples = rng.normal(size=30_000)
    samples[:12_000] = 0
    assert cuts(samples) == [None, (12_500, 17_500), (25_000, 30_000)]
    assert cuts(np.zeros(30_000)) == [None, None, None]


def test_sound_between_the_segments_is_found():
    samples = np.zeros(30_000)
    samples[9_000] = 0.5
    assert cuts(samples) == [None, None, None]
    look = spare(excerpt(samples, 60.0), segment=SEGMENT, sample_rate=RATE)
    assert (look.start_s, look.end_s, look.samples.max()) == (66.5, 71.5, 0.5)


def test_a_look_does_not_keep_its_excerpt(rng):
    whole = excerpt(rng.normal(size=30_000))
    pieces = cut(whole, segment=SEGMENT, hop=HOP, sample_rate=RATE, silence_peak=1e-4)
    assert not any(np.shares_memory(piece.samples, whole.samples) for piece in pieces)


@pytest.mark.parametrize("room", [2, 6, 16])
@pytest.mark.parametrize("count", [0, 1, 5, 16, 17, 33, 100])
def test_all_are_visited_once_every_n_th_first(count, room):
    visited = list(order(count, room))
    assert sorted(visited) == list(range(count))
    stride = next(s for s in (2**k for k in range(20)) if -(-count // s) <= room)
    assert sorted(visited[: -(-count // stride)]) == list(range(0, count, stride))


def kept(audible, room=8, most=4):
    """Which of a row of looks are visited, offered one at a time, as a song is decoded."""
    looks = Looks(room, most)
    for at, heard in enumerate(audible):
        looks.offer([excerpt(np.ones(1), float(at)) if heard else None])
    assert len(looks._kept) <= 4 * room
    return [round(look.start_s) for look in looks.visited()]


@pytest.mark.parametrize("offered", [1, 7, 8, 9, 16, 17, 100, 1080])
def test_of_a_long_song_those_are_kept_that_are_visited_first(offered):
    assert kept([True] * offered) == list(order(offered, 8))[:4]


def test_silent_ones_are_passed_over_in_the_same_order(rng):
    for _ in range(50):
        audible = rng.random(rng.integers(1, 300)) < rng.choice([0.1, 0.5, 0.9])
        assert kept(audible) == [at for at in order(len(audible), 8) if audible[at]][:4]
    assert kept([False] * 99) == []


def test_room_for_a_single_look_is_refused():
    with pytest.raises(ValueError, match="room=1 must be 2 or more"):
        Looks(1, 1)
