"""What is learned answers new artists; the score tells chance from knowledge and artists from labels."""

from __future__ import annotations

import numpy as np
import pytest

from musiclassify.learn.fit import learn
from musiclassify.learn.labels import Song
from musiclassify.learn.material import Material
from musiclassify.learn.solver import softmax


def _material(rng, label_size: float, artist_size: float, songs: int = 96, labels: int = 3, columns: int = 6):
    """Songs of 24 artists whose columns carry so much of the label and so much of the artist."""
    groups = np.arange(songs) % 24
    right = groups % labels
    centres = (
        label_size * rng.normal(size=(labels, columns))[right] + artist_size * rng.normal(size=(24, columns))[groups]
    )
    x = np.repeat(centres + 0.3 * rng.normal(size=centres.shape), 2, axis=0)
    x += 0.3 * rng.normal(size=x.shape)
    named = [Song(str(i), "abc"[right[i]], f"artist {groups[i]}") for i in range(songs)]
    return Material(
        list("abc"[:labels]), named, [str(i) for i in range(songs)], right, groups,
        x.astype(np.float32), np.repeat(np.arange(songs), 2), np.full(2 * songs, 0.5),
    )  # fmt: skip


def test_labels_that_can_be_heard_are_learned(rng):
    material = _material(rng, 2.0, 0.3)
    learned = learn(material)
    assert learned.scores["accuracy"]["value"] > 0.9
    p = softmax(learned.head.scores(material.x))
    assert (p.argmax(axis=1) == material.right[material.song]).mean() > 0.95
    assert 0 < learned.uncertain_below < 1


def test_what_only_tells_artists_apart_scores_as_chance(rng):
    """The same columns scored by songs alone would look perfect: this is the leak that the folds are there for."""
    material = _material(rng, 0.0, 3.0, columns=24)
    apart = learn(material).scores["accuracy"]
    alone = Material(**{**material.__dict__, "groups": np.arange(96)})
    leaking = learn(alone).scores["accuracy"]["value"]
    assert leaking > 0.8
    assert apart["value"] < 0.6
    assert apart["low"] < 1 / 3 + 0.1


def test_pure_noise_scores_as_chance(rng):
    scores = learn(_material(rng, 0.0, 0.0)).scores
    assert scores["accuracy"]["low"] < 1 / 3 < scores["accuracy"]["high"]


def test_the_same_songs_and_seed_give_the_same_bits(rng):
    material = _material(rng, 1.0, 0.5)
    first, again = learn(material, seed=3), learn(material, seed=3)
    assert np.array_equal(first.head.weights, again.head.weights)
    assert first.scores == again.scores


def test_two_labels_by_two_artists_each_are_enough(rng):
    material = _material(rng, 2.0, 0.1, songs=20, labels=2)
    few = Material(**{**material.__dict__, "groups": material.right + 2 * (np.arange(20) // 2 % 2)})
    scores = learn(few).scores
    assert scores["artists"] == 4
    assert scores["folds"] == 4
    assert sum(map(sum, scores["confusion"])) == 20


def test_two_artists_who_both_made_all_labels_are_enough(rng):
    material = _material(rng, 2.0, 0.1, songs=24, labels=2)
    few = Material(**{**material.__dict__, "groups": np.arange(24) // 12})
    scores = learn(few).scores
    assert (scores["artists"], scores["folds"]) == (2, 2)
    assert scores["accuracy"]["value"] > 0.8


def test_confidences_are_worth_what_they_say(rng):
    learned = learn(_material(rng, 0.7, 0.4, songs=480))
    right = np.arange(480) % 24 % 3
    best = learned.probabilities.max(axis=1)
    good = learned.probabilities.argmax(axis=1) == right
    assert best.mean() == pytest.approx(good.mean(), abs=0.08)
