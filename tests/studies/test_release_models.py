"""The released models: what is kept follows code and clips, and a tree that is no commit's releases nothing."""

from __future__ import annotations

import json
import subprocess
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
import soundfile as sf
from tiny_study import SETTINGS

import models
from musiclassify import released
from pipeline import provenance
from pipeline.errors import PipelineError
from studies import export_again, held_out, keys, no_music, release_models

RATE = 22_050


def counted(monkeypatch):
    """How often a model learned."""
    fitted = []
    real = held_out.Study.fit
    monkeypatch.setattr(held_out.Study, "fit", lambda self, *given: fitted.append(given[0]) or real(self, *given))
    return fitted


def test_answers_are_kept_until_a_byte_of_code_or_of_a_clip_changes(tracks, monkeypatch):
    fitted = counted(monkeypatch)
    first = held_out.Study(tracks, SETTINGS).held_out("svm", lambda words: None)
    assert len(fitted) == 2
    np.testing.assert_array_equal(held_out.Study(tracks, SETTINGS).held_out("svm", lambda words: None), first)
    assert len(fitted) == 2
    real = keys.closure.digest
    monkeypatch.setattr(keys.closure, "digest", lambda *names: real(*names) + "#")
    held_out.Study(tracks, SETTINGS).held_out("svm", lambda words: None)
    assert len(fitted) == 4
    y, _ = sf.read(tracks["file"][1], dtype="float32")
    sf.write(tracks["file"][1], y * np.float32(0.5), RATE)
    held_out.Study(tracks, SETTINGS).held_out("svm", lambda words: None)
    assert len(fitted) == 6


def test_a_model_of_everything_is_kept_by_the_same_key(tracks, monkeypatch):
    fitted = counted(monkeypatch)
    study = held_out.Study(tracks, SETTINGS)
    assert study.final("svm").genres == study.final("svm").genres == ["hiss", "hum"]
    assert len(fitted) == 1
    held_out.Study(tracks, {**SETTINGS, "models": {"svm": {"tagger": "none", "C": 2.0}}}).final("svm")
    assert len(fitted) == 2


@pytest.fixture
def tree(tmp_path):
    """A repository with one file of code, one report and one released model, all committed."""
    for name in ("models/base.py", "reports/released/metrics.json", "models/released/m/config.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}\n", encoding="utf-8")
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def test_a_clean_tree_may_release_also_with_new_reports(tree):
    (tree / "reports/released/metrics.json").write_text("{1}\n", encoding="utf-8")
    (tree / "models/released/m/config.json").write_text("{1}\n", encoding="utf-8")
    revision = release_models.releasable(tree)
    assert len(revision) == 40
    assert provenance.git_revision(tree) == revision


@pytest.mark.parametrize("name", ["models/base.py", "models/new.py"])
def test_changed_or_unknown_code_may_not_release(tree, name):
    (tree / name).write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(PipelineError, match=rf"{name}: not as in the commit.*--score-only"):
        release_models.releasable(tree)
    assert provenance.git_revision(tree).endswith("-dirty")


def test_the_refusal_comes_before_anything_is_computed(tree, monkeypatch):
    monkeypatch.setattr(release_models, "find", None)
    monkeypatch.chdir(tree)
    (tree / "models/base.py").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(PipelineError, match="not as in the commit"):
        release_models.run([tree], tree / "out")


def test_outside_git_nothing_is_released(tmp_path):
    with pytest.raises(PipelineError, match="not in a git repository"):
        release_models.releasable(tmp_path)


def test_the_libraries_are_those_that_the_code_imports():
    svm, blend = provenance.libraries("svm"), provenance.libraries("blend")
    assert {"python", "numpy", "scipy", "soxr", "av", "soundfile", "scikit-learn", "onnx"} <= set(svm)
    assert not {"librosa", "audiomentations", "matplotlib", "dvc", "xgboost-cpu", "xgboost", "keras"} & set(svm)
    assert set(svm) <= set(blend)
    assert {"keras", "tensorflow"} <= set(blend)
    assert {"xgboost", "xgboost-cpu"} & set(blend)
    assert provenance.libraries(*models.trained()).items() <= blend.items()


