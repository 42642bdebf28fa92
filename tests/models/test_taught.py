"""A CNN that is taught by a network which was trained elsewhere: it learns to hear like it and answers without it."""

import dataclasses
import json

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest

import models
from features import FeatureError, FeatureSettings
from features import rows as storage
from features.store import FeatureSet
from features.taggers import named, statistics
from models import export
from models.errors import ModelError
from models.kinds.cnn.teaching import Lessons

SETTINGS = FeatureSettings(segment_s=1.0, segment_hop_s=1.0, n_mfcc=20, tagger="msd-musicnn")
GENRES = ["a", "b"]
OWN = ("x", "y")
HEARD = len(statistics("msd-musicnn"))
PLAIN = {
    "eq_db": 0.0,
    "shift_bands": 0.0,
    "tempo": 0.0,
    "mask_bands": 0,
    "mask_frames": 0,
    "mixup": 0.0,
    "dropout": 0.0,
}
SMALL = {"filters": [6, 8], "epochs": 4, "samples_per_epoch": 512, "learning_rate": 0.01, "taught_components": 3}
CONFIG = {"name": "x", "kind": "cnn", "temperature": 1.0, "uncertain_below": 0.4}


def made(n: int, seed: int) -> tuple[FeatureSet, np.ndarray]:
    """Segments whose tagger hears three things that their MFCCs show; the genre is the first one's sign."""
    rng = np.random.default_rng(seed)
    told = rng.uniform(-1, 1, (n, 3)).astype(np.float32)
    mfcc = rng.standard_normal((n, SETTINGS.segment_frames, SETTINGS.n_mfcc)).astype(np.float32)
    mfcc[:, :, 2:5] += 4.0 * told[:, None]
    way = np.random.default_rng(1).standard_normal((3, HEARD)).astype(np.float32)
    heard = told @ way + 0.1 * rng.standard_normal((n, HEARD)).astype(np.float32)
    summary = np.concatenate((rng.standard_normal((n, len(OWN))), heard), axis=1).astype(np.float32)
    labels = (told[:, 0] > 0).astype(np.int64)
    table = pd.DataFrame({"segment_id": range(n), "track_id": range(n), "genre": [GENRES[k] for k in labels]})
    names = (*OWN, *statistics("msd-musicnn"))
    return FeatureSet(table.assign(weight=1.0), mfcc, summary, names, SETTINGS), labels


@pytest.fixture(scope="module")
def train():
    return made(240, 3)


@pytest.fixture(scope="module")
def valid():
    return made(80, 4)


def fit(train, valid, **given):
    return models.create("cnn", genres=GENRES, seed=5, **(PLAIN | SMALL | given)).fit(*train, validation=valid)


@pytest.fixture(scope="module")
def taught(train, valid):
    return fit(train, valid, taught=2.0)


def test_it_learns_what_the_tagger_hears_and_the_genre(taught, train, valid):
    heard = taught.history["val_taught"]
    assert len(heard) == SMALL["epochs"]
    assert heard[-1] > 0.85
    barely = fit(train, valid, taught=1e-6)  # the answer to the genre alone does not tell it
    assert barely.history["val_taught"][-1] < 0.3
    assert taught.history["val_accuracy"][-1] > 0.85
    assert (taught.predict_proba(valid[0]).argmax(axis=1) == valid[1]).mean() > 0.85


