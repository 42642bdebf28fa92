"""The fault-filtered table and the released models' settings: what they name is known, and what is not is refused."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml

import models
from features import taggers
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
    with pytest.raises(PipelineError, match=r"--models tree: must be of svm, xgb, cnn, svm-clean"):
        fault_filtered.run([tmp_path], ("svm", "tree"))


def test_every_model_of_the_settings_can_be_made(settings):
    study = object.__new__(release_models.Study)
    study.settings = settings
    for name in settings["models"]:
        kind, tagger, given = study.recipe(name)
        assert kind in models.KINDS
        assert taggers.named(tagger) is not None
        models.create(kind, genres=["a", "b"], **given)
    for members in settings["blends"].values():
        assert set(members) <= set(settings["models"])
        assert len({settings["models"][member]["tagger"] for member in members}) == 1
    assert {name for _, name in settings["released"]} <= {*settings["models"], *settings["blends"]}


def test_from_scratch_means_without_a_tagger(settings):
    for name in settings["blends"]["blend-scratch"]:
        assert settings["models"][name]["tagger"] == "none"
