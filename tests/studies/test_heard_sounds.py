"""Sounds that are no music: the scored ones differ from those learned from, and what a model answers is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from toy_model import RATE, tone_for, write_toy_model

from musiclassify import released
from pipeline.errors import PipelineError
from studies import heard_sounds, made_sounds


@pytest.fixture
def voice(monkeypatch):
    """A voice for machines that have no espeak-ng."""
    monkeypatch.setattr(made_sounds, "speech", lambda language, words, rng: rng.standard_normal(RATE))


def test_at_least_60_sounds_are_scored_none_of_them_learned_from(voice):
    learned = {y.tobytes() for _, _, y in made_sounds.learned(20, each=5, voices=3)}
    scored = list(heard_sounds.sounds(heard_sounds.SEED))
    assert len(scored) >= 60
    assert not learned & {y.tobytes() for _, _, y in scored}
    assert not set(made_sounds.LEARNED_SPEECH) & set(made_sounds.SCORED_SPEECH), "languages"
    assert not set(made_sounds.LEARNED_SPEECH.values()) & set(made_sounds.SCORED_SPEECH.values())
    assert not set(made_sounds.KINDS) & set(made_sounds.HELD_BACK), "kinds of sound that are scored only"


def test_sounds_are_finite_audible_and_the_same_from_their_seed(voice):
    first, again = (list(heard_sounds.sounds(3)) for _ in range(2))
    assert all((a[2] == b[2]).all() for a, b in zip(first, again, strict=True))
    assert all(np.isfinite(y).all() and np.abs(y).max() > 1e-3 and len(y) >= RATE for _, _, y in first)
    assert {heard for heard, _, _ in first} == {made_sounds.SPEECH, made_sounds.NOISE, made_sounds.TONE}


def test_answers_are_counted_by_kind_and_songs_stand_apart():
    answers = pd.DataFrame(
        {
            "kind": ["noise", "noise", "speech", "songs"],
            "heard": ["noise", "noise", "speech", ""],
            "sure": [False, True, False, True],
            "named": ["noise", "", "tones", ""],
        }
    )
    rows = {row["kind"]: row for row in heard_sounds.summary("m", answers)}
    assert rows["noise"]["sure_of_a_genre"] == rows["noise"]["named_rightly"] == 0.5
    assert rows["speech"]["called_no_music"] == 1
    assert rows["speech"]["named_rightly"] == 0
    assert rows["all sounds"]["sounds"] == 3
    assert rows["songs"]["called_no_music"] == 0
    assert rows["songs"]["named_rightly"] is None


def test_a_model_is_asked_as_a_user_would_and_a_table_is_written(tmp_path, monkeypatch, voice):
    model = released.load(write_toy_model(tmp_path / "toy-cnn-v1.0"))
    monkeypatch.setattr(heard_sounds, "REPORTS", tmp_path)
    monkeypatch.setattr(heard_sounds, "sounds", lambda seed: [("tones", "tone", tone_for("jazz", 6))] * 2)
    monkeypatch.setattr(released, "load", lambda name: model)
    table = heard_sounds.run(("toy",))
    assert list(table["sounds"]) == [2, 2]
    assert len(pd.read_csv(tmp_path / "no_music.csv")) == 2
    with pytest.raises(PipelineError, match="holds no audio; give a folder of music"):
        heard_sounds.run(("toy",), folder=tmp_path / "models")
