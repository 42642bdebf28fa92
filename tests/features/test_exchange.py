"""The JSON form of the original."""

import json

import numpy as np
import pytest

from features import FeatureError
from features.exchange import load_json, save_json


def test_round_trip(tmp_path, rng):
    mfcc = rng.standard_normal((3, 5, 4)).astype(np.float32)
    save_json(tmp_path / "m.json", mfcc, np.array([0, 1, 0]), ["blues", "é"])
    got, labels, mapping = load_json(tmp_path / "m.json")
    np.testing.assert_allclose(got, mfcc, rtol=1e-5)
    assert labels.tolist() == [0, 1, 0]
    assert mapping == ["blues", "é"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "missing"),
        (json.dumps({"mapping": ["a"], "mfcc": [[[1.0]]]}), "labels"),
        (json.dumps({"mapping": ["a"], "mfcc": [[[1.0]], [[1.0], [2.0]]], "labels": [0, 0]}), "one shape"),
        (json.dumps({"mapping": ["a"], "mfcc": [[[1.0]]], "labels": [1]}), "positions"),
        ('{"mapping": ["a"], "mfcc": [[[NaN]]], "labels": [0]}', "finite"),
    ],
)
def test_a_broken_document_is_refused_with_the_reason(tmp_path, text, words):
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(FeatureError, match=words):
        load_json(path)
