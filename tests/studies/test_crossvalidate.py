"""The cross-validation: every track answered once, by models that did not learn from its artist."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline import params as parameters
from pipeline.files import read_json
from studies import crossvalidate


def test_crossvalidation_answers_every_track_once_and_goes_on_where_it_stopped(finished, capsys, monkeypatch):
    _, values, layout = finished
    seen = parameters.select(values, crossvalidate.READS)
    crossvalidate.run(seen, layout, folds=3, kinds=["svm"])
    answers = pd.read_csv(layout.report("studies", "crossvalidate") / "svm" / "predictions.csv")
    assert answers["track_id"].is_unique
    assert len(answers) == 18
    metrics = read_json(layout.report("studies", "crossvalidate") / "metrics.json")
    assert metrics["folds"] == 3
    first = metrics["models"]["svm"]
    assert first["accuracy_low"] <= first["accuracy"] <= first["accuracy_high"]
    assert first["accuracy_mean"] > 0.5
    monkeypatch.setattr(crossvalidate, "answer", None)  # nothing is left to be done
    crossvalidate.run(seen, layout, folds=3, kinds=["svm"])
    assert read_json(layout.report("studies", "crossvalidate") / "metrics.json") == metrics
    with pytest.raises(ValueError, match="--kinds=rnn"):
        crossvalidate.run(seen, layout, folds=3, kinds=["rnn"])
