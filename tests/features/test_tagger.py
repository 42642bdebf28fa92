"""What a network that was trained elsewhere hears: names, shapes, edges, its file's hash, and files of one's own."""

import dataclasses
import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from features import Engine, FeatureError, FeatureSettings, store, taggers
from settings import SettingError

SETTINGS = FeatureSettings(segment_s=2.0, segment_hop_s=1.0, tagger="msd-musicnn")
STATISTICS = taggers.statistics("msd-musicnn")
N = len(STATISTICS)


@pytest.fixture(scope="module")
def engine():
    return Engine(SETTINGS)


def noise(n: int) -> np.ndarray:
    return (np.random.default_rng(0).standard_normal(n) * 0.1).astype(np.float32)


def test_names_come_after_the_engines_own(engine):
    own = Engine(FeatureSettings(segment_s=2.0, segment_hop_s=1.0)).statistics
    assert engine.statistics == own + STATISTICS
    assert len(set(STATISTICS)) == N == 50 + 200 + 2 * 256


@pytest.mark.parametrize("n", [1, 44_099, 44_100, 44_101, 100_000])
def test_a_row_a_segment(engine, n):
    got = engine.extract(noise(n))
    assert got.summary.shape == (len(got.starts), len(engine.statistics))
    assert got.summary.dtype == np.float32
    assert np.isfinite(got.summary).all()


def test_a_segment_is_heard_alone(engine):
    y = noise(100_000)
    got = engine.extract(y)
    first = got.starts[1] * SETTINGS.hop_length
    alone = engine.families["tagger"].runners[0].of(y[None, first : first + SETTINGS.segment_samples])
    np.testing.assert_array_equal(got.summary[1, -N:], alone[0])


def test_a_copy_with_its_margins_is_heard_as_the_segment_inside_its_clip(engine):
    y, margin = noise(100_000), SETTINGS.n_fft // 2
    cut = y[22_016 - margin : 22_016 + SETTINGS.segment_samples + margin]
    inside = engine.families["tagger"].runners[0].of(y[None, 22_016 : 22_016 + SETTINGS.segment_samples])
    np.testing.assert_array_equal(engine.extract_segment(cut).summary[:, -N:], inside)


@pytest.mark.parametrize("y", [np.zeros(50_000), np.full(50_000, 0.9), 30 * noise(50_000)], ids=["zero", "dc", "loud"])
def test_odd_sound_gives_finite_numbers(engine, y):
    assert np.isfinite(engine.extract(y.astype(np.float32)).summary).all()


def test_loud_metal_like_noise_and_a_soft_tone_are_told_apart(engine):
    at = [STATISTICS.index(name) for name in ("msd_tag_metal", "msd_tag_ambient")]
    tone = (0.05 * np.sin(np.arange(100_000) * 2 * np.pi * 220 / 22_050)).astype(np.float32)
    metal, ambient = (engine.extract(y).summary[:, -N:].mean(axis=0)[at] for y in (noise(100_000), tone))
    assert metal[0] - metal[1] > ambient[0] - ambient[1]


def test_two_are_heard_side_by_side(engine):
    both = Engine(dataclasses.replace(SETTINGS, tagger="msd-musicnn+mtt-musicnn"))
    assert both.statistics == engine.statistics + taggers.statistics("mtt-musicnn")
    y = noise(50_000)
    np.testing.assert_array_equal(both.extract(y).summary[:, : len(engine.statistics)], engine.extract(y).summary)


def test_every_entry_says_what_it_has_heard():
    for name in taggers.names():
        (one,) = taggers.named(name)
        assert one.licence
        assert "learned to tell" in one.card
        assert one.checked()


def test_another_or_a_missing_file_is_refused(tmp_path):
    (one,) = taggers.named("msd-musicnn")
    with pytest.raises(FeatureError, match="another sha256"):
        dataclasses.replace(one, sha256="0" * 64).checked()
    with pytest.raises(FeatureError, match="cannot be read"):
        dataclasses.replace(one, path=tmp_path / "absent.onnx").checked()


