"""Every kind of model behind the one interface: it learns, it is saved whole, its ONNX graph answers the same."""

import json

import numpy as np
import onnxruntime
import pandas as pd
import pytest

import models
from features import Engine, FeatureError, FeatureSettings
from features.store import FeatureSet
from features.taggers import statistics
from models import export
from models.base import genre_weights
from models.errors import ModelError

SETTINGS = FeatureSettings(segment_s=1.0, segment_hop_s=1.0, tagger="msd-musicnn")
GENRES = ["high", "low", "noise"]
SMALL = {
    "cnn": {
        "epochs": 8,
        "samples_per_epoch": 256,
        "filters": [8, 8],
        "ensemble_size": 2,
        "mixup": 0.0,
        "learning_rate": 0.01,
    },
    "svm": {},
    "xgb": {"rounds": 10, "colsample": 0.5},
    "pretrained": {"architecture": "pretrained", "components": 20},
}
NAMES = (*models.KINDS, "pretrained")


def temper(p: np.ndarray, temperature: float) -> np.ndarray:
    """What `models.heads.apply_temperature` does, on arrays."""
    powers = np.maximum(p, 1e-6) ** (1 / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)


def create(name: str, genres: list[str], seed: int = 0):
    return models.create("cnn" if name == "pretrained" else name, genres=genres, seed=seed, **SMALL[name])


def sound(genre: str, rng: np.random.Generator, n: int = 22_050) -> np.ndarray:
    t = np.arange(n) / 22_050
    y = 0.05 * rng.standard_normal(n)
    if genre != "noise":
        y += 0.3 * np.sin(2 * np.pi * rng.uniform(0.9, 1.1) * (2000 if genre == "high" else 200) * t)
    return y.astype(np.float32)


@pytest.fixture(scope="module")
def engine():
    return Engine(SETTINGS)


@pytest.fixture(scope="module")
def features(engine):
    rng = np.random.default_rng(5)
    genre = [GENRES[i % 3] for i in range(60)]
    made = [engine.extract(sound(g, rng)) for g in genre]
    table = pd.DataFrame({"segment_id": range(60), "track_id": range(60), "genre": genre, "weight": 1.0})
    return FeatureSet(
        table,
        np.concatenate([m.segments for m in made]),
        np.concatenate([m.summary for m in made]),
        engine.statistics,
        SETTINGS,
    )


@pytest.fixture(scope="module")
def labels(features):
    return features.table["genre"].map(GENRES.index).to_numpy()


@pytest.fixture(scope="module")
def fitted(features, labels):
    made = {name: create(name, GENRES, seed=3).fit(features, labels, validation=(features, labels)) for name in SMALL}
    made["blend"] = models.create("blend", genres=GENRES, members=dict(made)).fit(
        features, labels, validation=(features, labels)
    )
    return made


@pytest.mark.parametrize("kind", NAMES)
def test_learns_what_is_easy(fitted, features, labels, kind):
    p = fitted[kind].predict_proba(features)
    assert p.shape == (60, 3)
    assert p.dtype == np.float32
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-5)
    assert (p.argmax(axis=1) == labels).mean() > (0.6 if kind == "cnn" else 0.9)


@pytest.mark.parametrize("kind", NAMES)
def test_saved_and_loaded_gives_the_same_answers(fitted, features, kind, tmp_path):
    fitted[kind].save(tmp_path)
    again = models.load(tmp_path)
    np.testing.assert_array_equal(again.predict_proba(features), fitted[kind].predict_proba(features))


@pytest.fixture(scope="module")
def again(features, labels):
    return {name: create(name, GENRES, seed=3).fit(features, labels, validation=(features, labels)) for name in SMALL}


@pytest.mark.parametrize("kind", SMALL)
def test_same_seed_same_answers(fitted, again, features, kind):
    np.testing.assert_array_equal(again[kind].predict_proba(features), fitted[kind].predict_proba(features))


