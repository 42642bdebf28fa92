"""Shapes, invariants and edges of the feature engine."""

import subprocess
import sys

import numpy as np
import pytest

from features import Engine, FeatureError, FeatureSettings
from musiclassify.audio import segments

RATE = 22_050


@pytest.fixture(scope="module")
def engine():
    return Engine()


def noise(n: int, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(n) * 0.1).astype(np.float32)


def test_more_than_300_named_statistics(engine):
    names = engine.statistics
    assert len(names) == len(set(names)) >= 300


@pytest.mark.parametrize("n", [1, 2047, 2048, 2049, 110_249, 110_250, 110_251, 3 * 110_250, 661_059, 30 * RATE])
def test_shapes_at_boundary_lengths(engine, n):
    got = engine.extract(noise(n))
    k = segments.count(max(n, 110_250))
    assert got.segments.shape == (k, 216, 40)
    assert got.summary.shape == (k, len(engine.statistics))
    assert got.mfcc.shape == (1 + max(n, 110_250) // 512, 40)
    assert np.isfinite(got.summary).all()
    assert got.summary.dtype == got.segments.dtype == np.float32


@pytest.mark.parametrize(
    "signal",
    [
        np.zeros(200_000, np.float32),
        np.full(200_000, 0.5, np.float32),
        np.clip(noise(200_000) * 100, -1, 1),
        np.sin(np.arange(200_000) * 0.3).astype(np.float32),
        np.eye(1, 200_000, 99_999, dtype=np.float32)[0],
        noise(200_000) * 1e-7,
    ],
    ids=["silence", "constant", "clipped", "tone", "click", "tiny"],
)
def test_finite_input_gives_finite_statistics(engine, signal):
    got = engine.extract(signal)
    assert np.isfinite(got.summary).all()
    assert np.isfinite(got.mfcc).all()


def test_segments_are_slices_of_the_whole(engine):
    got = engine.extract(noise(30 * RATE))
    for start, segment in zip(got.starts, got.segments, strict=True):
        np.testing.assert_array_equal(segment, got.mfcc[start : start + 216])


def test_a_short_signal_equals_its_own_repetition(engine):
    y = noise(50_000)
    short, looped = engine.extract(y), engine.extract(np.tile(y, 3)[:110_250])
    np.testing.assert_array_equal(short.summary, looped.summary)


def test_a_copy_with_its_margins_equals_the_segment_inside_its_clip(engine):
    y = noise(30 * RATE)
    start = 512 * 430
    cut = y[start - 1024 : start + 110_250 + 1024]
    one = engine.extract_segment(cut)
    inside = engine.extract(y).mfcc[430 : 430 + 216]
    np.testing.assert_allclose(one.segments[0], inside, atol=2e-3)
    with pytest.raises(FeatureError, match="margins"):
        engine.extract_segment(cut[:-1])


def test_gain_moves_only_what_tells_of_level(engine):
    y = noise(110_250)
    loud, soft = engine.extract(y).summary[0], engine.extract(y * 0.25).summary[0]
    names = np.array(engine.statistics)
    same = np.array(
        [n.startswith(("chroma", "centroid", "zero_crossings", "tempo", "mfcc_correlation")) for n in names]
    )
    np.testing.assert_allclose(soft[same], loud[same], rtol=1e-2, atol=1e-2)
    rms = list(names).index("rms_mean")
    assert soft[rms] - loud[rms] == pytest.approx(20 * np.log10(0.25), abs=0.01)


def test_tempo_of_a_click_track(engine):
    y = noise(30 * RATE) * 1e-3
    y[:: RATE // 2] += 0.9  # two clicks a second
    tempo = engine.extract(y).summary[:, engine.statistics.index("tempo")]
    assert np.median(tempo) == pytest.approx(120.0, rel=0.05)


@pytest.mark.parametrize(
    "bad", [np.zeros(0), np.zeros((2, 100)), np.array([0.0, np.nan]), np.array([np.inf, 0.0])], ids=str
)
def test_unusable_input_is_refused(engine, bad):
    with pytest.raises(FeatureError):
        engine.extract(bad)


def test_other_settings_give_other_shapes():
    engine = Engine(FeatureSettings(segment_s=3.0, segment_hop_s=1.5, n_mels=80, n_mfcc=20))
    got = engine.extract(noise(9 * RATE))
    assert got.segments.shape == (5, 130, 20)
    assert got.summary.shape[1] == len(engine.statistics)


def test_import_loads_neither_librosa_nor_the_learning_libraries():
    code = (
        "import sys, features; "
        "print([m for m in ('librosa', 'numba', 'sklearn', 'tensorflow', 'xgboost', 'pandas') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
