"""Temperature, threshold, and the way from segments to tracks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from musiclassify.audio.excerpts import vote
from pipeline import calibration


def segments(excerpts: dict[str, list[int]]) -> pd.DataFrame:
    """Segments: for each track, how many each excerpt has."""
    rows = [
        (name, "a" if number % 2 == 0 else "b", name, excerpt)
        for number, (name, sizes) in enumerate(excerpts.items())
        for excerpt, size in enumerate(sizes)
        for _ in range(size)
    ]
    return pd.DataFrame(rows, columns=["track_id", "genre", "group", "excerpt"])


def test_a_temperature_of_one_changes_nothing_and_a_higher_one_softens(rng):
    p = rng.dirichlet(np.ones(5), 20)
    np.testing.assert_allclose(calibration.soften(p, 1.0), p, atol=1e-12)
    soft = calibration.soften(p, 3.0)
    np.testing.assert_allclose(soft.sum(axis=1), 1.0)
    assert (soft.max(axis=1) < p.max(axis=1)).all()
    assert (soft.argmax(axis=1) == p.argmax(axis=1)).all()


@pytest.mark.parametrize("method", ["mean", "majority"])
def test_a_track_is_answered_by_the_rule_of_the_answering_side(rng, method):
    table = segments({"x": [6, 6, 2], "y": [1], "z": [6]})
    p = rng.dirichlet(np.ones(3), len(table))
    tracks, result = calibration.by_track(table, p, method)
    assert tracks["track_id"].tolist() == ["x", "y", "z"]
    expected = vote(np.array([p[:6].mean(axis=0), p[6:12].mean(axis=0), p[12:14].mean(axis=0)]), method)
    np.testing.assert_allclose(result[0], expected)
    np.testing.assert_allclose(result[1], vote(p[14:15], method))


def test_the_order_of_the_segments_does_not_matter(rng):
    table = segments({"x": [6, 6, 2], "y": [1], "z": [6]})
    p = rng.dirichlet(np.ones(3), len(table))
    _, result = calibration.by_track(table, p)
    order = rng.permutation(len(table))
    tracks, mixed = calibration.by_track(table.iloc[order].reset_index(drop=True), p[order])
    back = tracks.sort_values("track_id").index
    np.testing.assert_allclose(mixed[back], result)


def test_overconfidence_is_cooled_and_the_threshold_cuts_the_asked_share(rng):
    names = {f"t{k}": [1] for k in range(300)}
    table = segments(names)
    actual = rng.integers(0, 3, 300)
    said = np.where(rng.random(300) < 0.6, actual, rng.integers(0, 3, 300))
    p = np.full((300, 3), 0.005)
    p[np.arange(300), said] = 0.99
    p += rng.uniform(0, 0.002, p.shape)
    p /= p.sum(axis=1, keepdims=True)
    fitted = calibration.fit(table, p, actual, ["a", "b", "c"], uncertain_share=0.25)
    assert fitted.temperature > 1.5
    assert fitted.tracks == 300
    confidence = calibration.soften(p, fitted.temperature).max(axis=1)
    assert (confidence < fitted.uncertain_below).mean() == pytest.approx(0.25, abs=0.03)
    assert calibration.fit(table, p, actual, ["a", "b", "c"], uncertain_share=0.0).uncertain_below == 0.0


def test_without_validation_tracks_nothing_is_changed():
    empty = segments({})
    assert calibration.fit(empty, np.zeros((0, 2)), np.zeros(0, int), ["a", "b"]) == calibration.Calibration()