@pytest.fixture(scope="module")
def released(fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("released")
    config = {"name": "x", "kind": "x", "temperature": 1.5, "uncertain_below": 0.4}
    for kind, model in fitted.items():
        export.release(model, folder / kind, settings=SETTINGS, config=config, metadata={})
    return folder


@pytest.mark.parametrize("kind", SMALL)
def test_the_same_inputs_give_the_same_bytes(fitted, again, kind, released, tmp_path):
    """Of the saved model and of every graph, though converters count their names up and archives know the time."""
    fitted[kind].save(tmp_path / "a")
    again[kind].save(tmp_path / "b")
    config = {"name": "x", "kind": "x", "temperature": 1.5, "uncertain_below": 0.4}
    export.release(again[kind], tmp_path / "c", settings=SETTINGS, config=config, metadata={})
    saved = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(saved) > 1
    for name in saved:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    for name in ("model.onnx", "frontend.onnx", "head.onnx"):
        assert (released / kind / name).read_bytes() == (tmp_path / "c" / name).read_bytes(), name


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("n", [1, 700, 22_049, 22_050, 22_051, 66_150, 100_000])
def test_the_graph_answers_as_the_model(released, fitted, engine, kind, n):
    y = sound("low", np.random.default_rng(n), n)
    made = engine.extract(y)
    one = FeatureSet(
        pd.DataFrame(index=range(len(made.starts))), made.segments, made.summary, engine.statistics, SETTINGS
    )
    want = temper(fitted[kind].predict_proba(one), 1.5)
    session = onnxruntime.InferenceSession(released / kind / "model.onnx", providers=["CPUExecutionProvider"])
    got = dict(zip([o.name for o in session.get_outputs()], session.run(None, {"samples": y[None]}), strict=True))
    tolerance = 0.05 if kind in ("xgb", "blend") else 1e-4  # a threshold within rounding sends a tree the other way
    np.testing.assert_allclose(got["segment_probabilities"][0], want, atol=tolerance)
    np.testing.assert_allclose(got["probabilities"][0], got["segment_probabilities"][0].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(got["mfcc"][0], made.mfcc, atol=2e-3)


def test_front_end_and_head_give_what_the_whole_graph_gives(released):
    batch = np.stack([sound(g, np.random.default_rng(1), 50_000) for g in GENRES])
    folder = released / "blend"
    whole, front, head = (
        onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
        for name in ("model", "frontend", "head")
    )
    segments, _, summary = front.run(["segments", "mfcc", "summary"], {"samples": batch})
    (parts,) = head.run(None, {"mfcc": segments, "summary": summary})
    (want,) = whole.run(["segment_probabilities"], {"samples": batch})
    np.testing.assert_allclose(parts.reshape(want.shape), want, atol=1e-5)


def test_the_pretrained_network_reads_the_embedding_and_its_file_stays_small(released):
    folder = released / "pretrained"
    config = json.loads((folder / "config.json").read_text())
    assert config["head_inputs"] == ["embedding"]
    assert config["statistics"] == list(statistics("msd-musicnn"))
    assert (folder / "model.onnx").stat().st_size <= 2_000_000
    front, head, whole = (
        onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
        for name in ("frontend", "head", "model")
    )
    y = sound("high", np.random.default_rng(1), 50_000)[None]
    (parts,) = head.run(None, {"embedding": front.run(["embedding"], {"samples": y})[0]})
    (want,) = whole.run(["segment_probabilities"], {"samples": y})
    np.testing.assert_allclose(parts, want[0], atol=1e-6)


def test_the_pretrained_network_needs_a_tagger(labels):
    settings = FeatureSettings(segment_s=1.0, segment_hop_s=1.0)
    features = FeatureSet(
        pd.DataFrame(index=range(60)), np.zeros((60, 44, 40)), np.zeros((60, 3)), tuple("abc"), settings
    )
    with pytest.raises(FeatureError, match=r"set features\.tagger too"):
        create("pretrained", GENRES).fit(features, labels)


def test_two_genres_are_enough(features, labels):
    kept = labels < 2
    for kind in ("svm", "xgb"):
        model = create(kind, GENRES[:2]).fit(features.take(kept), labels[kept])
        assert (model.predict_proba(features.take(kept)).argmax(axis=1) == labels[kept]).mean() > 0.9


def test_a_genre_without_segments_is_refused(features, labels):
    with pytest.raises(ModelError, match="noise"):
        models.create("svm", genres=GENRES).fit(features.take(labels < 2), labels[labels < 2])


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("cnn", {"architecture": "resnet"}, "original"),
        ("cnn", {"dropout": 1.5}, "cnn.dropout=1.5"),
        ("cnn", {"filters": [0]}, "cnn.filters"),
        ("svm", {"C": -1}, "svm.C=-1"),
        ("xgb", {"max_depth": 99}, "xgb.max_depth=99"),
        ("tree", {}, "cnn"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(kind, settings, words):
    with pytest.raises(ModelError, match=words):
        models.create(kind, genres=GENRES, **settings)


def test_a_model_saved_under_older_names_of_settings_still_loads(fitted, features, tmp_path):
    fitted["cnn"].save(tmp_path)
    document = json.loads((tmp_path / "model.json").read_text())
    for old, new in (("members", "ensemble_size"), ("auxiliary", "auxiliary_loss")):
        document["settings"][old] = document["settings"].pop(new)
    (tmp_path / "model.json").write_text(json.dumps(document))
    np.testing.assert_array_equal(models.load(tmp_path).predict_proba(features), fitted["cnn"].predict_proba(features))


def test_every_kind_goes_by_the_name_of_its_folder():
    for kind in models.names():
        cls = models.kind_class(kind)
        assert cls.kind == kind
        assert cls.label
        assert cls.help
    assert set(models.trained()) | set(models.combining()) == set(models.names())


def test_a_prefix_that_matches_nothing_is_refused(features, labels):
    with pytest.raises(ModelError, match="chrome"):
        models.create("svm", genres=GENRES, leave_out=["chrome"]).fit(features, labels)


def test_the_original_architecture_has_its_2986250_weights():
    assert models.create("cnn", genres=list("abcdefghij"), architecture="original").build((220, 25)).count_params() == (
        2_986_250
    )


def test_rare_genres_count_as_much():
    labels = np.array([0] * 9 + [1])
    weight = genre_weights(labels, np.ones(10), 2)
    assert weight[labels == 0].sum() == pytest.approx(weight[labels == 1].sum())
    assert weight.mean() == pytest.approx(1.0)


def test_blend_weights_need_validation(features, labels, fitted):
    with pytest.raises(ModelError, match="validation"):
        models.create("blend", genres=GENRES, members={"svm": fitted["svm"]}).fit(features, labels)
