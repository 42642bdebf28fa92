"""Ablation: one part less at a time, learned on train, scored on validation, never on test."""

from __future__ import annotations

import pandas as pd
import pytest

import models
from augment import AugmentSettings, Recipe
from features import taggers
from features.store import open_store
from models.columns import chosen_columns
from pipeline import params as parameters
from pipeline.errors import PipelineError
from settings import replace
from studies import ablation


@pytest.fixture
def ready(finished):
    """Parameters and layout of the tiny corpus."""
    _, values, layout = finished
    return parameters.select(values, ablation.READS), layout


def test_a_row_for_the_whole_and_for_each_part(ready):
    params, layout = ready
    table = ablation.run(params, layout, kinds=["svm"], only=["copies", "equaliser"])
    assert list(table["variant"]) == ["all of it", "without copies", "without equaliser"]
    assert table.loc[0, "difference"] == 0
    assert table.loc[1, "training_segments"] * 2 == table.loc[0, "training_segments"]
    assert (table["difference_low"] <= table["difference"]).all()
    report = layout.report("studies", ablation.NAME)
    assert (report / "ablation.svg").exists()
    assert "validation side" in (report / "section.json").read_text(encoding="utf-8")
    kept = open_store(layout.data / "studies" / ablation.NAME).table
    sides = pd.read_csv(layout.split, dtype={"track_id": str}).set_index("track_id")["split"]
    assert "test" not in set(sides[kept["track_id"]])


def test_leaving_a_transform_out_changes_only_the_copies_that_had_it(ready):
    params, layout = ready
    ablation.run(params, layout, kinds=["svm"], only=["equaliser"])
    kept = open_store(layout.data / "studies" / ablation.NAME)
    recipes = kept.table[kept.table["copy"] > 0]["recipe"].map(Recipe.from_json)
    with_equaliser = sum(bool(recipe.eq) for recipe in recipes)
    copies = len(open_store(layout.features("train"))) // 2
    assert len(recipes) == copies + with_equaliser


def test_parts_that_are_off_already_are_not_tried():
    recipe = AugmentSettings(pitch={"probability": 0.0})
    names = [v.name for v in ablation.variants("svm", recipe, {}, 3)]
    assert "without pitch" not in names
    assert {"without tempo", "without low-pass", "without copies"} <= set(names)
    assert [v.name for v in ablation.variants("svm", AugmentSettings(copies=0), {}, 3)] == ["all of it"]


def test_what_the_tagger_gives_is_a_part():
    off = AugmentSettings(copies=0)
    found = ablation.variants("svm", off, models.create("svm", genres=[]).settings, 3, tagger="msd-musicnn")
    assert [v.name for v in found] == ["all of it", "without the tagger"]
    names = ["mfcc_00_mean", *taggers.statistics("msd-musicnn")]
    less = found[1].settings["leave_out"]
    assert [names[i] for i in chosen_columns("svm", names, [name for name in less if name in names])] == names[:1]
    assert less[0] == "mfcc_correlation"


def test_the_cnn_has_parts_of_its_own(ready):
    settings = replace(ready[0].cnn, ensemble_size=1, mixup=0.3, second_view=True, eq_db=6.0)
    found = {v.name: v for v in ablation.variants("cnn", AugmentSettings(copies=0), settings, 2)}
    assert "not taught by the tagger" not in found
    taught = ablation.variants("cnn", AugmentSettings(copies=0), replace(settings, taught=2.0), 2, tagger="msd-musicnn")
    assert {v.name: v.settings for v in taught}["not taught by the tagger"] == {"taught": 0.0}
    assert found["without the second view"].settings == {"second_view": False}
    assert found["2 seeds averaged"].settings == {"ensemble_size": 2}
    assert found["without feature variations"].settings["eq_db"] == 0
    three = replace(settings, ensemble_size=3)
    assert "one seed" in {v.name for v in ablation.variants("cnn", AugmentSettings(), three, 2)}


def test_words_that_fit_no_part_are_refused_with_the_list():
    found = ablation.variants("svm", AugmentSettings(), {}, 3)
    with pytest.raises(PipelineError, match="without pitch"):
        ablation.chosen(found, ["reverb"])