def test_the_dealing_that_scores_is_a_setting_of_its_own(tracks, monkeypatch):
    fitted = counted(monkeypatch)
    one = held_out.Study(tracks, SETTINGS)
    one.held_out("svm", lambda words: None)
    dealt = {str(one.fold)}
    for dealing in range(6, 12):
        other = held_out.Study(tracks, SETTINGS | {"dealing": dealing})
        dealt.add(str(other.fold))
        assert other._made == one._made  # the clips are not heard again
    assert len(dealt) > 1
    other.held_out("svm", lambda words: None)
    assert len(fitted) == 4


@pytest.fixture
def scratch(tracks, rng, tmp_path):
    """A released SVM from scratch, and the study that it comes from."""
    study = held_out.Study(tracks, SETTINGS | {"version": "9.9"})
    p = study.held_out("svm", lambda words: None)
    statistics = study.features.summary.shape[1]
    made = SimpleNamespace(
        summary=rng.normal(50, 5, (24, statistics)).astype(np.float32),
        kind=np.tile([1, 1, 2, 2, 3, 3], 4),
        sound=np.arange(24),
        learned=np.arange(24) % 2 == 0,
    )
    out, measured = tmp_path / "out", release_models.measure(study, p)
    release_models._release(study, "tiny-scratch", "svm", study.final("svm"), measured, p, made, out, "r")
    return study, out / "tiny-scratch-svm-v9.9"


def test_a_model_from_scratch_tells_music_by_its_own_statistics(tracks, scratch):
    _, folder = scratch
    told = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))["scores"]["no_music"]
    assert told["sounds"] == 12
    assert told["taken_for_music"] == 0
    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    y, _ = sf.read(tracks["file"][1], dtype="float32")
    (sounds,) = session.run(["sounds"], {"samples": y[None]})
    assert sounds.shape == (1, len(no_music.NAMES))
    assert sounds[0, 0] > 0.5
    assert "learned from GTZAN's clips alone" in (folder / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def again(scratch, tmp_path, monkeypatch):
    """`export_again` for that model, as a command would call it."""
    _, folder = scratch
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(json.dumps(SETTINGS | {"released": [["tiny-scratch", "svm"]]}), encoding="utf-8")
    monkeypatch.setattr(export_again, "SETTINGS", recipe)
    monkeypatch.setattr(export_again, "releasable", lambda root: "today")
    (trained,) = (held_out.DATA / "trained").iterdir()

    def run(version="9.10", **changes):
        return export_again.run(folder.name, changes.get("trained", {"svm": trained}), version, folder.parent)

    return run


def test_a_new_version_has_the_same_weights_and_says_which_revision_learned_them(scratch, again):
    _, old = scratch
    new = again()
    assert new.name == "tiny-scratch-svm-v9.10"
    assert (new / "model.onnx").read_bytes() == (old / "model.onnx").read_bytes(), "the code is the same here"
    config, metadata = (json.loads((new / f"{name}.json").read_text("utf-8")) for name in ("config", "metadata"))
    before = json.loads((old / "config.json").read_text("utf-8"))
    assert config == before | {"name": new.name, "version": "9.10"}
    assert metadata["git_revision"] == "today"
    assert metadata["learned"]["git_revision"] == "r"
    assert metadata["learned"]["release"] == old.name
    released.verify(released.read(new))
    assert sorted(path.name for path in old.parent.iterdir()) == sorted([old.name, new.name])
    with pytest.raises(PipelineError, match="is there already"):
        again()


def test_trained_models_of_another_release_are_refused(scratch, again, tmp_path):
    study, old = scratch
    rows = np.flatnonzero(study.learned)
    other = models.create("svm", genres=study.genres).fit(study.features.take(rows), 1 - study.labels[rows])
    other.save(tmp_path / "other")
    with pytest.raises(PipelineError, match=r"probabilities of .* s lie .* off the former version's"):
        again(trained={"svm": tmp_path / "other"})
    with pytest.raises(PipelineError, match="releases nothing of tiny-scratch with just these members"):
        again(trained={"forest": tmp_path / "other"})
    assert [path.name for path in old.parent.iterdir()] == [old.name], "nothing half-written is left"
