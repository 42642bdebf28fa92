"""Importance: every statistic has a family, a family that says nothing is worth nothing, maps point where it sounds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from features import Engine, FeatureSettings, filters
from features.families import label_of, labels
from features.store import FeatureSet
from pipeline import params as parameters
from pipeline.errors import PipelineError
from studies import importance


def test_every_statistic_of_the_engine_has_a_family():
    names = [label_of(name) for name in Engine(FeatureSettings(tagger="msd-musicnn")).statistics]
    assert set(names) == set(labels())
    assert len(labels()) == 11
    columns = [name for name, first in zip(names, [None, *names], strict=False) if name != first]
    assert columns[-5:] == list(labels()[-5:])


@pytest.fixture
def listening():
    """A model that looks at ``chroma_0_mean`` alone, and features of 20 tracks of two genres."""
    rng = np.random.default_rng(0)
    genre = np.repeat([0, 1], 20)
    names = ("chroma_0_mean", "rms_mean", "flux_rise_band0")
    summary = rng.standard_normal((40, 3)).astype(np.float32)
    summary[:, 0] = np.where(genre == 1, 1.0, -1.0)
    table = pd.DataFrame(
        {"track_id": [f"t{k // 2}" for k in range(40)], "genre": np.array(["a", "b"])[genre], "group": "g"}
    ).assign(excerpt=0)
    features = FeatureSet(table, np.zeros((40, 2, 2), np.float32), summary, names, FeatureSettings())

    def predict(f):
        p = 1 / (1 + np.exp(-4 * f.summary[:, 0]))
        return np.stack([1 - p, p], axis=1)

    return SimpleNamespace(genres=["a", "b"], predict_proba=predict), features


def test_only_the_family_that_is_listened_to_is_worth_something(listening):
    model, features = listening
    before = features.summary.copy()
    table = importance.permutation(model, features, temperature=1.0, vote="mean", repeats=5, seed=1)
    by = table.set_index("family")
    assert table["family"].iloc[0] == "chroma"
    assert by.at["chroma", "accuracy_drop"] > 0.2
    assert (by.loc[["loudness", "flux"], ["accuracy_drop", "log_probability_drop"]] == 0).all().all()
    np.testing.assert_array_equal(features.summary, before)


def test_a_shuffle_keeps_the_columns_of_a_family_together(listening):
    _, features = listening
    made = importance.shuffled(features, np.array([0, 1]), np.random.default_rng(2))
    pairs = {tuple(row) for row in features.summary[:, :2].tolist()}
    assert {tuple(row) for row in made.summary[:, :2].tolist()} == pairs
    np.testing.assert_array_equal(made.summary[:, 2], features.summary[:, 2])


def test_occlusion_points_at_the_patch_that_the_model_looks_at():
    width, frames = 20, 40
    dct = filters.dct_matrix(width, width)
    bands = np.zeros((1, frames, width), np.float32)
    bands[0, 10:20, 5] = 10.0
    settings = FeatureSettings()
    table = pd.DataFrame({"track_id": ["a"], "genre": ["x"]})
    features = FeatureSet(table, bands @ dct.T, np.zeros((1, 1), np.float32), ("rms_mean",), settings)

    def predict(f):
        level = np.asarray(f.mfcc @ dct)[:, 10:20, 5].mean(axis=1) / 10
        return np.stack([level, 1 - level], axis=1)

    heat = importance.occlusion(SimpleNamespace(predict_proba=predict), features, 0, patches=(4, 4))
    assert heat.shape == (1, 4, 4)
    assert np.unravel_index(heat[0].argmax(), (4, 4)) == (1, 1)
    assert np.abs(np.delete(heat[0].ravel(), 5)).max() < 1e-4
    with pytest.raises(PipelineError, match="patches"):
        importance.occlusion(SimpleNamespace(predict_proba=predict), features, 0, patches=(99, 4))


def test_overlapping_segments_share_their_time():
    parts = np.stack([np.zeros((4, 1)), np.ones((4, 1))])
    joined = importance.whole_clip(parts, np.array([10.0, 12.5]), 5.0)
    assert joined[:, 0].tolist() == [0, 0, 0.5, 0.5, 1, 1]


def test_clips_for_maps_are_surest_right_answers_of_different_genres():
    tracks = pd.DataFrame({"track_id": list("abcd"), "genre": ["x", "x", "y", "y"]})
    p = np.array([[0.9, 0.1], [0.6, 0.4], [0.95, 0.05], [0.4, 0.6]])
    assert importance.clips_for_maps(tracks, p, ["x", "y"], 2) == [0, 3]


def test_families_and_maps_are_written(finished):
    _, values, layout = finished
    params = parameters.select(values, importance.READS)
    found = importance.run(params, layout, kinds=["xgb", "cnn"], repeats=2, clips=2)
    assert found["xgb"]["gain_share"].sum() == pytest.approx(1, abs=1e-4)
    report = layout.report("studies", importance.NAME)
    for name in ("families.csv", "families.svg", "statistics.csv", "maps.png", "metrics.json", "section.json"):
        assert (report / name).exists()


def test_an_untrained_kind_is_named(finished, tmp_path):
    from pipeline.layout import Layout

    params = parameters.select(finished[1], importance.READS)
    with pytest.raises(PipelineError, match="train@xgb"):
        importance.run(params, Layout("none", tmp_path), kinds=["xgb"])
