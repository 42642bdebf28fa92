"""The rewritten network answers as the one that its authors described, whatever the weights."""

from __future__ import annotations

import zipfile

import numpy as np
import onnxruntime
import pytest

from pipeline.errors import PipelineError
from studies import convert_tagger as tagger

FILTERS = ((7, 38, 204), (7, 67, 204), (128, 1, 51), (64, 1, 51), (32, 1, 51))
SILENT = (range(20, 204), range(150), (0, 50), (), range(3, 40))  # of each, filters whose kernels came to nothing


@pytest.fixture(scope="module")
def weights():
    """Random weights of the right shapes; some scales are negative and some filters say nothing, as when trained."""
    rng = np.random.default_rng(1)
    made: dict[str, np.ndarray] = {}

    def normalisation(number: int, n: int) -> None:
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        made[f"{name}/gamma"] = rng.uniform(0.5, 1.5, n) * (rng.choice([-1, 1], n) if n > 1 else 1)
        made[f"{name}/beta"], made[f"{name}/moving_mean"] = rng.normal(0, 0.2, (2, n))
        made[f"{name}/moving_variance"] = rng.uniform(0.5, 1.5, n)

    def layer(name: str, *shape: int) -> None:
        made[f"{name}/kernel"] = rng.normal(0, 1 / np.sqrt(np.prod(shape[:-1])), shape)
        made[f"{name}/bias"] = rng.normal(0, 0.1, shape[-1])

    normalisation(0, 1)
    for number, (height, width, n) in enumerate(FILTERS):
        layer(f"conv2d_{number}" if number else "conv2d", height, width, 1, n)
        normalisation(number + 1, n)
        name, behind = f"conv2d_{number}" if number else "conv2d", f"batch_normalization_{number + 1}"
        for filter_ in SILENT[number]:
            made[f"{name}/kernel"][..., filter_] = 0.0
            made[f"{behind}/moving_mean"][filter_] = max(made[f"{name}/bias"][filter_], 0.0)
            made[f"{behind}/moving_variance"][filter_] = 0.0
    for number, width in ((5, 561), (6, 64), (7, 64)):
        layer(f"conv2d_{number}", 7, width, 1, 64)
        normalisation(number + 1, 64)
    normalisation(9, 1506)
    layer("dense", 1506, 200)
    normalisation(10, 200)
    layer("dense_1", 200, 50)
    # Half precision on both sides, so that only the arithmetic differs.
    return {
        name: value.astype(np.float16).astype(np.float32) if name.endswith("kernel") else value.astype(np.float32)
        for name, value in made.items()
    }


def described(weights: dict[str, np.ndarray], y: np.ndarray) -> np.ndarray:
    """The network layer by layer in the order of its description, in Keras: [n, 250]."""
    import keras
    import librosa
    from keras import ops

    def normalise(x, number):
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        gamma, beta, mean, variance = (
            weights[f"{name}/{p}"] for p in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        return (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta

    def convolve(x, number, padding):
        name = f"conv2d_{number}" if number else "conv2d"
        made = ops.conv(x, weights[f"{name}/kernel"], padding=padding) + weights[f"{name}/bias"]
        return normalise(ops.relu(made), number + 1)

    frames = np.stack([y[:, at : at + 706] for at in range(0, y.shape[1] - 705, 353)], axis=1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(706) / 706)
    spectrum = np.abs(np.fft.rfft(frames * window)[..., :257]) ** 2 * (512 / 706) ** 2
    mel = spectrum @ librosa.filters.mel(sr=16000, n_fft=512, n_mels=96).T
    x = normalise(ops.convert_to_tensor(np.log10(10000 * mel + 1)[..., None], "float32"), 0)
    padded = ops.pad(x, [[0, 0], [3, 3], [0, 0], [0, 0]])
    parts = [convolve(padded, k, "valid") if k < 2 else convolve(x, k, "same") for k in range(5)]
    front = ops.concatenate([ops.max(part, axis=2) for part in parts], axis=2)
    layers, last = [front], front
    for number in (5, 6, 7):
        whole = ops.pad(last[..., None], [[0, 0], [3, 3], [0, 0], [0, 0]])
        made = ops.squeeze(convolve(whole, number, "valid"), 2)
        last = made if number == 5 else made + last
        layers.append(last)
    every = ops.concatenate(layers, axis=2)
    pooled = ops.reshape(ops.stack([ops.max(every, axis=1), ops.mean(every, axis=1)], axis=2), (len(y), -1))
    hidden = ops.relu(normalise(pooled, 9) @ weights["dense/kernel"] + weights["dense/bias"])
    embedding = normalise(hidden, 10)
    tags = embedding @ weights["dense_1/kernel"] + weights["dense_1/bias"]
    assert keras.backend.backend() == "tensorflow"
    parts = (tags, embedding, ops.max(every, axis=1), ops.mean(every, axis=1))
    return np.concatenate([np.asarray(part) for part in parts], axis=1)


def test_the_graph_computes_the_described_network(weights):
    y = (np.random.default_rng(2).standard_normal((2, 30_000)) * 0.1).astype(np.float32)
    graph = tagger.graph(weights.__getitem__, ((-6.0, 6.0), (-6.0, 6.0)))
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    (got,) = session.run(None, {"segments": y})
    wanted = described(weights, y)
    starts = np.cumsum([0, *(n for *_, n in FILTERS)])
    silent = [start + filter_ for start, filters in zip(starts, SILENT, strict=False) for filter_ in filters]
    heard = np.setdiff1d(np.arange(753), silent)  # the others' maxima and means are left out, not what they add
    wanted = wanted[:, np.concatenate([np.arange(250), 250 + heard, 1003 + heard])]
    assert got.shape == wanted.shape == (2, 250 + 2 * len(heard))
    # Two convolutions count in 8 bits; weights of the others are stored in half precision.
    for part in (slice(0, 50), slice(50, 250), slice(250, 250 + len(heard)), slice(250 + len(heard), None)):
        error, spread = got[:, part] - wanted[:, part], wanted[:, part].std()
        assert np.sqrt(np.mean(error**2)) < 0.05 * spread, part


def test_what_is_no_wheel_is_refused(tmp_path):
    (tmp_path / "broken.whl").write_bytes(b"no archive")
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as archive:
        archive.writestr("other/file", b"")
    for name in ("broken.whl", "other.whl", "absent.whl"):
        with pytest.raises(PipelineError, match="is not musicnn's wheel"):
            tagger.run(tmp_path / name, tmp_path / "out")
    assert not (tmp_path / "out").exists()
