"""The models of the studies: options go to the kind that has them, and a trained model that lacks is named."""

from __future__ import annotations

import pytest

from pipeline import params as parameters
from pipeline.errors import PipelineError
from pipeline.layout import Layout
from studies.training import Training, trained


def test_options_go_to_the_kind_that_has_them(finished):
    params = parameters.select(finished[1], ("base.seed", "cnn", "svm", "xgb"))
    kind, settings = Training(epochs=3, rounds=7).settings(params, "original")
    assert kind == "cnn"
    assert settings.architecture == "original"
    assert settings.epochs == 3
    assert not hasattr(settings, "rounds")
    assert Training(epochs=3, rounds=7).settings(params, "xgb")[1].rounds == 7
    assert Training(epochs=3).settings(params, "svm")[1] == params.svm
    assert Training(epochs=3).settings(params, "cnn", epochs=4)[1].epochs == 4


def test_a_model_that_is_not_trained_yet_is_named_with_its_stage(tmp_path):
    for kind, stage in (("svm", "train@svm"), ("blend", "blend")):
        with pytest.raises(PipelineError, match=f"run `dvc repro {stage}` or leave {kind} out of --kinds"):
            trained(Layout("none", tmp_path), kind)
