"""``python -m studies convert-tagger WHEEL``: the networks of ``features/taggers/``, made anew from their weights.

`WHEEL` is ``musicnn-0.1.0-py3-none-any.whl`` of the Python Package Index (``pip download --no-deps musicnn==0.1.0``).
Its checkpoints MSD_musicnn and MTT_musicnn are rewritten as ONNX graphs, ``msd-musicnn.onnx`` and ``mtt-musicnn.onnx``:
``segments`` float32 [n, samples at 22 050 Hz] to ``statistics`` float32 [n, tags, embedding, maxima and means]
(`features.taggers`).

The networks were trained on 16 kHz sound, frames of 512 samples 256 apart, 96 mel bands. The same 32 ms and 16 ms are
706 and 353 samples at 22 050 Hz, and the 257 frequencies of the transform lie within 0.1 % of the original ones, so
that no resampling is needed.

Its training has switched off most of the 561 filters that look at the spectrogram: weight decay brought their kernels
to nothing, so that they give one number whatever they hear (MSD_musicnn keeps 64, MTT_musicnn 270). They are left out:
what their number adds to later layers is added as a constant, a channel of ones where zeros at the edges matter.

Most of what is left are the two wide convolutions. They are done in 8 bits, exactly (sums of whole numbers are the same
on every machine); their kernels have 7 bits, since processors without VNNI add two products of 8 bits in 16. The other
weights are kept in half precision. Segments pass one by one (Scan): 15 MB at once.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from onnx import TensorProto

from models.base import write_bytes
from models.graph import Graph, value
from pipeline.errors import PipelineError

NETWORKS = ("msd", "mtt")
CHECKPOINT = "musicnn/{}_musicnn/"
TAGS, EMBEDDED = 50, 200
FRONT, MIDDLE = 5, 3  # convolutions over the spectrogram, each by itself; and over time, one after the other
FRAME, HOP, BINS, MELS = 706, 353, 257, 96
TRAINED_FRAME, TRAINED_RATE = 512, 16000
EPSILON = 1e-3  # of its batch normalisation
SILENT = 1e-6  # variance over all that it was trained on below which a filter says nothing

LOUDEST = 6.5  # log-mel at the end of its 8 bits, for sound of an RMS up to 0.3
#: What the two wide convolutions give before the maximum over bands, for 14 freely licensed songs, with some room.
RANGES = {"msd": ((-4.5, 7.2), (-2.6, 5.0)), "mtt": ((-2.6, 2.9), (-2.6, 3.6))}
KERNEL_STEPS = 63  # 7 bits
STEPS = 255

Weights = Callable[[str], np.ndarray]


def run(wheel: Path, out: Path) -> list[Path]:
    """Convert the checkpoints inside a wheel into files of the folder `out`; each appears whole or not at all."""
    from tensorflow.train import load_checkpoint

    made = []
    for name in NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                with zipfile.ZipFile(wheel) as archive:
                    for end in (".index", ".data-00000-of-00001"):
                        data = archive.read(CHECKPOINT.format(name.upper()) + end)
                        (Path(folder) / f"network{end}").write_bytes(data)
            except (OSError, KeyError, zipfile.BadZipFile):
                raise PipelineError(
                    f"{wheel}: is not musicnn's wheel; get it with `pip download --no-deps musicnn==0.1.0`"
                ) from None
            model = graph(load_checkpoint(str(Path(folder) / "network")).get_tensor, RANGES[name])
        out.mkdir(parents=True, exist_ok=True)
        made.append(out / f"{name}-musicnn.onnx")
        write_bytes(made[-1], model.SerializeToString())
    return made


def graph(weights: Weights, ranges: tuple[tuple[float, float], ...]) -> onnx.ModelProto:
    """The whole network as an ONNX model.

    Parameters
    ----------
    weights : callable
        Name of a variable of the checkpoint (``conv2d/kernel``) to its values.
    ranges : ((float, float), (float, float))
        Of what each wide convolution gives.
    """
    g = Graph("tagger_")
    log_mel = _log_mel(g, g.op("Unsqueeze", "tagger_wave", [0]))
    scale, shift = (float(values[0]) for values in _normalisation(weights, 0))
    x = g.op("Unsqueeze", g.add(g.mul(log_mel, scale), shift), [1])  # [1, 1, frames, bands]
    step = scale * LOUDEST / STEPS
    whole = Eight(g.op("QuantizeLinear", x, np.float32(step), _zero(shift, step)), step, _zero(shift, step))
    front = [_wide(g, weights, whole, number, ranges[number]) for number in range(2)]
    front = g.concat([*front, *(_tall(g, weights, x, number) for number in range(2, FRONT))], 1)
    layers, last = [front], _with_silent(g, weights, front)
    for number in range(FRONT, FRONT + MIDDLE):
        kernel, bias = _convolution(weights, number)
        kernel = kernel[:, :, 0] if number > FRONT else _of_heard(weights, kernel[:, :, 0])
        y = g.op("Conv", last, g.halves(kernel.transpose(2, 1, 0)), _f32(bias), pads=[3, 3])
        scale, shift = _normalisation(weights, number + 1)
        y = g.add(g.mul(g.op("Relu", y), _f32(scale)[:, None]), _f32(shift)[:, None])
        last = y if number == FRONT else g.add(y, last)
        layers.append(last)
    frames = g.concat(layers, 1)
    pooled = g.concat([g.max(frames, [2]), g.mean(frames, 2)], 1)
    tags, embedding = _back(g, weights, pooled)
    row = g.name(g.op("Squeeze", g.concat([tags, embedding, pooled], 1), [0]), "tagger_row")
    width = TAGS + EMBEDDED + 2 * len(_heard(weights))
    body = g.part("tagger", [value("tagger_wave", ["samples"])], [value(row, [width])])
    whole = Graph()
    rows = whole.op("Scan", "segments", num_scan_inputs=1, body=body)
    outputs = [value(whole.name(rows, "statistics"), ["n", width])]
    return whole.model("musicnn", [value("segments", ["n", "samples"])], outputs)


def _speaking(weights: Weights, number: int) -> np.ndarray:
    """Which filters of a convolution over the spectrogram say different things of different sounds, bool [filters]."""
    return weights(f"{_numbered('batch_normalization', number + 1)}/moving_variance") > SILENT


def _said(weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    """Of all those filters: which speak; and what each says in the mean, which is all that the silent ones say."""
    parts = [_normalisation(weights, number + 1) for number in range(FRONT)]
    means = [weights(f"{_numbered('batch_normalization', number + 1)}/moving_mean") for number in range(FRONT)]
    said = [scale * mean + shift for (scale, shift), mean in zip(parts, means, strict=True)]
    return np.concatenate([_speaking(weights, number) for number in range(FRONT)]), np.concatenate(said)


def _heard(weights: Weights) -> np.ndarray:
    """Positions of the channels that are pooled, among all those of the checkpoint: of filters that speak."""
    speaks, _ = _said(weights)
    after = sum(len(_convolution(weights, number)[1]) for number in range(FRONT, FRONT + MIDDLE))
    return np.concatenate([np.flatnonzero(speaks), len(speaks) + np.arange(after)])


def _with_silent(g: Graph, weights: Weights, front: str) -> str:
    """Beside what is heard [1, filters, frames] a channel of ones, which stands for all silent filters."""
    speaks, _ = _said(weights)
    if speaks.all():
        return front
    shape = g.concat([g.const([1]), g.const([1]), g.dim(front, 2)], 0)
    return g.concat([front, g.op("Expand", np.ones((1, 1, 1), np.float32), shape)], 1)


def _of_heard(weights: Weights, kernel: np.ndarray) -> np.ndarray:
    """The kernel [width, channels, filters] over what `_with_silent` gives."""
    speaks, said = _said(weights)
    if speaks.all():
        return kernel
    silent = np.einsum("c,wcf->wf", said[~speaks], kernel[:, ~speaks])
    return np.concatenate([kernel[:, speaks], silent[:, None]], axis=1)


class Eight(NamedTuple):
    """A value in 8 bits: ``step * (value - zero)``."""

    value: str
    step: float
    zero: np.uint8


def _zero(low: float, step: float) -> np.uint8:
    """The 8-bit value that stands for 0 where 0 stands for `low`."""
    return np.uint8(np.clip(round(-low / step), 0, STEPS))


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


def _turned(weights: Weights, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[int]]:
    """Kernel [filters, 1, height, width], bias, signs, padding, such that a maximum can be taken before all else.

    The maximum over bands is taken first, which is the same and saves three passes over the largest arrays: ReLU is
    monotonic, and where the normalisation's scale is negative, the kernel is negated so that the minimum becomes a
    maximum.
    """
    kernel, bias = _convolution(weights, number)
    speaks = _speaking(weights, number)
    kernel, bias = kernel[..., speaks], bias[speaks]
    sign = np.where(_normalisation(weights, number + 1)[0][speaks] > 0, 1.0, -1.0)
    kernel = kernel.transpose(3, 2, 0, 1) * sign[:, None, None, None]
    before = (kernel.shape[2] - 1) // 2
    return kernel, bias * sign, sign, [before, 0, kernel.shape[2] - 1 - before, 0]


def _turned_back(g: Graph, weights: Weights, y: str, sign: np.ndarray, number: int) -> str:
    """ReLU and normalisation, [1, filters, frames]."""
    scale, shift = (values[_speaking(weights, number)] for values in _normalisation(weights, number + 1))
    y = g.op("Relu", g.mul(y, _f32(sign)[:, None]))
    return g.add(g.mul(y, _f32(scale)[:, None]), _f32(shift)[:, None])


def _tall(g: Graph, weights: Weights, x: str, number: int) -> str:
    """Convolution over time, ReLU, normalisation, maximum over bands: [1, filters, frames]."""
    kernel, bias, sign, pads = _turned(weights, number)
    y = g.max(g.op("Conv", x, g.halves(kernel), _f32(bias), pads=pads), [3])
    return _turned_back(g, weights, y, sign, number)


def _wide(g: Graph, weights: Weights, x: Eight, number: int, given: tuple[float, float]) -> str:
    """The same for a convolution over time and bands, in 8 bits."""
    kernel, bias, sign, pads = _turned(weights, number)
    steps = np.abs(kernel).max(axis=(1, 2, 3)) / KERNEL_STEPS
    steps = np.maximum(steps, np.abs(bias) / (x.step * 2.0**30))  # a filter that is all bias
    whole = np.round(kernel / steps[:, None, None, None]).astype(np.int8)
    step = (given[1] - given[0]) / STEPS
    zero = _zero(given[0], step)
    y = g.op(
        "QLinearConv",
        *(x.value, np.float32(x.step), x.zero),
        *(whole, _f32(steps), np.zeros(len(steps), np.int8)),
        *(np.float32(step), zero),
        np.round(bias / (steps * x.step)).astype(np.int32),
        pads=pads,
    )
    y = g.op("MaxPool", y, kernel_shape=[1, MELS + 1 - kernel.shape[3]])
    y = g.op("DequantizeLinear", g.op("Squeeze", y, [3]), np.float32(step), zero)
    return _turned_back(g, weights, y, sign, number)


def _back(g: Graph, weights: Weights, pooled: str) -> tuple[str, str]:
    """Logits of the tags [1, 50] and the embedding before them [1, 200]; normalisations go into the dense layers."""
    scale, shift = _normalisation(weights, 9)
    dense = weights("dense/kernel").astype(np.float64)
    # The checkpoint has maximum and mean of a channel side by side, the graph all maxima first.
    halves = [(scale[:, None] * dense)[first::2] for first in (0, 1)]
    speaks, said = _said(weights)
    silent = sum(np.where(speaks, 0.0, said) @ half[: len(said)] for half in halves)
    bias = shift @ dense + weights("dense/bias") + silent
    kernel = np.concatenate([half[_heard(weights)] for half in halves])
    hidden = g.op("Relu", g.add(g.matmul(pooled, g.halves(kernel)), _f32(bias)))
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
