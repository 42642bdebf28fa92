"""The fault-filtered table and the released models' settings: what they name is known, and what is not is refused."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml

import models
from pipeline.errors import PipelineError
from studies import fault_filtered, release_models


@pytest.fixture
def settings():
    return yaml.safe_load(release_models.SETTINGS.read_text(encoding="utf-8"))


def test_a_genre_is_complete_when_no_listed_track_lacks():
    lists = pd.Series({"a.1": "train", "a.2": "valid", "a.3": "test", "b.1": "train", "b.2": "valid"})
    tracks = pd.DataFrame({"track_id": ["a.1", "a.2", "b.1"], "genre": ["a", "a", "b"]})
    assert fault_filtered.complete(tracks, lists) == ["a"]


def test_an_unknown_model_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(PipelineError, match=r"--models tree: must be of svm, xgb, cnn, svm-scratch"):
        fault_filtered.run([tmp_path], ("svm", "tree"))


def test_every_model_of_the_settings_can_be_made(settings):
    study = object.__new__(release_models.Study)
    study.settings = settings
    for name in [*settings["models"], *settings["compared"]]:
        kind, given = study.recipe(name)
        assert kind in models.KINDS
        models.create(kind, genres=["a", "b"], **given)
    assert set(settings["compared_blend"]["of"]) <= set(settings["compared"])


def test_from_scratch_means_without_the_tagger(settings):
    for name in ("svm-scratch", "xgb-scratch"):
        assert {"tag_", "embedding_"} <= set(settings["compared"][name]["leave_out"])
