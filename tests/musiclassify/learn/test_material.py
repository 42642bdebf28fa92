"""Copies, doubtful copies and small labels are left out and named; shares are those of the rule for songs."""

from __future__ import annotations

import numpy as np
import pytest

from musiclassify.learn import material as module
from musiclassify.learn.errors import LearnError
from musiclassify.learn.hearing import Heard
from musiclassify.learn.labels import Song
from musiclassify.learn.material import FEW_SONGS, LEAST_SONGS, gather


def _heard(*labels: tuple[str, int, int], sizes: tuple[int, ...] = (3,)) -> Heard:
    """So many songs of each label, by so many artists."""
    songs = [
        Song(f"{label} {i}", label, f"artist {label} {i % artists}")
        for label, count, artists in labels
        for i in range(count)
    ]
    segments = [np.full((sum(sizes), 2), i, np.float32) for i in range(len(songs))]
    return Heard(songs, segments, [list(sizes)] * len(songs), [song.path for song in songs])


def test_small_labels_are_left_out_and_weak_ones_named():
    found, left = gather(_heard(("few", LEAST_SONGS - 1, 4), ("one artist", 30, 1), ("weak", 6, 2), ("good", 30, 9)))
    assert found.labels == ["good", "weak"]
    assert left.labels == {"few": "4 songs by 4 artists", "one artist": "30 songs by 1 artist"}
    assert left.weak == {"weak": "6 songs by 2 artists"}
    assert FEW_SONGS > LEAST_SONGS


def test_one_label_is_not_enough_and_the_message_says_what_is_missing():
    with pytest.raises(LearnError, match="at least two labels are needed, each with 5 songs by 2; small: 2 songs by 2"):
        gather(_heard(("good", 30, 9), ("small", 2, 2)))


def test_a_copy_is_learned_once_and_one_under_two_labels_not_at_all():
    heard = _heard(("a", 8, 4), ("b", 8, 4))
    heard.digests[1] = heard.digests[0]
    heard.digests[3] = heard.digests[9] = "shared"
    found, left = gather(heard)
    assert len(found.songs) == 13
    assert sorted(path for path, _ in left.songs) == ["a 1", "a 3", "b 1"]
    assert dict(left.songs)["a 1"] == "is the same file as a 0"
    assert dict(left.songs)["b 1"] == "stands under several labels (a, b)"


def test_shares_are_those_of_excerpts_first_and_segments_then():
    found, _ = gather(_heard(("a", 5, 2), ("b", 5, 2), sizes=(3, 1)))
    assert found.share[:4] == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])
    assert np.bincount(found.song, weights=found.share) == pytest.approx(np.ones(10))


def test_large_collections_are_thinned_evenly(monkeypatch):
    monkeypatch.setattr(module, "ROWS", 30)
    heard = _heard(("a", 5, 2), ("b", 5, 2), sizes=(3, 3, 3))
    heard.segments[0] = np.arange(18, dtype=np.float32).reshape(9, 2)
    found, _ = gather(heard)
    assert np.bincount(found.song).tolist() == [3] * 10
    assert found.x[:3, 0].tolist() == [2, 8, 14]
    assert found.share[:3].sum() == pytest.approx(1)
