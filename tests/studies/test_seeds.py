"""Several seeds: what a model draws differs, what it is shown and asked does not."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_study import SETTINGS as TINY

from pipeline.errors import PipelineError
from studies import held_out, seeds

SETTINGS = TINY | {"models": {"xgb": {"tagger": "none", "rounds": 4, "threads": 1}}}


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(seeds, "DATA", tmp_path / "kept")


def test_each_seed_learns_anew_from_the_same_sound_and_the_release_seed_is_taken_as_it_is(tracks, monkeypatch):
    study = held_out.Study(tracks, SETTINGS)
    study.held_out("xgb", lambda words: None)
    made, fitted, real = study._made, [], held_out.Study.fit
    monkeypatch.setattr(held_out.Study, "fit", lambda self, *given: fitted.append(given[0]) or real(self, *given))
    table = seeds.several(study, ("xgb",), 3, 2)
    assert fitted == ["xgb"] * 4  # two folds of each of the two further seeds
    assert study._made == made
    assert study.settings["seed"] == SETTINGS["seed"]
    assert table["seed"].tolist() == ["3", "4", "5", "mean", "deviation"]
    by = table.set_index("seed")
    values = by.loc[["3", "4", "5"], list(seeds.MEASURES)].to_numpy()
    np.testing.assert_allclose(by.loc["mean", list(seeds.MEASURES)].to_numpy(float), values.mean(axis=0))
    np.testing.assert_allclose(by.loc["deviation", list(seeds.MEASURES)].to_numpy(float), values.std(axis=0, ddof=1))


def test_tracks_are_scored_whole_and_cut_and_every_genre_counts_the_same(tracks):
    study = held_out.Study(tracks, SETTINGS)
    p = np.zeros((len(study.table), 2), np.float32)
    cut = (study.table["form"] == "check").to_numpy()
    p[np.arange(len(p)), np.where(cut, 0, study.labels)] = 1  # whole always right, cut always "hiss"
    found = seeds.scored(study, p, 2)
    assert found == {"accuracy": 1.0, "macro_recall": 1.0, "accuracy_whole": 1.0, "accuracy_cut": 0.5}


def test_the_first_folds_alone_are_learned_and_scored_when_that_is_asked(tracks, monkeypatch):
    study = held_out.Study(tracks, SETTINGS)
    whole = study.held_out("xgb", lambda words: None)
    monkeypatch.setattr(held_out.Study, "fit", None)  # all of it is known
    part = seeds.held_out(study, "xgb", 1)
    np.testing.assert_array_equal(part[study.fold == 0], whole[study.fold == 0])
    assert not part[study.fold == 1].any()
    alone = study.table[study.fold == 0]
    right = part[study.fold == 0].argmax(axis=1) == study.labels[study.fold == 0]
    assert seeds.scored(study, part, 1)["accuracy_cut"] == right[(alone["form"] == "check").to_numpy()].mean()


def test_one_seed_has_no_spread_and_an_unknown_model_is_refused(tmp_path):
    with pytest.raises(PipelineError, match="--seeds 1: a spread needs two or more"):
        seeds.run([tmp_path], ("cnn",), 1)
    with pytest.raises(PipelineError, match="--folds 6: must be from 1 to 5"):
        seeds.run([tmp_path], ("cnn",), 2, 6)
    with pytest.raises(PipelineError, match="--models forest: must be of svm, xgb"):
        seeds.run([tmp_path], ("forest",), 2)
