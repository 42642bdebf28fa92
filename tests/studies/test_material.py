"""What the studies share: features kept while nothing changed, settings, choices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from corpora import tracks
from pipeline import params as parameters
from pipeline.errors import PipelineError
from pipeline.layout import Layout
from studies import material

READS = ("base.seed", "corpus", "segments", "features", "rule", "augment", "cnn", "svm", "xgb")


@pytest.fixture
def ready(finished):
    """Parameters, layout, tracks and originals of the tiny corpus."""
    _, values, layout = finished
    params = parameters.select(values, READS)
    every = material.read_tracks(layout)
    rows = material.pieces(tracks.usable(every), rule=params.rule, settings=params.features)
    return params, layout, every, rows


def test_features_are_kept_until_something_changes(ready, monkeypatch):
    params, layout, every, rows = ready
    where = layout.clips(params.corpus.path)
    given = {"settings": params.features, "rule": params.rule}
    first = material.extract("kept", rows, every, where, layout, **given)
    calls = []
    real = material.features_of
    monkeypatch.setattr(material, "features_of", lambda *a, **k: calls.append(1) or real(*a, **k))
    again = material.extract("kept", rows, every, where, layout, **given)
    assert not calls
    np.testing.assert_array_equal(first.summary, again.summary)
    other = {"settings": replace(params.features, top_db=60.0), "rule": params.rule}
    material.extract("kept", rows, every, where, layout, **other)
    assert calls


def test_originals_are_what_the_extract_stage_stores(ready):
    from features.store import open_store

    params, layout, every, rows = ready
    made = material.extract(
        "same", rows, every, layout.clips(params.corpus.path), layout, settings=params.features, rule=params.rule
    )
    stored = open_store(layout.features("valid"))
    wanted = rows.set_index("segment_id").loc[stored.table["segment_id"]].reset_index()
    np.testing.assert_allclose(material.taken(made, wanted).mfcc, stored.mfcc, atol=1e-5)
    np.testing.assert_allclose(material.taken(made, wanted).summary, stored.summary, rtol=1e-4, atol=1e-4)


def test_rows_that_were_not_extracted_are_refused(ready):
    params, layout, every, rows = ready
    where = layout.clips(params.corpus.path)
    made = material.extract("part", rows.iloc[:4], every, where, layout, settings=params.features, rule=params.rule)
    with pytest.raises(PipelineError, match="not extracted"):
        material.taken(made, rows)


def test_some_tracks_of_each_genre_spread_over_the_list():
    usable = pd.DataFrame({"track_id": [f"t{k}" for k in range(10)], "genre": ["x"] * 8 + ["y"] * 2})
    kept = material.some(usable, 3)
    assert list(kept["genre"].value_counts()[["x", "y"]]) == [3, 2]
    assert {"t0", "t7"} <= set(kept["track_id"])
    assert material.some(usable, 0) is usable


def test_missing_tracks_name_the_stage_to_run(tmp_path):
    with pytest.raises(PipelineError, match="dvc repro prepare"):
        material.read_tracks(Layout("none", tmp_path))
    with pytest.raises(PipelineError, match="dvc repro split"):
        material.read_split(Layout("none", tmp_path))
