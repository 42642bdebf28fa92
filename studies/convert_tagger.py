"""``python -m studies convert-tagger WHEEL``: the network of ``features.tagger``, made anew from its authors' weights.

`WHEEL` is ``musicnn-0.1.0-py3-none-any.whl`` of the Python Package Index (``pip download --no-deps musicnn==0.1.0``).
Its checkpoint of the network MSD_musicnn is rewritten as one ONNX graph, ``features/taggers/msd-musicnn.onnx``:
``segments`` float32 [n, samples at 22 050 Hz] to ``statistics`` float32 [n, 250] (`features.tagger.STATISTICS`).

The network was trained on 16 kHz sound, frames of 512 samples 256 apart, 96 mel bands. The same 32 ms and 16 ms are 706
and 353 samples at 22 050 Hz, and the 257 frequencies of the transform lie within 0.1 % of the original ones, so that
no resampling is needed. Weights are kept in half precision. Segments pass one by one (Scan): 15 MB at a time.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto

from features.tagger import STATISTICS
from models.base import write_bytes
from models.graph import Graph, value
from pipeline.errors import PipelineError

CHECKPOINT = "musicnn/MSD_musicnn/"
FRAME, HOP, BINS, MELS = 706, 353, 257, 96
TRAINED_FRAME, TRAINED_RATE = 512, 16000
EPSILON = 1e-3  # of its batch normalisation

Weights = Callable[[str], np.ndarray]


def run(wheel: Path, out: Path) -> Path:
    """Convert the checkpoint inside a wheel; `out` appears whole or not at all."""
    from tensorflow.train import load_checkpoint

    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(wheel) as archive:
                for end in (".index", ".data-00000-of-00001"):
                    (Path(folder) / f"network{end}").write_bytes(archive.read(CHECKPOINT + end))
        except (OSError, KeyError, zipfile.BadZipFile):
            raise PipelineError(
                f"{wheel}: is not musicnn's wheel; get it with `pip download --no-deps musicnn==0.1.0`"
            ) from None
        model = graph(load_checkpoint(str(Path(folder) / "network")).get_tensor)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(out, model.SerializeToString())
    return out


def graph(weights: Weights) -> onnx.ModelProto:
    """The whole network as an ONNX model.

    Parameters
    ----------
    weights : callable
        Name of a variable of the checkpoint (``conv2d/kernel``) to its values.
    """
    g = Graph("tagger_")
    x = _log_mel(g, g.op("Unsqueeze", "tagger_wave", [0]))
    scale, shift = _normalisation(weights, 0)
    x = g.op("Unsqueeze", g.add(g.mul(x, float(scale[0])), float(shift[0])), [1])  # [1, 1, frames, bands]
    front = g.concat([_front(g, weights, x, number) for number in range(5)], 1)  # [1, 561, frames]
    layers, last = [front], front
    for number in range(5, 8):
        kernel, bias = _convolution(weights, number)
        y = g.op("Conv", last, g.halves(kernel[:, :, 0].transpose(2, 1, 0)), _f32(bias), pads=[3, 3])
        scale, shift = _normalisation(weights, number + 1)
        y = g.add(g.mul(g.op("Relu", y), _f32(scale)[:, None]), _f32(shift)[:, None])
        last = y if number == 5 else g.add(y, last)
        layers.append(last)
    frames = g.concat(layers, 1)
    tags, embedding = _back(g, weights, g.concat([g.max(frames, [2]), g.mean(frames, 2)], 1))
    row = g.name(g.op("Squeeze", g.concat([tags, embedding], 1), [0]), "tagger_row")
    body = g.part("tagger", [value("tagger_wave", ["samples"])], [value(row, [len(STATISTICS)])])
    whole = Graph()
    rows = whole.op("Scan", "segments", num_scan_inputs=1, body=body)
    outputs = [value(whole.name(rows, "statistics"), ["n", len(STATISTICS)])]
    return whole.model("msd-musicnn", [value("segments", ["n", "samples"])], outputs)


def _log_mel(g: Graph, wave: str) -> str:
    """log10(1 + 10000 mel power), [1, frames, bands], scaled to what frames of 512 samples would give."""
    import librosa

    turns = g.op(
        "Mod",
        g.mul(
            g.op("Unsqueeze", g.op("Range", g.const(0), g.const(BINS), g.const(1)), [1]),
            g.op("Unsqueeze", g.op("Range", g.const(0), g.const(FRAME), g.const(1)), [0]),
        ),
        [FRAME],
    )
    angle = g.mul(g.op("Cast", turns, to=TensorProto.FLOAT), float(2 * np.pi / FRAME))
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)) * TRAINED_FRAME / FRAME
    transform = g.mul(g.concat([g.op("Cos", angle), g.op("Sin", angle)], 0), _f32(window))
    parts = g.op("Conv", g.op("Unsqueeze", wave, [1]), g.op("Unsqueeze", transform, [1]), strides=[HOP])
    real, imaginary = g.op("Split", g.square(parts), outputs=2, axis=1, num_outputs=2)
    bank = librosa.filters.mel(sr=TRAINED_RATE, n_fft=TRAINED_FRAME, n_mels=MELS)
    mel = g.op("Transpose", g.matmul(g.halves(bank), g.add(real, imaginary)), perm=[0, 2, 1])
    return g.log10(g.add(g.mul(mel, 10000.0), 1.0))


def _front(g: Graph, weights: Weights, x: str, number: int) -> str:
    """Convolution, ReLU, normalisation, maximum over bands: [1, filters, frames].

    The maximum is taken first, which is the same and saves three passes over the largest arrays: ReLU is monotonic,
    and where the normalisation's scale is negative, the kernel is negated so that the minimum becomes a maximum.
    """
    kernel, bias = _convolution(weights, number)
    scale, shift = _normalisation(weights, number + 1)
    sign = np.where(scale > 0, 1.0, -1.0)
    kernel = kernel.transpose(3, 2, 0, 1) * sign[:, None, None, None]
    before = (kernel.shape[2] - 1) // 2
    pads = [before, 0, kernel.shape[2] - 1 - before, 0]
    y = g.max(g.op("Conv", x, g.halves(kernel), _f32(bias * sign), pads=pads), [3])
    y = g.op("Relu", g.mul(y, _f32(sign)[:, None]))
    return g.add(g.mul(y, _f32(scale)[:, None]), _f32(shift)[:, None])


def _back(g: Graph, weights: Weights, pooled: str) -> tuple[str, str]:
    """Logits of the tags [1, 50] and the embedding before them [1, 200]; normalisations go into the dense layers."""
    scale, shift = _normalisation(weights, 9)
    dense = weights("dense/kernel").astype(np.float64)
    bias = shift @ dense + weights("dense/bias")
    # The checkpoint has maximum and mean of a channel side by side, the graph all maxima first.
    order = np.concatenate([np.arange(0, len(dense), 2), np.arange(1, len(dense), 2)])
    hidden = g.op("Relu", g.add(g.matmul(pooled, g.halves((scale[:, None] * dense)[order])), _f32(bias)))
    scale, shift = _normalisation(weights, 10)
    embedding = g.add(g.mul(hidden, _f32(scale)), _f32(shift))
    tags = g.add(g.matmul(embedding, g.halves(weights("dense_1/kernel"))), _f32(weights("dense_1/bias")))
    return tags, embedding


def _f32(array: np.ndarray) -> np.ndarray:
    return np.asarray(array, np.float32)


def _numbered(name: str, number: int) -> str:
    return f"{name}_{number}" if number else name


def _convolution(weights: Weights, number: int) -> tuple[np.ndarray, np.ndarray]:
    name = _numbered("conv2d", number)
    return weights(f"{name}/kernel").astype(np.float64), weights(f"{name}/bias").astype(np.float64)


def _normalisation(weights: Weights, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Scale and shift of a batch normalisation."""
    name = _numbered("batch_normalization", number)
    gamma, beta, mean, variance = (
        weights(f"{name}/{part}").astype(np.float64) for part in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + EPSILON)
    return scale, beta - mean * scale