def test_what_it_is_taught_is_fitted_on_training_segments_alone(taught, train, valid):
    """With another validation side the same seed gives the same network, and the targets are the training side's."""
    other = made(60, 9)
    other[0].summary[:] = 100.0
    again = fit(train, other, taught=2.0)
    assert again.history["loss"] == taught.history["loss"]
    for one, two in zip(taught.networks[0].get_weights(), again.networks[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    heard = train[0].embedding.astype(float)
    lessons = Lessons(train[0].embedding, train[0].weight, 3)
    np.testing.assert_allclose(lessons.mean, heard.mean(axis=0))
    np.testing.assert_allclose(lessons.std, heard.std(axis=0))
    found = lessons[:]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-5)
    assert np.square(found).mean() == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(np.corrcoef(found.T), np.eye(3), atol=1e-4)
    assert np.abs(lessons.of(valid[0].embedding).mean(axis=0)).max() > 1e-3  # its own mean has no part in it


def test_weights_count_in_what_is_taught(train):
    weight = np.zeros(len(train[0]))
    weight[:50] = 1.0
    lessons = Lessons(train[0].embedding, weight, 2)
    alone = Lessons(train[0].embedding[:50], weight[:50], 2)
    np.testing.assert_allclose(lessons[:50], alone[:], atol=1e-5)


def test_more_components_than_there_are_segments_or_statistics_are_not_asked_for(train):
    heard = train[0].embedding
    assert Lessons(heard[:5], np.ones(5), 100).shape == (5, 5)
    assert Lessons(heard[:, :4], np.ones(len(heard)), 100).shape == (len(heard), 4)


def test_a_tagger_that_says_always_the_same_teaches_nothing():
    with pytest.raises(ModelError, match=r"cnn\.taught: features\.tagger says the same .* set it to 0"):
        Lessons(np.full((20, 6), 3.0, np.float32), np.ones(20), 3)


def test_lessons_that_are_too_many_for_memory_are_the_same(train, tmp_path, monkeypatch):
    heard = np.ascontiguousarray(train[0].embedding, "<f4")
    np.save(tmp_path / "heard.npy", heard)
    far = storage.Rows([storage.Shard(tmp_path / "heard.npy", len(heard), 128)], heard.shape[1:])
    weight = np.random.default_rng(2).uniform(0.5, 2.0, len(heard))
    near = Lessons(heard, weight, 3)
    monkeypatch.setattr(storage, "MEMORY_ROWS", 64)
    monkeypatch.setattr(storage.blocks, "__defaults__", (50,))
    monkeypatch.setattr(storage.Rows.blocks, "__defaults__", (50,))
    asked = []
    real = storage.Rows._gather
    monkeypatch.setattr(storage.Rows, "_gather", lambda self, index: asked.append(len(index)) or real(self, index))
    lessons = Lessons(far, weight, 3)
    assert 0 < max(asked) <= 50
    some = np.array([7, 3, 200])
    np.testing.assert_allclose(lessons[some], near[some], atol=1e-4)


def test_it_learns_from_a_stream_as_from_memory(taught, train, valid, tmp_path, monkeypatch):
    from features import store

    features, labels = train
    monkeypatch.setattr(store, "SHARD_ROWS", 100)
    store.write(
        tmp_path, features.table, [(features.mfcc, features.summary)], settings=SETTINGS, statistics=features.statistics
    )
    monkeypatch.setattr(storage, "MEMORY_ROWS", 64)
    far = store.open_store(tmp_path).loaded()
    assert isinstance(far.summary, storage.Rows)
    found = fit((far, labels), valid, taught=2.0)
    np.testing.assert_allclose(found.predict_proba(valid[0]), taught.predict_proba(valid[0]), atol=1e-3)


@pytest.fixture(scope="module")
def untaught(train, valid):
    """In a run whose features have a tagger."""
    return fit(train, valid)


def test_where_it_is_not_taught_the_tagger_changes_nothing(untaught, train, valid):
    alone = fit(*((features.hearing("none"), labels) for features, labels in (train, valid)))
    assert untaught.taught_by == alone.taught_by == ""
    assert "val_taught" not in untaught.history
    for one, two in zip(untaught.networks[0].get_weights(), alone.networks[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.fixture(scope="module")
def released(taught, tmp_path_factory):
    return export.release(
        taught, tmp_path_factory.mktemp("out") / "taught", settings=SETTINGS, config=CONFIG, metadata={}
    )


def test_the_released_graph_carries_no_tagger(released, untaught, tmp_path):
    config = json.loads((released / "config.json").read_text())
    assert config["taught_by"] == "msd-musicnn"
    assert config["features"]["tagger"] == "none"
    assert config["head_inputs"] == ["mfcc"]
    assert config["statistics"] == []
    deaf = dataclasses.replace(SETTINGS, tagger="none")
    plain = export.release(untaught, tmp_path / "plain", settings=deaf, config=CONFIG, metadata={})
    assert "taught_by" not in json.loads((plain / "config.json").read_text())
    for name in ("model.onnx", "frontend.onnx", "head.onnx"):
        graph, other = (onnx.load(folder / name).graph for folder in (released, plain))
        assert [node.op_type for node in graph.node] == [node.op_type for node in other.node], name
        assert sum(len(t.raw_data) for t in graph.initializer) == sum(len(t.raw_data) for t in other.initializer), name
        assert (released / name).stat().st_size < named("msd-musicnn")[0].path.stat().st_size, name


def test_the_graph_answers_as_the_network(released, taught, valid):
    session = onnxruntime.InferenceSession(released / "head.onnx", providers=["CPUExecutionProvider"])
    (p,) = session.run(["probabilities"], {"mfcc": valid[0].mfcc})
    np.testing.assert_allclose(p, taught.predict_proba(valid[0]), atol=1e-4)


def test_it_is_saved_with_its_teacher_and_a_blend_tells_of_it(taught, valid, tmp_path):
    taught.save(tmp_path / "one")
    again = models.load(tmp_path / "one")
    assert again.taught_by == "msd-musicnn"
    np.testing.assert_array_equal(again.predict_proba(valid[0]), taught.predict_proba(valid[0]))
    blend = models.create("blend", genres=GENRES, members={"cnn": again})
    assert blend.taught_by == "msd-musicnn"
    reader = models.create("svm", genres=GENRES)
    blend.take({"cnn": again, "svm": reader})
    assert blend.taught_by == ""  # its graph carries the tagger itself


def test_only_the_architecture_with_an_embedding_of_its_own_is_taught():
    for architecture in ("original", "pretrained"):
        with pytest.raises(ModelError, match=r"cnn\.taught=2 needs architecture=two_view, not " + architecture):
            models.create("cnn", genres=GENRES, taught=2.0, architecture=architecture)
    with pytest.raises(ModelError, match=r"cnn\.taught_components=0"):
        models.create("cnn", genres=GENRES, taught_components=0)


def test_without_a_tagger_there_is_nobody_to_teach(train):
    deaf = train[0].hearing("none")
    with pytest.raises(FeatureError, match=r"set features\.tagger too"):
        models.create("cnn", genres=GENRES, taught=1.0).fit(deaf, train[1])
