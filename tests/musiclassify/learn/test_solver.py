"""The solver finds the minimum, the same one every time, and weights count as copies do."""

from __future__ import annotations

import numpy as np
import pytest

from musiclassify.learn.solver import fit_softmax, minimise, softmax


@pytest.fixture
def blobs(rng):
    labels = np.repeat([0, 1, 2], 40)
    return rng.normal(size=(120, 5)) + 1.5 * rng.normal(size=(3, 5))[labels], labels


def test_it_finds_the_bottom_of_a_bowl_that_is_known(rng):
    a = rng.normal(size=(8, 8))
    bowl, goal = a @ a.T + np.eye(8), rng.normal(size=8)
    found = minimise(lambda at: (float((at - goal) @ bowl @ (at - goal)) / 2, bowl @ (at - goal)), np.zeros(8))
    assert found == pytest.approx(goal, abs=1e-3)


def test_the_gradient_at_what_it_finds_is_next_to_nothing(blobs):
    x, labels = blobs
    w, b = fit_softmax(x, labels, 3, strength=0.1)
    off = (softmax(x @ w + b) - np.eye(3)[labels]) / len(x)
    assert np.abs(x.T @ off + 0.1 * w).max() < 2e-4
    assert np.abs(off.sum(axis=0)).max() < 2e-4


def test_it_agrees_with_scikit_learn(blobs):
    linear = pytest.importorskip("sklearn.linear_model", reason="no scikit-learn: pip install .[learn]")
    x, labels = blobs
    w, b = fit_softmax(x, labels, 3, strength=0.05)
    other = linear.LogisticRegression(C=1 / (0.05 * len(x)), tol=1e-8, max_iter=2000).fit(x, labels)
    assert softmax(x @ w + b) == pytest.approx(other.predict_proba(x), abs=5e-3)


def test_a_row_of_twice_the_weight_is_a_row_that_stands_twice(blobs):
    x, labels = blobs
    twice = np.concatenate([np.arange(120), np.arange(30)])
    weights = np.ones(120)
    weights[:30] = 2
    a = np.concatenate([one.ravel() for one in fit_softmax(x, labels, 3, strength=0.1, weights=weights)])
    b = np.concatenate([one.ravel() for one in fit_softmax(x[twice], labels[twice], 3, strength=0.1)])
    assert a == pytest.approx(b, abs=2e-3)


def test_the_same_rows_give_the_same_bits(blobs):
    x, labels = blobs
    first, again = (fit_softmax(x, labels, 3, strength=0.1)[0] for _ in range(2))
    assert np.array_equal(first, again)


def test_a_label_without_rows_and_numbers_far_apart_do_no_harm(rng):
    x = np.concatenate([rng.normal(size=(20, 3)) * 1e3, rng.normal(size=(20, 3)) * 1e-3])
    w, b = fit_softmax(x, np.repeat([0, 2], 20), 3, strength=1e-3)
    assert np.isfinite(w).all()
    assert (softmax(x @ w + b).argmax(axis=1) != 1).all()


def test_a_strength_of_nothing_is_refused(blobs):
    with pytest.raises(ValueError, match="strength=0 must be above 0"):
        fit_softmax(*blobs, 3, strength=0)
