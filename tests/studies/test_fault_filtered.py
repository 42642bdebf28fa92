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


def test_a_genre_counts_when_nearly_all_of_both_lists_is_there_and_what_lacks_is_told():
    """Ten train and ten valid tracks each: a lacks one and no test track is asked; b lacks two of valid; c all."""
    every = [f"{genre}.{k:02d}" for genre in "abc" for k in range(20)]
    lists = pd.Series({name: "train" if int(name[2:]) < 10 else "valid" for name in every} | {"a.99": "test"})
    gone = {"a.03", "b.11", "b.12", *(f"c.{k}" for k in range(10, 20))}
    tracks = pd.DataFrame({"track_id": [name for name in every if name not in gone]})
    assert fault_filtered.complete(tracks, lists) == (["a"], ["a.03"])


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
