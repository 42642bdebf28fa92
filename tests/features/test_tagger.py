"""What a network that was trained elsewhere hears: names, shapes, edges, and its file's hash."""

import numpy as np
import pandas as pd
import pytest

from features import Engine, FeatureError, FeatureSettings, store, tagger
from features.tagger import STATISTICS
from settings import SettingError

SETTINGS = FeatureSettings(segment_s=2.0, segment_hop_s=1.0, tagger="msd-musicnn")


@pytest.fixture(scope="module")
def engine():
    return Engine(SETTINGS)


def noise(n: int) -> np.ndarray:
    return (np.random.default_rng(0).standard_normal(n) * 0.1).astype(np.float32)


def test_names_come_after_the_engines_own(engine):
    own = Engine(FeatureSettings(segment_s=2.0, segment_hop_s=1.0)).statistics
    assert engine.statistics == own + STATISTICS
    assert len(set(STATISTICS)) == len(STATISTICS) == 250


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
    alone = engine.families["tagger"].tagger.of(y[None, first : first + SETTINGS.segment_samples])
    np.testing.assert_array_equal(got.summary[1, -250:], alone[0])


def test_a_copy_with_its_margins_is_heard_as_the_segment_inside_its_clip(engine):
    y, margin = noise(100_000), SETTINGS.n_fft // 2
    cut = y[22_016 - margin : 22_016 + SETTINGS.segment_samples + margin]
    inside = engine.families["tagger"].tagger.of(y[None, 22_016 : 22_016 + SETTINGS.segment_samples])
    np.testing.assert_array_equal(engine.extract_segment(cut).summary[:, -250:], inside)


@pytest.mark.parametrize("y", [np.zeros(50_000), np.full(50_000, 0.9), 30 * noise(50_000)], ids=["zero", "dc", "loud"])
def test_odd_sound_gives_finite_numbers(engine, y):
    assert np.isfinite(engine.extract(y.astype(np.float32)).summary).all()


def test_loud_metal_like_noise_and_a_soft_tone_are_told_apart(engine):
    at = [STATISTICS.index(name) for name in ("tag_metal", "tag_ambient")]
    tone = (0.05 * np.sin(np.arange(100_000) * 2 * np.pi * 220 / 22_050)).astype(np.float32)
    metal, ambient = (engine.extract(y).summary[:, -250:].mean(axis=0)[at] for y in (noise(100_000), tone))
    assert metal[0] - metal[1] > ambient[0] - ambient[1]


def test_another_file_is_refused(monkeypatch):
    monkeypatch.setitem(tagger.TAGGERS, "msd-musicnn", "0" * 64)
    with pytest.raises(FeatureError, match="another sha256"):
        tagger.file_of("msd-musicnn")


def test_a_missing_file_is_refused(monkeypatch):
    monkeypatch.setitem(tagger.TAGGERS, "absent", "0" * 64)
    with pytest.raises(FeatureError, match="cannot be read"):
        tagger.file_of("absent")


def test_unknown_taggers_and_other_rates_are_refused():
    with pytest.raises(SettingError, match="tagger='vggish' must be one of none, msd-musicnn"):
        FeatureSettings(tagger="vggish")
    with pytest.raises(SettingError, match="needs sample_rate=22050, not 44100"):
        FeatureSettings(tagger="msd-musicnn", sample_rate=44100)


def test_a_store_gives_the_embedding_alone(engine, tmp_path):
    got = engine.extract(noise(100_000))
    table = pd.DataFrame({"segment_id": range(len(got.starts)), "track_id": "t", "genre": "g", "group": "a"})
    blocks = [(got.segments, got.summary)]
    store.write(tmp_path / "with", table, blocks, settings=SETTINGS, statistics=engine.statistics)
    np.testing.assert_array_equal(store.open_store(tmp_path / "with").embedding, got.summary[:, -250:])


def test_features_without_a_tagger_say_so():
    features = store.FeatureSet(pd.DataFrame(), np.zeros((0, 1, 1)), np.zeros((0, 1)), ("x",), FeatureSettings())
    with pytest.raises(FeatureError, match=r"set features\.tagger too"):
        _ = features.embedding
