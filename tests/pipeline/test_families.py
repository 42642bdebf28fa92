"""Families of models beside those that params.yaml describes: one parameter, one comparison."""

from __future__ import annotations

import copy
import importlib
import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import models
from features import taggers
from features.store import open_store
from musiclassify.released import registry
from pipeline import evaluate, extract, families, report, roster, train
from pipeline import params as parameters
from pipeline.errors import ParamsError
from pipeline.files import read_json
from pipeline.layout import Layout
from studies import held_out

KINDS = ("cnn", "svm", "xgb", "blend")


@pytest.fixture(scope="module")
def beside(finished, tmp_path_factory):
    """The finished run of the tiny corpus, gone on with the family `clean` beside it."""
    root, values, done = finished
    values = copy.deepcopy(values) | {"families": {"beside": ["clean"]}}
    layout = Layout("tiny", tmp_path_factory.mktemp("families"))
    shutil.copytree(root, layout.root, dirs_exist_ok=True)
    extract.run(parameters.select(values, extract.READS), layout)
    for module, kind in product((train, evaluate), KINDS):
        name = families.joined(kind, "clean")
        reads = module.READS(name) if callable(module.READS) else module.READS
        module.run(parameters.select(values, reads), layout, name)
    for name in ("compare", "release", "report"):
        module = importlib.import_module(f"pipeline.{name}")
        module.run(parameters.select(values, module.READS), layout)
    return values, layout, done


def test_what_all_families_hear_is_extracted_once_and_each_is_given_its_own(beside):
    _, layout, done = beside
    found, before = open_store(layout.features("valid")), open_store(done.features("valid"))
    assert found.settings.tagger == "mtt-musicnn"
    assert found.statistics == before.statistics + taggers.statistics("mtt-musicnn")
    scratch = families.heard(found, "none")
    assert scratch.settings == before.settings
    np.testing.assert_array_equal(scratch.summary, before.summary)  # so the sections' models learn the same as alone
    assert families.heard(scratch, "none") is scratch


def test_the_models_of_a_run_are_the_same_with_a_family_beside_them(beside):
    values, layout, done = beside
    train.run(parameters.select(values, train.READS("svm")), layout, "svm")
    evaluate.run(parameters.select(values, evaluate.READS), layout, "svm")
    for stage, file in (("train", "validation.csv"), ("evaluate", "predictions.csv"), ("evaluate", "metrics.json")):
        assert (layout.report(stage, "svm") / file).read_bytes() == (done.report(stage, "svm") / file).read_bytes()


def test_a_family_has_its_own_settings_names_and_hearing(beside):
    values, layout, _ = beside
    config = read_json(layout.model("svm-clean") / "released" / "config.json")
    assert config["name"] == "tiny-svm-clean-v0.0"
    assert config["corpus"] == "tiny"
    assert config["features"]["tagger"] == "mtt-musicnn"
    learned = models.load(layout.model("svm-clean")).settings
    assert (learned.components, learned.gamma) == (200, 0.1)
    assert learned.slope == values["svm"]["slope"]  # what a family does not say is as the section says
    assert models.load(layout.model("cnn-clean")).settings.architecture == "pretrained"
    assert set(models.load(layout.model("blend-clean")).members) == {"cnn", "svm", "xgb"}
    metadata = read_json(layout.model("svm-clean") / "released" / "metadata.json")
    assert metadata["command"] == "dvc repro family_train@clean-svm"
    assert registry.find("tiny/svm-clean", layout.root / "models") == layout.model("svm-clean") / "released"


def test_all_stand_in_one_comparison_and_on_one_page(beside):
    _, layout, done = beside
    table = pd.read_csv(layout.report("compare") / "table.csv")
    assert table["model"].tolist() == [*KINDS, *(f"{kind}-clean" for kind in KINDS)]
    assert table["chosen"].sum() == 1
    pairs = pd.read_csv(layout.report("compare") / "pairs.csv")
    assert len(pairs) == 6 + 6 + 4  # within each family, and each kind with itself
    assert set(read_json(layout.report("compare") / "scores.json")) == {"tracks", "chosen", *table["model"]}
    page = (layout.reports / "index.html").read_text(encoding="utf-8")
    alone = (done.reports / "index.html").read_text(encoding="utf-8")
    for words in ("SVM, clean", "Blend, clean", "MTT_musicnn of Pons and Serra"):
        assert words in page
        assert words not in alone
    assert sorted(p.name for p in layout.release.iterdir()) == sorted(f"tiny-{kind}-v1.0" for kind in KINDS)


def test_a_family_that_is_none_or_stands_twice_is_refused(values):
    for given, words in (
        (["own"], "families.beside.*must be.*scratch, clean, best"),
        (["clean"] * 2, "stands twice"),
    ):
        with pytest.raises(ParamsError, match=words):
            parameters.check(copy.deepcopy(values) | {"families": {"beside": given}})
    parameters.check(copy.deepcopy(values) | {"families": {"beside": ["scratch", "clean", "best"]}})


def test_the_settings_of_the_families_are_settings_of_their_kinds(values):
    for family in families.FAMILIES.values():
        assert set(family.settings) <= set(models.names())
    for name in roster.every(families.FAMILIES):
        kind = families.parted(name)[0]
        made = families.settings_of(name, parameters.build(kind, values[kind]))
        assert type(made) is models.kind_class(kind).Settings
    recipe = yaml.safe_load((Path(held_out.__file__).with_name("released.yaml")).read_text(encoding="utf-8"))["models"]
    for kind, family in product(models.trained(), families.FAMILIES):
        given = dict(recipe[kind if family == "best" else f"{kind}-{family}"])
        assert given.pop("tagger") == families.FAMILIES[family].tagger
        given.pop("kind", None)
        own = families.settings_of(families.joined(kind, family), models.create(kind, genres=[]).settings)
        given.pop("threads", None)
        assert own == models.create(kind, genres=[], **given).settings, "as the released models have it"
    names = set(taggers.statistics("mtt-musicnn"))
    for prefix in families.FAMILIES["clean"].settings["xgb"]["leave_out"]:
        assert any(name.startswith(prefix) for name in names)


def test_from_scratch_reads_nothing_of_a_tagger_whatever_the_sections_say(values):
    """The sections may be those of a run that hears: what they leave out is not there from scratch."""
    hearing = {"leave_out": ["msd_max_", "msd_mean_"]}
    assert families.settings_of("xgb-scratch", parameters.build("xgb", values["xgb"] | hearing)).leave_out == ()
    assert (
        families.settings_of("svm-scratch", parameters.build("svm", values["svm"] | {"components": 200})).components
        == 0
    )
    assert families.tagger_of("svm-scratch", "msd-musicnn") == "none"
    taught = parameters.build("cnn", values["cnn"] | {"architecture": "two_view", "taught": 2.0})
    for family in families.FAMILIES:
        assert families.settings_of(f"cnn-{family}", taught).taught == 0.0
    assert families.settings_of("cnn", taught).taught == 2.0


def test_without_families_the_page_and_the_table_are_as_before(finished):
    _, values, layout = finished
    assert values["families"] == {"beside": []}
    assert report.build(parameters.select(values, report.READS), layout).count("with settings of their own") == 0
    assert roster.every() == list(KINDS)
