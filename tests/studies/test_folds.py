"""The cross-validator: every fold once, kept, and nothing half-made is taken for an answer."""

from __future__ import annotations

import numpy as np
import pytest

from studies.folds import Answer, cross_validate


def test_every_model_answers_every_fold_and_goes_on_where_it_stopped(tmp_path):
    asked = []

    def learn(fold, names):
        asked.append((fold, tuple(names)))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return {name: Answer(np.full((2, 3), fold, np.float32), {"temperature": 1.5}) for name in names}

    keys = {"svm": "k", "cnn": "k"}
    with pytest.raises(KeyboardInterrupt):
        cross_validate(keys, 3, tmp_path, learn, lambda words: None)
    found = cross_validate(keys, 3, tmp_path, learn, lambda words: None)
    assert asked == [(0, ("svm", "cnn")), (1, ("svm", "cnn")), (1, ("svm", "cnn")), (2, ("svm", "cnn"))]
    assert [answer.probabilities[0, 0] for answer in found["cnn"]] == [0, 1, 2]
    assert found["svm"][2].told == {"temperature": 1.5}


def test_another_key_is_another_answer(tmp_path):
    def learn(fold, names):
        return {name: Answer(np.zeros((1, 2), np.float32), {"names": list(names)}) for name in names}

    cross_validate({"svm": "old", "cnn": "k"}, 1, tmp_path, learn, lambda words: None)
    found = cross_validate({"svm": "new", "cnn": "k"}, 1, tmp_path, learn, lambda words: None)
    assert found["svm"][0].told == {"names": ["svm"]}
    assert found["cnn"][0].told == {"names": ["svm", "cnn"]}
