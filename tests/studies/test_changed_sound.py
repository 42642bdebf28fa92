"""Changed sound: every long clip once a change, answered by models that did not learn it."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_study import SETTINGS as TINY

from augment.degrade import DEGRADATIONS
from features import Engine
from musiclassify.audio.decode import decode
from pipeline.errors import PipelineError
from studies import changed_sound, held_out

MODELS = {"svm": {"tagger": "none"}, "xgb": {"tagger": "none", "rounds": 4, "threads": 1}}
SETTINGS = TINY | {"models": MODELS, "blends": {"blend": ["svm", "xgb"]}}
FEW = ("gain -12 dB", "low-pass 4 kHz")


@pytest.fixture
def study(tracks, tmp_path, monkeypatch):
    monkeypatch.setattr(changed_sound, "DATA", tmp_path / "kept")
    monkeypatch.setattr(changed_sound, "CHANGES", FEW)
    return held_out.Study(tracks, SETTINGS)


def test_the_changed_clip_is_what_is_measured(study):
    sound = changed_sound.changed(study)
    assert sound.table.groupby("track_id")["change"].apply(set).map(lambda names: names == set(FEW)).all()
    row = sound.table.iloc[3]
    file = study.tracks.set_index("track_id")["file"][row["track_id"]]
    y = DEGRADATIONS[row["change"]](decode(file, sample_rate=22_050), 22_050)
    want = Engine(study.features.settings).extract(np.asarray(y, np.float32)).summary[0]
    np.testing.assert_allclose(sound.summary[3:4][0], want, rtol=1e-5, atol=1e-5)


def test_each_fold_is_answered_by_models_that_did_not_learn_it(study, monkeypatch):
    sound, fitted, real = changed_sound.changed(study), [], held_out.Study.fit
    monkeypatch.setattr(held_out.Study, "fit", lambda self, *given: fitted.append(given[1]) or real(self, *given))
    clean, other = changed_sound.answers(study, sound, "svm")
    assert [sorted(set(study.fold[rows])) for rows in fitted] == [[1], [0]]
    np.testing.assert_allclose(clean[study.original], study.held_out("svm", lambda words: None)[study.original])
    np.testing.assert_allclose(other.sum(axis=1), 1, atol=1e-5)
    before = len(fitted)
    np.testing.assert_array_equal(changed_sound.answers(study, sound, "svm")[1], other)
    assert len(fitted) == before, "answers are kept"


def test_what_is_lost_is_counted_over_the_same_tracks(study):
    sound = changed_sound.changed(study)
    clean, other = np.zeros((len(study.table), 2)), np.zeros((len(sound.table), 2))
    clean[np.arange(len(clean)), study.labels] = 1
    right = sound.table["genre"].map(study.genres.index).to_numpy()
    wrong = (sound.table["change"] == FEW[1]).to_numpy() & (right == 1)
    other[np.arange(len(other)), np.where(wrong, 0, right)] = 1
    rows = changed_sound.scored(study, sound, "svm", clean, other)
    assert [row["change"] for row in rows] == [changed_sound.AS_IT_IS, *FEW]
    assert [row["accuracy"] for row in rows] == [1.0, 1.0, 0.5]
    assert [row["lost"] for row in rows] == [0.0, 0.0, 0.5]


def test_a_blend_is_scored_beside_its_members(tracks, study, tmp_path, monkeypatch):
    monkeypatch.setattr(changed_sound, "find", lambda folders, seconds: tracks)
    monkeypatch.setattr(changed_sound, "REPORTS", tmp_path)
    monkeypatch.setattr(changed_sound.yaml, "safe_load", lambda text: SETTINGS)
    table = changed_sound.run([tmp_path])
    assert table["model"].unique().tolist() == ["svm", "xgb", "blend"]
    assert (table["tracks"] == 8).all()
    assert (tmp_path / "changed.csv").exists()


def test_an_unknown_blend_is_refused(tmp_path):
    with pytest.raises(PipelineError, match="--blends forest: must be of blend, blend-clean"):
        changed_sound.run([tmp_path], ("forest",))
