"""Folds keep artists whole and labels spread; scores and intervals are those of the definitions."""

from __future__ import annotations

import numpy as np
import pytest

from musiclassify.learn.folds import deal
from musiclassify.learn.scores import (
    confusion,
    ece,
    interval_scores,
    most_confused,
    pooled,
    temperature,
    threshold,
)


@pytest.mark.parametrize("seed", range(5))
def test_no_artist_stands_in_two_folds_and_every_label_in_all(seed):
    rng = np.random.default_rng(seed)
    groups = np.concatenate([np.repeat(np.arange(40), rng.integers(1, 6, 40))])
    labels = groups % 4
    folds = deal(labels, groups, 5, seed=seed)
    assert all(len(set(folds[groups == group])) == 1 for group in range(40))
    for label in range(4):
        shares = np.bincount(folds[labels == label], minlength=5) / (labels == label).sum()
        assert shares.min() > 0.08
        assert shares.max() < 0.35


def test_a_label_of_two_artists_is_never_held_out_whole():
    groups = np.repeat(np.arange(22), 3)
    labels = np.where(groups < 2, 0, 1)
    for seed in range(20):
        folds = deal(labels, groups, 5, seed=seed)
        assert len(set(folds[labels == 0])) == 2


def test_more_folds_than_artists_are_refused():
    with pytest.raises(ValueError, match="count=3 must be from 2 to the number of groups, 2"):
        deal(np.array([0, 1]), np.array([0, 1]), 3)


def test_the_scores_are_those_of_the_confusions(rng):
    right = np.repeat([0, 1, 2], [10, 20, 30])
    answered = np.where(rng.uniform(size=60) < 0.7, right, rng.integers(0, 3, 60))
    table = confusion(right, answered, 3)
    found = interval_scores(right, answered, np.arange(60) // 2, 3)
    assert found["accuracy"]["value"] == pytest.approx(np.mean(right == answered))
    assert found["macro_recall"]["value"] == pytest.approx(np.mean(np.diag(table) / [10, 20, 30]))
    for score in found.values():
        assert score["low"] < score["value"] < score["high"]


def test_songs_of_one_artist_count_as_one_draw(rng):
    right = np.zeros(200, int)
    answered = np.repeat(rng.integers(0, 2, 10), 20)  # each of ten artists all right or all wrong
    alone = interval_scores(right, answered, np.arange(200), 2)["accuracy"]
    apart = interval_scores(right, answered, np.repeat(np.arange(10), 20), 2)["accuracy"]
    assert apart["high"] - apart["low"] > 2 * (alone["high"] - alone["low"])


def test_confidences_that_are_kept_have_no_error():
    p = np.tile([[0.75, 0.25]], (100, 1))
    assert ece(p, np.repeat([0, 1], [75, 25])) == pytest.approx(0, abs=1e-9)
    assert ece(p, np.repeat([0, 1], [25, 75])) == pytest.approx(0.5)


def test_the_temperature_cools_what_was_too_sure(rng):
    true = rng.normal(size=(4000, 3))
    p = np.exp(true) / np.exp(true).sum(axis=1, keepdims=True)
    right = np.array([rng.choice(3, p=row) for row in p])
    rows = np.arange(4000)
    assert temperature(3 * true, rows, np.ones(4000), right) == pytest.approx(3, rel=0.1)


def test_a_song_is_the_weighted_mean_of_its_segments():
    p = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    found = pooled(p, np.array([0, 0, 1]), np.array([0.25, 0.75, 1.0]), 2)
    assert found == pytest.approx(np.array([[0.25, 0.75], [0.5, 0.5]]))


def test_the_threshold_leaves_the_share_below_it_and_pairs_are_sorted():
    p = np.stack([np.linspace(0.5, 1, 101), np.linspace(0.5, 0, 101)], axis=1)
    assert (p.max(axis=1) < threshold(p, 0.2)).sum() == 20
    assert most_confused(np.array([[5, 2], [3, 1]]), ["a", "b"]) == [(3, "b", "a"), (2, "a", "b")]
