"""Tags and embeddings that a model's network gives beside the genre."""

from __future__ import annotations

import json

import numpy as np
import pytest

from musiclassify.formats import FORMATS
from musiclassify.released import registry
from musiclassify.released.heard import MOODS, Heard
from musiclassify.released.song import Answer, load

NAMES = ["rms_mean", "tag_rock", "tag_female_vocalists", "tag_female_vocalist", "tag_sad", "embedding_0", "embedding_1"]


def test_tags_are_the_mean_of_probabilities_and_the_embedding_the_mean():
    heard = Heard(NAMES)
    found = heard.of(np.array([[9, 0, -9, -9, 2, 1, 4], [9, 0, -9, -9, -2, 3, 0]], np.float32))
    np.testing.assert_allclose(found[[0, 3]], [0.5, 0.5], atol=1e-6)
    np.testing.assert_allclose(heard.embedding(found), [2, 2])


def test_the_strongest_few_are_named_once_and_readably():
    heard = Heard(NAMES)
    assert list(heard.moods(np.array([0.05, 0.3, 0.2, 0.5, 0, 0], np.float32))) == ["sad", "female vocals"]
    many = Heard([f"tag_{i}" for i in range(9)])
    assert len(many.moods(np.linspace(0.2, 0.9, 9, dtype=np.float32))) == MOODS


def test_models_without_tags_hear_none():
    assert not Heard(["rms_mean", "mfcc_0_mean"])
    assert "moods" not in Answer("a.mp3", "ok").to_dict()


def test_the_default_model_names_moods_in_text_and_json(tone, rng):
    if registry.default_name() is None or not Heard(registry.read(registry.find(None)).config["statistics"]):
        pytest.skip("the default model has no tags")
    y = tone(6, hz=220) + 0.02 * rng.standard_normal(6 * 22_050).astype(np.float32)
    answer = load().classify(y)
    assert answer.ok
    assert answer.embedding.shape == (200,)
    assert all(0.1 <= p <= 1 for p in answer.moods.values())
    form = FORMATS.get("jsonl").Format(tuple(answer.probabilities))
    back = Answer.from_dict(json.loads(form.row(answer)))
    assert list(back.moods) == list(answer.moods)
    if answer.moods:
        text = FORMATS.get("text").Format(tuple(answer.probabilities)).row(answer)
        assert f"moods: {', '.join(answer.moods)}" in text
