"""Tags and embeddings that a model's network gives beside the genre."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musiclassify.formats import FORMATS
from musiclassify.released import registry
from musiclassify.released.heard import LEAST, MOODS, Heard, levels, readable
from musiclassify.released.song import Answer, load

ROOT = Path(__file__).resolve().parents[3]
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


def test_a_tag_is_named_from_a_level_of_its_own_on():
    known = levels()["msd"]
    for prefix in ("", "msd_"):
        heard = Heard([f"{prefix}tag_rock", f"{prefix}tag_mellow", "embedding_0"])
        rock, mellow = known["rock"], known["mellow"]
        assert mellow < LEAST < rock
        assert list(heard.moods(np.array([rock + 0.01, mellow + 0.01, 0]))) == ["rock", "mellow"]
        assert list(heard.moods(np.array([rock - 0.01, mellow + 0.001, 0]))) == ["mellow"]
        assert heard.moods(np.array([rock - 0.01, mellow - 0.001, 0])) == {}
    other = Heard(["other_tag_rock", "other_tag_mellow", "other_embedding_0"])
    assert list(other.moods(np.array([LEAST, LEAST - 0.01, 0]))) == ["rock"]


def test_levels_are_those_that_the_study_found():
    """`python -m studies hearing --ship` writes both; every released network has one for each of its tags."""
    for file in sorted((ROOT / "reports/released/hearing").glob("*/levels.json")):
        found = json.loads(file.read_text("utf-8"))
        assert found in levels().values(), file
    for config in sorted((ROOT / "models/released").glob("*/config.json")):
        for name in json.loads(config.read_text("utf-8"))["statistics"]:
            if parts := re.fullmatch(r"(?:([a-z]+)_)?tag_(.+)", name):
                assert 0 < levels()[parts[1] or "msd"][parts[2]] <= 0.5, name


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
    least = {}
    for tag, level in levels()["msd"].items():
        least[readable(tag)] = min(level, least.get(readable(tag), 1))
    assert all(least[mood] <= p <= 1 for mood, p in answer.moods.items())
    form = FORMATS.get("jsonl").Format(tuple(answer.probabilities))
    back = Answer.from_dict(json.loads(form.row(answer)))
    assert list(back.moods) == list(answer.moods)
    text = FORMATS.get("text").Format(tuple(answer.probabilities))
    music = replace(answer, sound="", moods={"mellow": 0.1, "sad": 0.05})  # of what is no music the text names none
    assert "; moods: mellow, sad\n" in text.row(music)
