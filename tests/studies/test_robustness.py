"""Robustness: changed sound, the same answering rule, paired drops, and the side is named."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from augment.degrade import DEGRADATIONS
from features import FeatureSettings
from features.store import open_store
from musiclassify.audio.excerpts import Rule
from pipeline import params as parameters
from pipeline.errors import PipelineError
from studies import robustness
from studies.training import Training


@pytest.fixture
def ready(finished):
    """Parameters and layout of the tiny corpus."""
    _, values, layout = finished
    return parameters.select(values, robustness.READS), layout


def test_trained_models_and_one_without_augmentation_on_every_degradation(ready):
    params, layout = ready
    table = robustness.run(params, layout, kinds=["svm"], without=["svm"], limit=1)
    assert len(table) == 2 * (1 + len(DEGRADATIONS))
    clean = table[table["degradation"] == robustness.CLEAN]
    assert (clean["drop"] == 0).all()
    assert sorted(clean["augmented"]) == [False, True]
    np.testing.assert_allclose(
        table["drop"], np.repeat(clean["accuracy"].to_numpy(), 1 + len(DEGRADATIONS)) - table["accuracy"]
    )
    report = layout.report("studies", robustness.NAME)
    assert "validation side" in (report / "section.json").read_text(encoding="utf-8")
    assert len(pd.read_csv(report / "table.csv")) == 1 + len(DEGRADATIONS)
    assert (report / "robustness.svg").exists()


def test_the_report_tells_the_largest_drops_also_where_it_tells_how_long_was_learned(ready, capsys):
    params, layout = ready
    robustness.run(params, layout, kinds=["svm"], without=["xgb"], limit=1, training=Training(rounds=2))
    text = (layout.report("studies", "robustness") / "section.json").read_text(encoding="utf-8")
    assert "(xgb: up to 2 rounds). Largest drop, telephone left out: SVM with augmentation" in text
    assert "telephone left out: SVM with augmentation" in capsys.readouterr().out


def test_an_unchanged_track_has_the_features_that_the_extract_stage_stores(finished, ready):
    params, layout = ready
    stored = open_store(layout.features("valid"))
    name = stored.table["track_id"].iloc[0]
    usable = robustness.tracks.usable(robustness.material.read_tracks(layout))
    row = usable[usable["track_id"] == name]
    where = layout.clips(params.corpus.path)
    sets = robustness.extract(row, [robustness.CLEAN, "tempo x0.9"], where, params.features, params.rule)
    here = stored.take((stored.table["track_id"] == name).to_numpy())
    np.testing.assert_allclose(sets[robustness.CLEAN].mfcc, here.mfcc, atol=1e-4)
    assert len(sets["tempo x0.9"]) >= len(here)


def test_a_whole_song_is_cut_by_the_rule(sound_file, noise):
    path = sound_file("song.wav", noise(9.0))
    rule = Rule(skip_s=0.0, excerpt_s=4.0, min_excerpt_s=1.0)
    settings = FeatureSettings(segment_s=2.0, segment_hop_s=2.0)
    row = {"track_id": "a", "genre": "x", "group": "g"}
    [(table, mfcc, _)] = robustness.degraded(path, row, ["gain -12 dB"], settings, rule)
    assert sorted(set(table["excerpt"])) == [0, 1, 2]
    assert len(table) == len(mfcc)


def test_the_worst_drop_leaves_the_telephone_out():
    rows = [("as it is", 0.0), ("noise 10 dB", 0.1), ("telephone 8 kHz", 0.5)]
    table = pd.DataFrame([{"model": "svm", "augmented": True, "degradation": n, "drop": d} for n, d in rows])
    [found] = robustness.worst(table)
    assert found["worst"] == "noise 10 dB"
    assert found["telephone_drop"] == 0.5


def test_a_judge_answers_by_the_mean_over_segments():
    table = pd.DataFrame({"track_id": ["a", "a"], "genre": ["x", "x"], "group": ["g", "g"], "excerpt": [0, 0]})
    p = np.array([[0.6, 0.4], [0.1, 0.9]])
    judge = robustness.Judge("svm", True, SimpleNamespace(predict_proba=lambda features: p), 1.0)
    _, predicted = robustness.answer(judge, SimpleNamespace(table=table), "mean")
    assert list(predicted) == [1]


def test_no_models_at_all_are_refused(ready):
    with pytest.raises(PipelineError, match="both name none"):
        robustness.run(*ready, kinds=[], without=[])