def test_unknown_taggers_and_other_rates_are_refused():
    with pytest.raises(SettingError, match="tagger='vggish' must be one of none, msd-musicnn, mtt-musicnn"):
        FeatureSettings(tagger="vggish")
    with pytest.raises(SettingError, match="names a network twice"):
        FeatureSettings(tagger="msd-musicnn+msd-musicnn")
    with pytest.raises(SettingError, match="needs sample_rate=22050, not 44100"):
        FeatureSettings(tagger="msd-musicnn", sample_rate=44100)


@pytest.fixture
def own(tmp_path):
    """A network of somebody's own: mean and largest sample."""
    from models.graph import Graph, value

    g = Graph()
    made = g.concat([g.mean("segments", 1, keep=True), g.max("segments", [1], keep=True)], 1)
    model = g.model("own", [value("segments", ["n", "samples"])], [value(g.name(made, "statistics"), ["n", 2])])
    path = tmp_path / "ear.onnx"
    path.write_bytes(model.SerializeToString())
    told = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "licence": "CC0", "card": "It has heard nothing."}
    path.with_suffix(".json").write_text(json.dumps(told), encoding="utf-8")
    return path


def test_a_network_of_ones_own_needs_no_entry(own):
    engine = Engine(dataclasses.replace(SETTINGS, tagger=str(own)))
    assert engine.statistics[-2:] == ("ear_0", "ear_1")
    y = noise(SETTINGS.segment_samples)
    np.testing.assert_allclose(engine.extract(y).summary[0, -2:], [y.mean(), y.max()], atol=1e-6)


def test_what_ones_own_network_lacks_is_told(own):
    own.with_suffix(".json").write_text('{"licence": "CC0", "card": "x"}', encoding="utf-8")
    with pytest.raises(SettingError, match=r"ear\.json beside it: an object with sha256, licence and card"):
        FeatureSettings(tagger=str(own))


def test_level_is_taken_out():
    settings = FeatureSettings(segment_s=2.0, segment_hop_s=1.0, level=0.125)
    loud, soft = (Engine(settings).extract(gain * noise(60_000)).summary for gain in (3.0, 0.01))
    np.testing.assert_allclose(loud, soft, rtol=2e-3, atol=2e-3)


def test_a_store_gives_the_embedding_alone(engine, tmp_path):
    got = engine.extract(noise(100_000))
    table = pd.DataFrame({"segment_id": range(len(got.starts)), "track_id": "t", "genre": "g", "group": "a"})
    blocks = [(got.segments, got.summary)]
    store.write(tmp_path / "with", table, blocks, settings=SETTINGS, statistics=engine.statistics)
    np.testing.assert_array_equal(store.open_store(tmp_path / "with").embedding, got.summary[:, -N:])


def test_features_without_a_tagger_say_so():
    features = store.FeatureSet(pd.DataFrame(), np.zeros((0, 1, 1)), np.zeros((0, 1)), ("x",), FeatureSettings())
    with pytest.raises(FeatureError, match=r"set features\.tagger too"):
        _ = features.embedding


def test_features_can_be_taken_as_another_tagger_would_hear(engine):
    both = dataclasses.replace(SETTINGS, tagger="msd-musicnn+mtt-musicnn")
    got = Engine(both).extract(noise(50_000))
    table = pd.DataFrame({"segment_id": range(len(got.starts))})
    features = store.FeatureSet(table, got.segments, got.summary, Engine(both).statistics, both)
    alone = features.hearing("mtt-musicnn")
    assert alone.statistics == Engine(dataclasses.replace(SETTINGS, tagger="mtt-musicnn")).statistics
    n = len(taggers.statistics("mtt-musicnn"))
    np.testing.assert_array_equal(alone.embedding, got.summary[:, -n:])
    assert features.hearing("none").statistics == Engine(dataclasses.replace(SETTINGS, tagger="none")).statistics
    with pytest.raises(FeatureError, match="msd-musicnn is not among them"):
        alone.hearing("msd-musicnn")
