"""Scores against hand-made and independent values."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import scores

sklearn_metrics = pytest.importorskip("sklearn.metrics")


@pytest.fixture
def answers(rng):
    actual = rng.integers(0, 4, 200)
    predicted = np.where(rng.random(200) < 0.6, actual, rng.integers(0, 4, 200))
    return actual, predicted


def test_confusion_recall_and_f1_agree_with_scikit_learn(answers):
    actual, predicted = answers
    table = scores.confusion(actual, predicted, 4)
    np.testing.assert_array_equal(table, sklearn_metrics.confusion_matrix(actual, predicted))
    np.testing.assert_allclose(scores.recall(table), sklearn_metrics.recall_score(actual, predicted, average=None))
    np.testing.assert_allclose(scores.f1(table), sklearn_metrics.f1_score(actual, predicted, average=None))
    drawn = scores.bootstrap(actual, predicted, np.arange(200), genres=4, draws=300)
    assert drawn["accuracy"][0] == pytest.approx(np.mean(actual == predicted))
    assert drawn["macro_recall"][0] == pytest.approx(sklearn_metrics.balanced_accuracy_score(actual, predicted))
    assert drawn["macro_f1"][0] == pytest.approx(sklearn_metrics.f1_score(actual, predicted, average="macro"))


def test_a_genre_without_tracks_has_no_recall_and_counts_in_no_mean():
    table = scores.confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 3)
    assert scores.recall(table)[:2].tolist() == [0.5, 1.0]
    assert np.isnan(scores.recall(table)[2])
    drawn = scores.bootstrap(np.array([0, 0, 1]), np.array([0, 1, 1]), np.arange(3), genres=3, draws=100)
    assert drawn["macro_recall"][0] == 0.75


def test_the_interval_of_an_accuracy_is_about_as_wide_as_the_binomial_one(rng):
    right = (rng.random(400) < 0.7).astype(int)
    _, low, high = scores.bootstrap(np.ones(400, int), right, np.arange(400), genres=2, draws=4000)["accuracy"]
    expected = 1.96 * np.sqrt(right.mean() * (1 - right.mean()) / 400)
    assert (high - low) / 2 == pytest.approx(expected, rel=0.1)


def test_segments_of_one_track_count_as_one(rng):
    right = np.repeat((rng.random(100) < 0.7).astype(int), 6)
    actual = np.ones(600, int)
    together = scores.bootstrap(actual, right, np.repeat(np.arange(100), 6), genres=2, draws=2000)["accuracy"]
    apart = scores.bootstrap(actual, right, np.arange(600), genres=2, draws=2000)["accuracy"]
    assert together[2] - together[1] > 2 * (apart[2] - apart[1])


def test_the_bootstrap_depends_on_its_seed_alone(answers):
    one = scores.bootstrap(*answers, np.arange(200), genres=4, draws=200, seed=5)
    assert one == scores.bootstrap(*answers, np.arange(200), genres=4, draws=200, seed=5)
    assert one != scores.bootstrap(*answers, np.arange(200), genres=4, draws=200, seed=6)


def test_the_calibration_error_of_certainties_that_are_always_wrong_is_one():
    p = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert scores.ece(p, np.array([1, 1])) == 1.0
    assert scores.ece(p, np.array([0, 0])) == 0.0
    half = np.array([[0.75, 0.25]] * 4)
    assert scores.ece(half, np.array([0, 0, 0, 1])) == pytest.approx(0.0)
    assert scores.ece(half, np.array([0, 1, 1, 1])) == pytest.approx(0.5)


def test_coverage_ends_at_the_accuracy(answers, rng):
    p = rng.dirichlet(np.ones(4), 200)
    share, accuracy = scores.coverage(p, answers[0])
    assert share[-1] == 1.0
    assert accuracy[-1] == pytest.approx(np.mean(p.argmax(axis=1) == answers[0]))
    surest = p.max(axis=1).argmax()
    assert accuracy[0] == float(p[surest].argmax() == answers[0][surest])


def test_mcnemar_against_the_binomial_test(rng):
    stats = pytest.importorskip("scipy.stats")
    a, b = rng.random(80) < 0.8, rng.random(80) < 0.6
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    expected = stats.binomtest(only_a, only_a + only_b, 0.5).pvalue
    assert scores.mcnemar(a, b) == pytest.approx(expected, rel=1e-9)
    assert scores.mcnemar(a, a) == 1.0


def test_the_paired_difference_has_the_sign_of_the_better(rng):
    a, b = np.ones(50, bool), np.arange(50) % 2 == 0
    value, low, high = scores.paired_difference(a, b)
    assert value == 0.5
    assert 0.3 < low < 0.5 < high < 0.7
