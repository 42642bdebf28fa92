"""The transform of a graph against numpy's, for any length of frame."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest

from features import Engine, FeatureSettings
from models.frontend import frontend_model
from models.graph import Graph, value
from models.transform import power, split


def spectra(frames: np.ndarray) -> np.ndarray:
    """What a graph makes of frames [batch, n, frames]."""
    g = Graph()
    found = g.name(power(g, "frames", frames.shape[1]), "power")
    model = g.model(
        "spectra", [value("frames", ["batch", frames.shape[1], "f"])], [value(found, ["batch", "bins", "f"])]
    )
    assert model.ByteSize() < 64_000  # its large matrices are made when it is opened
    return ort.InferenceSession(model.SerializeToString()).run(None, {"frames": frames})[0]


@pytest.mark.parametrize("n", [2048, 512, 1024, 1536, 1000, 882, 626])
def test_any_length_is_transformed_as_numpy_does(n: int, rng: np.random.Generator) -> None:
    frames = rng.standard_normal((2, n, 3)).astype(np.float32)
    expected = np.abs(np.fft.rfft(frames.astype(np.float64), axis=1)) ** 2
    np.testing.assert_allclose(spectra(frames), expected, rtol=0, atol=3e-6 * expected.max())


def test_a_tone_stands_in_its_own_bin() -> None:
    for place in (0, 1, 31, 32, 33, 63, 64, 500, 1023, 1024):
        tone = np.cos(2 * np.pi * place * np.arange(2048) / 2048)
        found = spectra(tone.astype(np.float32)[None, :, None])[0, :, 0]
        assert found.argmax() == place
        assert np.delete(found, place).max() < 1e-8 * found[place]


def test_the_layout_takes_the_fewest_multiplications() -> None:
    assert (split(2048), split(512), split(7)) == (64, 32, 7)


@pytest.mark.parametrize("hop_s", [1.25, 2.5, 4.0])
@pytest.mark.parametrize("seconds", [1.0, 2.5, 2.6, 5.0, 11.3])
def test_frames_come_back_in_their_order_wherever_segments_lie(
    hop_s: float, seconds: float, rng: np.random.Generator
) -> None:
    """Segments that overlap, that touch and that leave gaps; nothing left to fill a row with, and much of it."""
    engine = Engine(FeatureSettings(segment_s=2.5, segment_hop_s=hop_s))
    session = ort.InferenceSession(frontend_model(engine, ("mfcc", "summary")).SerializeToString())
    rows = rng.standard_normal((2, round(22050 * seconds))).astype(np.float32) * np.float32([[0.1], [0.02]])
    segments, mfcc, summary = session.run(None, {"samples": rows})
    every = [engine.extract(row) for row in rows]
    np.testing.assert_allclose(mfcc, np.stack([one.mfcc for one in every]), atol=2e-3)
    np.testing.assert_allclose(segments, np.concatenate([one.segments for one in every]), atol=2e-3)
    expected = np.concatenate([one.summary for one in every])
    np.testing.assert_allclose(summary, expected, rtol=2e-3, atol=2e-3)
