"""The price of a leak: the same rows under every protocol, held-out sides of its own, what leaks says so."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from corpora import split as splitting
from corpora import tracks
from features import store
from pipeline import params as parameters
from pipeline.errors import PipelineError
from studies import leak_price, material


@pytest.fixture
def ready(finished):
    """Parameters and layout of the tiny corpus."""
    _, values, layout = finished
    return parameters.select(values, leak_price.READS), layout


def test_one_table_of_all_protocols_and_the_section_says_what_leaks(ready, monkeypatch):
    params, layout = ready
    opened = []
    real = store.open_store
    monkeypatch.setattr(store, "open_store", lambda folder: opened.append(folder) or real(folder))
    protocols = ["segment", "track", "artist", "fault_filtered"]
    table = leak_price.run(params, layout, kinds=["svm"], protocols=protocols, copies=1)
    assert list(table["protocol"]) == ["segment", "track", "artist"]
    assert list(table["leaks"].str.startswith("LEAKS")) == [True, True, False]
    for name in ("accuracy", "macro_recall"):
        assert (table[f"{name}_low"] <= table[name]).all()
        assert (table[name] <= table[f"{name}_high"]).all()
    assert layout.features("test") not in opened
    report = layout.report("studies", leak_price.NAME)
    section = json.loads((report / "section.json").read_text(encoding="utf-8"))
    assert "LEAK" in section["text"]
    assert "fault_filtered is left out" in section["text"]
    assert {p.name for p in report.iterdir()} == {
        "table.csv",
        "gaps.csv",
        "metrics.json",
        "section.json",
        "leak-price.svg",
    }
    assert len(pd.read_csv(report / "table.csv")) == 3


def test_repeats_pool_the_answers_and_draw_other_splits(ready):
    params, layout = ready
    table = leak_price.run(params, layout, kinds=["svm"], protocols=["track"], repeats=2)
    assert table.loc[0, "splits"] == 2
    one, _ = (leak_price.make_split("track", *_rows(params, layout), params, seed)[0] for seed in (20, 21))
    other = leak_price.make_split("track", *_rows(params, layout), params, 21)[0]
    assert not one.equals(other)


def test_answers_are_kept_so_that_one_kind_more_costs_that_kind_alone(ready, monkeypatch):
    params, layout = ready
    first = leak_price.run(params, layout, kinds=["svm"], protocols=["track", "artist"], repeats=2)
    asked = []
    real = leak_price.score
    monkeypatch.setattr(leak_price, "score", lambda model, *rest: asked.append(model) or real(model, *rest))
    table = leak_price.run(params, layout, kinds=["svm", "xgb:1@artist"], protocols=["track", "artist"], repeats=2)
    assert asked == ["xgb"]
    assert list(table["model"] + table["protocol"]) == ["svmtrack", "svmartist", "xgbartist"]
    assert list(table["splits"]) == [2, 2, 1]
    again = table[table["model"] == "svm"].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, first)
    with pytest.raises(PipelineError, match="artists: must be of segment, track, artist, fault_filtered"):
        leak_price.run(params, layout, kinds=["svm@artists"], protocols=["track"])


def test_the_originals_network_reads_25_coefficients_and_passes_over_all_of_train(ready, monkeypatch):
    params, layout = ready
    seen = []
    real = leak_price.Training.fit

    def fit(self, params, model, train, valid, **given):
        seen.append((train.mfcc.shape[-1], len(train)))
        return real(self, params, model, train, valid, **given)

    monkeypatch.setattr(leak_price.Training, "fit", fit)
    training = leak_price.Training(epochs=1)
    table = leak_price.run(params, layout, kinds=["original"], protocols=["artist"], training=training)
    ((coefficients, segments),) = seen
    assert coefficients == 25
    assert table.loc[0, "training"] == f"1 epochs of {segments} segments"


def _rows(params, layout):
    usable = tracks.usable(material.read_tracks(layout))
    return usable, material.pieces(usable, rule=params.rule, settings=params.features)


def test_copies_are_learned_from_and_never_scored(ready):
    params, layout = ready
    usable, rows = _rows(params, layout)
    made = leak_price.draw_copies(rows, params.augment, 0)
    rows = pd.concat([rows, made], ignore_index=True)
    every = material.read_tracks(layout)
    where = layout.clips(params.corpus.path)
    features = material.extract("copies", rows, every, where, layout, settings=params.features, rule=params.rule)
    for protocol in ("segment", "artist"):
        table, _ = leak_price.make_split(protocol, usable, rows, params, 1)
        made_sides = material.sides(features, material.sided(rows, table))
        assert (made_sides["train"].table["copy"] > 0).any()
        for side in ("valid", "test"):
            assert (made_sides[side].table["copy"] == 0).all()
        # An original and its copies are on one side, so no held-out segment has a copy in train.
        learned = set(made_sides["train"].table["segment_id"].str.split("+").str[0])
        assert not learned & set(made_sides["test"].table["segment_id"])


def test_a_published_list_without_a_genre_is_left_out_with_the_reason():
    usable = pd.DataFrame({"track_id": list("abcdef"), "genre": list("xxxyyy")})
    table = pd.DataFrame(
        {"track_id": list("abcdef"), "segment": -1, "split": ["train", "valid", "test", "train", "train", "test"]}
    )
    assert leak_price.missing(table, usable) == ["y"]


def test_the_gap_of_equal_scores_is_nothing_within_an_interval_around_it():
    score = {"accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6}
    value, low, high = leak_price.gap(score, score, "accuracy")
    assert value == 0
    assert low == pytest.approx(-np.hypot(0.1, 0.1))
    assert high == pytest.approx(np.hypot(0.1, 0.1))


def test_gaps_are_of_the_leaking_protocols_over_artists():
    row = {f"{name}{end}": 0.5 for name in ("accuracy", "macro_recall") for end in ("", "_low", "_high")}
    table = pd.DataFrame([{"model": "svm", "protocol": p} | row for p in ("segment", "track", "artist")])
    assert set(leak_price.gaps(table)["to"]) == set(splitting.LEAKS) & set(leak_price.PROTOCOLS)
    assert leak_price.gaps(table[table["protocol"] != "artist"]).empty


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"kinds": ["forest"], "protocols": ["artist"]}, "forest"),
        ({"kinds": ["svm"], "protocols": ["album"]}, "album"),
        ({"kinds": [], "protocols": ["artist"]}, "names none"),
        ({"kinds": ["svm"], "protocols": ["artist"], "repeats": 0}, "--repeats 0"),
    ],
)
def test_a_wrong_option_is_refused_by_name(ready, given, word):
    with pytest.raises(PipelineError, match=word):
        leak_price.run(*ready, **given)


def test_a_kind_may_take_fewer_splits():
    every = {"svm": (3, ""), "original": (1, ""), "cnn": (3, "")}
    assert leak_price.limits(["svm", "original:1", "cnn:9"], 3) == every
    for wrong in ("svm:0", "svm:x", "svm:-1"):
        with pytest.raises(PipelineError, match="how many splits"):
            leak_price.limits([wrong], 3)
