"""musicnn's extractor for the benchmark: one patch of 3 s at a time, and the network that its description asks for."""

import subprocess
import sys

import numpy as np
import pytest

from benchmarks import musicnn
from benchmarks.clips import RATE


@pytest.fixture
def patches(monkeypatch):
    """The patches that a network which tells each one's number was given."""
    seen = []

    def network(patch):
        seen.append(patch)
        return np.full(50, float(len(seen)))

    monkeypatch.setattr(musicnn, "_network", lambda: network)
    return seen


def test_a_sound_is_heard_patch_by_patch_and_the_tags_are_their_mean(patches, rng):
    tags = musicnn.extractor()(rng.normal(0, 0.1, 10 * RATE).astype(np.float32))
    assert [patch.shape for patch in patches] == [(musicnn.PATCH, musicnn.BANDS)] * 3, "3 s each, the rest left out"
    assert {patch.dtype for patch in patches} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(tags, np.full(50, 2.0))


def test_the_spectrogram_is_the_logarithm_that_musicnn_takes(patches):
    extract = musicnn.extractor()
    extract(np.zeros(4 * RATE, np.float32))
    assert not patches[0].any(), "log10(1 + 10 000 * 0)"
    t = np.arange(4 * RATE) / RATE
    extract((0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32))
    tone = patches[1].mean(axis=0)
    assert 3 < tone.max() < 7
    assert tone.argmax() == pytest.approx(12, abs=4), "440 Hz lies among the low bands of 96"
    assert tone[60:].max() < tone.max() / 3


@pytest.mark.slow
def test_the_network_has_musicnns_size_and_gives_fifty_probabilities():
    pytest.importorskip("tensorflow", reason="no TensorFlow: pip install .[learn]")
    # its number of threads is set before anything else of TensorFlow's: a process of its own
    code = """
import numpy as np, tensorflow as tf
from benchmarks import musicnn
made, constant = [], tf.constant
def noted(value, *rest, **more):
    made.append(np.size(value))
    return constant(value, *rest, **more)
tf.constant = noted
network = musicnn._network()
weights, tags = sum(made), network(np.ones((musicnn.PATCH, musicnn.BANDS), np.float32))
assert tags.shape == (50,) and (tags > 0).all() and (tags < 1).all(), tags
other = network(np.zeros((musicnn.PATCH, musicnn.BANDS), np.float32))
assert not np.allclose(tags, other)
print(weights)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == pytest.approx(787_000, rel=0.01), "the published network's number of parameters"
