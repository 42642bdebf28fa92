"""What a coder appends to fill its last packet is no part of the sound."""

from __future__ import annotations

import numpy as np
import pytest
from sounds import write_av

from musiclassify.audio.decode import decode, probe
from musiclassify.audio.steady import MOST_PADDING, without_padding


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("codec", ["aac", "alac"])
def test_an_m4a_ends_where_its_track_says(noise, tmp_path, rate, codec):
    y = noise(2.345, rate)
    path = write_av(tmp_path / "a.m4a", y, rate, codec=codec, container="ipod", format="s16")
    found = decode(path, sample_rate=rate)
    assert len(found) == len(y) == round(probe(path).duration_s * rate)


def blocks(*lengths: int) -> list[np.ndarray]:
    return [np.full((n, 2), k, np.float32) for k, n in enumerate(lengths)]


@pytest.mark.parametrize("lengths", [(10, 10), (19,), (12, 7), (25,), (20, 5), (5, 15, 3, 2)])
def test_a_little_more_than_was_meant_is_left_out(lengths):
    found = np.concatenate(list(without_padding(blocks(*lengths), 20)))
    assert np.array_equal(found, np.concatenate(blocks(*lengths))[:20])


@pytest.mark.parametrize("beyond", [(MOST_PADDING + 1,), (MOST_PADDING, 1), (9, MOST_PADDING, 9, 9)])
def test_a_sound_whose_head_says_far_too_little_is_given_whole(beyond):
    whole = blocks(20, *beyond)
    assert np.array_equal(np.concatenate(list(without_padding(whole, 20))), np.concatenate(whole))
