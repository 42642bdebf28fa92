"""The toy keeps the contract of the real graphs, or tests that use it would prove nothing."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
from toy_model import BANDS, FRAMES, LABELS, RATE, SEGMENT, STATISTICS, tone_for, write_toy_model

from musiclassify.audio import segments


def run(path, **inputs):
    session = ort.InferenceSession(path)
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, inputs), strict=True))


@pytest.mark.parametrize("head_inputs", [("mfcc",), ("summary",), ("mfcc", "summary")])
@pytest.mark.parametrize("n", [1, 511, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 30 * RATE, 676_000])
def test_shapes_and_parts_agree(n, head_inputs, tmp_path, rng):
    folder = write_toy_model(tmp_path / "toy", head_inputs=head_inputs)
    samples = rng.standard_normal((2, n)).astype(np.float32) * 0.1
    whole = run(folder / "model.onnx", samples=samples)
    front = run(folder / "frontend.onnx", samples=samples)
    long = max(n, SEGMENT)
    k = segments.count(n)
    assert whole["probabilities"].shape == (2, len(LABELS))
    assert whole["segment_probabilities"].shape == (2, k, len(LABELS))
    assert whole["mfcc"].shape == front["mfcc"].shape == (2, 1 + long // 512, BANDS)
    assert front["segments"].shape == (2 * k, FRAMES, BANDS)
    assert ("summary" in whole) == ("summary" in head_inputs)
    np.testing.assert_allclose(whole["probabilities"].sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(whole["probabilities"], whole["segment_probabilities"].mean(1), atol=1e-6)
    at = segments.starts(long) // 512
    for row in range(2):
        for i, start in enumerate(at):
            np.testing.assert_array_equal(front["segments"][row * k + i], front["mfcc"][row, start : start + FRAMES])
    named = {"mfcc": front["segments"], "summary": front["summary"]}
    head = run(folder / "head.onnx", **{name: named[name] for name in head_inputs})
    np.testing.assert_allclose(head["probabilities"].reshape(2, k, -1), whole["segment_probabilities"], atol=1e-6)
    if "summary" in whole:
        np.testing.assert_array_equal(whole["summary"].reshape(2 * k, len(STATISTICS)), front["summary"])


def test_a_tone_decides(tmp_path):
    folder = write_toy_model(tmp_path / "toy")
    for k, label in enumerate(LABELS):
        answer = run(folder / "model.onnx", samples=tone_for(label)[None])["probabilities"][0]
        assert answer.argmax() == k
        assert answer[k] > 0.5


def test_the_same_call_writes_the_same_bytes(tmp_path):
    a, b = write_toy_model(tmp_path / "a"), write_toy_model(tmp_path / "b")
    for path in a.iterdir():
        assert path.read_bytes() == (b / path.name).read_bytes()
