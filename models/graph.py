"""The feature engine as an ONNX graph: samples in, MFCC matrices and statistics of segments out.

Every constant comes from the very objects of ``features``; every operation follows their code line by line,
so there is one definition of each statistic and two ways to run it. A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from features import Engine
from features.frames import CONTRAST_FLOOR, CROSSING_THRESHOLD, FLATNESS_FLOOR, POWER_FLOOR
from features.rhythm import CORRELATION_FLOOR, ONSET_DELTA, ONSET_SOFTNESS, TEMPO_SHARPNESS
from features.summary import N_DESCRIBED
from features.tagger import STATISTICS as HEARD
from features.tagger import file_of

from .base import ModelError

OPSET = 18
IR_VERSION = 9
LARGE = np.iinfo(np.int64).max
LOG10 = float(1.0 / np.log(10.0))


class Graph:
    """Grows an ONNX graph node by node; a value is its name, and all names begin with ``prefix``."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[tuple, str] = {}
        self.initializers: list[onnx.TensorProto] = []
        self.domains: dict[str, int] = {}
        self._count = 0

    def op(self, kind: str, *inputs: str | np.ndarray | float | int, outputs: int = 1, **attributes: object):
        """Add a node; numbers and arrays become float32 constants, integers int64 ones."""
        names = [x if isinstance(x, str) else self.const(x) for x in inputs]
        self._count += 1
        name = f"{self.prefix}{kind}_{self._count}"
        out = [name.lower() + (f"_{i}" if outputs > 1 else "") for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, names, out, name=name, **attributes))
        return out[0] if outputs == 1 else out

    def const(self, value: np.ndarray | float | int | Sequence[int]) -> str:
        """Name of a constant; equal constants are stored once."""
        if isinstance(value, float):
            value = np.float32(value)
        elif isinstance(value, (int, list, tuple)):
            value = np.asarray(value, np.int64)
        array = np.asarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            name = f"{self.prefix}c{len(self.constants)}"
            self.constants[key] = name
            self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name))
        return self.constants[key]

    # The handful of shorthands that keep the formulas below readable.
    def add(self, a, b):
        return self.op("Add", a, b)

    def sub(self, a, b):
        return self.op("Sub", a, b)

    def mul(self, a, b):
        return self.op("Mul", a, b)

    def div(self, a, b):
        return self.op("Div", a, b)

    def matmul(self, a, b):
        return self.op("MatMul", a, b)

    def square(self, a):
        return self.op("Mul", a, a)

    def log10(self, a):
        return self.mul(self.op("Log", a), LOG10)

    def mean(self, a, axis: int, keep: bool = False):
        return self.op("ReduceMean", a, [axis], keepdims=int(keep))

    def sum(self, a, axis: int, keep: bool = False):
        return self.op("ReduceSum", a, [axis], keepdims=int(keep))

    def max(self, a, axes: list[int], keep: bool = False):
        return self.op("ReduceMax", a, axes, keepdims=int(keep))

    def min(self, a, axes: list[int], keep: bool = False):
        return self.op("ReduceMin", a, axes, keepdims=int(keep))

    def slice(self, a, start, end, axis: int):
        start = start if isinstance(start, str) else self.const([start])
        end = end if isinstance(end, str) else self.const([end])
        return self.op("Slice", a, start, end, [axis])

    def concat(self, parts: list[str], axis: int):
        return self.op("Concat", *parts, axis=axis)

    def reshape(self, a, shape):
        return self.op("Reshape", a, shape)

    def dim(self, a, axis: int) -> str:
        """Length of an axis as int64 [1]."""
        return self.op("Shape", a, start=axis, end=axis + 1)

    def name(self, value: str, name: str) -> str:
        """Give a value a public name."""
        self.nodes.append(helper.make_node("Identity", [value], [name], name=f"name_{name}"))
        return name

    def part(self, name: str, inputs: list, outputs: list) -> onnx.GraphProto:
        """What was grown, as the body of a loop."""
        return helper.make_graph(self.nodes, name, inputs, outputs, self.initializers)

    def model(self, name: str, inputs: list, outputs: list) -> onnx.ModelProto:
        """The checked model of what was grown."""
        graph = self.part(name, inputs, outputs)
        domains = {"": OPSET, **self.domains}
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid(domain, version) for domain, version in domains.items()],
            ir_version=IR_VERSION,
            producer_name="musiclassify",
        )
        onnx.checker.check_model(model)
        return model


def value(name: str, shape: list[int | str], kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    """Declare an input or output."""
    return helper.make_tensor_value_info(name, kind, shape)


def inline(graph: Graph, model: onnx.ModelProto, inputs: dict[str, str], output: str | None = None) -> str:
    """Copy the nodes of a converted model into ``graph`` under fresh names.

    Parameters
    ----------
    inputs : dict
        Name of the model's input to the value that takes its place.
    output : str, optional
        Name of the wanted output; without it the model's only one.
    """
    graph._count += 1
    prefix = f"part{graph._count}_"
    outputs = [o.name for o in model.graph.output]
    output = output or outputs[0]
    if output not in outputs:
        raise ModelError(f"the converted model has outputs {outputs}, not {output!r}: the converter changed")
    graph.domains |= {o.domain: o.version for o in model.opset_import if o.domain}
    renamed = dict(inputs)

    def rename(name: str) -> str:
        return renamed.get(name, prefix + name) if name else ""

    for tensor in model.graph.initializer:
        copied = onnx.TensorProto()
        copied.CopyFrom(tensor)
        copied.name = rename(tensor.name)
        graph.initializers.append(copied)
    for node in model.graph.node:
        copied = onnx.NodeProto()
        copied.CopyFrom(node)
        copied.name = prefix + node.name
        del copied.input[:], copied.output[:]
        copied.input.extend(rename(name) for name in node.input)
        copied.output.extend(rename(name) for name in node.output)
        graph.nodes.append(copied)
    return rename(output)


class FrontEnd:
    """Adds the feature engine to a graph.

    Parameters
    ----------
    graph : Graph
    engine : Engine
    samples : str
        float32 [batch, n], any n >= 1.

    Attributes
    ----------
    mfcc : str
        [batch, frames, n_mfcc]
    segments : str
        [batch * K, S, n_mfcc]
    k : str
        int64 [1], segments a row.
    """

    def __init__(self, graph: Graph, engine: Engine, samples: str) -> None:
        self.g, self.engine, self.s = graph, engine, engine.settings
        g, s, analyser = self.g, self.s, engine.frames
        self._heard = ""
        self.y = self._loop(samples)
        self.padded = g.op("Pad", self.y, [0, s.n_fft // 2, 0, s.n_fft // 2], 0.0, mode="constant")
        signal = g.op("Unsqueeze", self.padded, [2])
        spectrum = g.op("STFT", signal, s.hop_length, analyser.window, s.n_fft, onesided=1)
        self.power = g.op("ReduceSumSquare", spectrum, [3], keepdims=0)
        mel = g.matmul(self.power, analyser.mel)
        db = g.mul(g.log10(g.op("Max", mel, POWER_FLOOR)), 10.0)
        self.log_mel = g.op("Max", db, g.sub(g.max(db, [1, 2], keep=True), s.top_db))
        self.mfcc = g.matmul(self.log_mel, analyser.dct)
        self.n_frames = g.dim(self.power, 1)
        self.first, self.k = self._first_frames()
        span = np.arange(s.segment_frames, dtype=np.int64)[None]
        self.index = g.add(g.op("Unsqueeze", self.first, [1]), span)
        self.segments = self.cut(self.mfcc, s.n_mfcc)

    def _loop(self, samples: str) -> str:
        """A signal shorter than a segment is repeated to its length, as ``musiclassify.audio.segments.loop``."""
        g, segment = self.g, self.s.segment_samples
        n = g.dim(samples, 1)
        times = g.div(g.add(n, g.const([segment - 1])), n)
        tiled = g.op("Tile", samples, g.concat([g.const([1]), times], 0))
        return g.slice(tiled, 0, g.op("Max", n, [segment]), 1)

    def _first_frames(self) -> tuple[str, str]:
        """First frame of each segment, int64 [K], by the sums of ``musiclassify.audio.segments.starts``; and K."""
        g, s = self.g, self.s
        segment, hop = s.segment_samples, s.segment_hop_samples
        n = g.dim(self.y, 1)
        over = g.op("Max", g.sub(n, [segment + segment // 5]), [0])
        k = g.add(g.div(g.add(over, [hop - 1]), [hop]), [1])
        scalar = g.op("Squeeze", k)
        first = g.mul(g.op("Range", g.const(0), scalar, g.const(1)), [hop])
        return g.div(g.op("Min", first, g.sub(n, [segment])), [s.hop_length]), k

    def cut(self, frames: str, width: int) -> str:
        """[batch, F, width] to [batch * K, S, width]."""
        return self.g.reshape(self.g.op("Gather", frames, self.index, axis=1), [-1, self.s.segment_frames, width])

    def summary(self) -> str:
        """Add the statistics, float32 [batch * K, statistics]."""
        g, summary = self.g, self.engine.summary
        rows = self.cut(self._rows(), len(summary.rows))
        log_mel = self.cut(self.log_mel, self.s.n_mels)
        onset = g.reshape(self.cut(g.op("Unsqueeze", self._onset(), [2]), 1), [-1, self.s.segment_frames])
        n = self.s.segment_frames
        mean = g.mean(rows, 1)
        centred = g.sub(rows, g.mean(rows, 1, keep=True))
        variance = g.mean(g.square(centred), 1)
        shaped = g.op("Gather", centred, summary.shaped, axis=2)
        shaped_variance = g.op("Gather", variance, summary.shaped, axis=1)
        floored = g.add(shaped_variance, summary.variance_floor[summary.shaped])
        square = g.square(shaped)
        fourth = g.mean(g.square(square), 1)
        third = g.mean(g.mul(square, shaped), 1)
        skewness = g.div(third, g.mul(floored, g.op("Sqrt", floored)))
        kurtosis = g.div(g.sub(fourth, g.mul(g.square(shaped_variance), 3.0)), g.square(floored))
        ranked = g.op("Transpose", g.op("Gather", rows, summary.ranked, axis=2), perm=[0, 2, 1])
        ordered, _ = g.op("TopK", ranked, [n], outputs=2, axis=2, largest=0, sorted=1)
        quantiles = summary.quantiles
        percentiles = g.reshape(g.matmul(ordered, quantiles), [-1, len(summary.ranked) * quantiles.shape[1]])
        mfcc = g.slice(centred, 0, N_DESCRIBED, 2)
        covariance = g.mul(g.matmul(g.op("Transpose", mfcc, perm=[0, 2, 1]), mfcc), 1.0 / n)
        pairs = summary.upper * N_DESCRIBED + summary.lower
        covariance = g.op("Gather", g.reshape(covariance, [-1, N_DESCRIBED**2]), pairs, axis=1)
        described = g.slice(variance, 0, N_DESCRIBED, 1)
        scale = g.op("Sqrt", g.add(described, summary.variance_floor[:N_DESCRIBED]))
        scales = g.mul(g.op("Gather", scale, summary.upper, axis=1), g.op("Gather", scale, summary.lower, axis=1))
        own = g.concat(
            [
                mean,
                g.op("Sqrt", variance),
                skewness,
                kurtosis,
                percentiles,
                g.div(covariance, scales),
                self._rhythm(onset, log_mel),
            ],
            1,
        )
        return g.concat([own, self.heard()], 1) if self.engine.tagger else own

    def heard(self) -> str:
        """As ``Tagger.measure``, float32 [batch * K, 250]: the network's own file becomes part of the graph."""
        g, s = self.g, self.s
        if self._heard:
            return self._heard
        span = g.op("Unsqueeze", g.op("Range", g.const(0), g.const(s.segment_samples), g.const(1)), [0])
        index = g.add(g.mul(g.op("Unsqueeze", self.first, [1]), [s.hop_length]), span)
        waves = g.reshape(g.op("Gather", self.y, index, axis=1), [-1, s.segment_samples])
        self._heard = inline(g, onnx.load(file_of(s.tagger)), {"segments": waves})
        return self._heard

    def read(self, inputs: Sequence[str]) -> dict[str, str]:
        """The values that a model's ``inputs`` name; only these are added."""
        made = {"mfcc": lambda: self.segments, "summary": self.summary, "heard": self.heard}
        return {name: made[name]() for name in inputs}

    def _onset(self) -> str:
        g = self.g
        rise = g.sub(g.slice(self.log_mel, 1, LARGE, 1), g.slice(self.log_mel, 0, -1, 1))
        strength = g.mean(g.op("Relu", rise), 2)
        return g.op("Pad", strength, [0, 1, 0, 0], 0.0, mode="constant")

    def _rows(self) -> str:
        """All described rows, [batch, F, rows], in the order of ``Summary.frame_rows``."""
        g, summary = self.g, self.engine.summary
        mfcc = g.slice(self.mfcc, 0, N_DESCRIBED, 2)
        chroma = g.matmul(self.power, self.engine.frames.chroma)
        chroma = g.div(chroma, g.op("Max", g.max(chroma, [2], keep=True), float(np.finfo(np.float32).tiny)))
        magnitude = g.op("Sqrt", self.power)
        scalars = [*self._shape(magnitude), self._flatness(), *self._time_domain()]
        return g.concat(
            [
                mfcc,
                self._derivative(mfcc, summary.delta),
                self._derivative(mfcc, summary.delta2),
                chroma,
                self._contrast(magnitude),
                *(g.op("Unsqueeze", scalar, [2]) for scalar in scalars),
            ],
            2,
        )

    def _derivative(self, rows: str, weights: np.ndarray) -> str:
        g, half = self.g, len(weights) // 2
        kernel = np.tile(weights, (N_DESCRIBED, 1, 1)).reshape(N_DESCRIBED, 1, len(weights))
        inner = g.op("Conv", g.op("Transpose", rows, perm=[0, 2, 1]), kernel, group=N_DESCRIBED)
        whole = g.op("Pad", inner, [0, 0, half, 0, 0, half], mode="edge")
        return g.op("Transpose", whole, perm=[0, 2, 1])

    def _shape(self, magnitude: str) -> tuple[str, str, str]:
        """Centroid, bandwidth, roll-off: each [batch, F]."""
        g, analyser = self.g, self.engine.frames
        sums = g.op("Split", g.matmul(magnitude, analyser.moments), outputs=3, axis=2, num_outputs=3)
        total, first, second = (g.op("Squeeze", part, [2]) for part in sums)
        sounding = g.op("Greater", total, 1e-6)
        safe = g.op("Where", sounding, total, 1.0)
        mean, square = g.div(first, safe), g.div(second, safe)
        silent = g.const(0.0)
        centroid = g.op("Where", sounding, g.mul(g.add(mean, 1.0), analyser.half_nyquist), silent)
        spread = g.op("Sqrt", g.op("Relu", g.sub(square, g.square(mean))))
        bandwidth = g.op("Where", sounding, g.mul(spread, analyser.half_nyquist), silent)
        cumulative = g.op("CumSum", magnitude, g.const(2))
        bins = self.s.n_fft // 2 + 1
        threshold = g.mul(g.slice(cumulative, -1, LARGE, 2), 0.85)
        below = g.op("Cast", g.op("Less", cumulative, threshold), to=TensorProto.FLOAT)
        whole = g.op("Min", g.sum(below, 2, keep=True), float(bins - 1))
        at = g.op("Cast", whole, to=TensorProto.INT64)
        here = g.op("GatherElements", magnitude, at, axis=2)
        reached = g.op("GatherElements", cumulative, at, axis=2)
        share = g.div(g.add(g.sub(threshold, reached), here), g.op("Max", here, 1e-9))
        rolloff = g.op("Squeeze", g.mul(g.add(whole, g.op("Clip", share, 0.0, 1.0)), analyser.bin_hz), [2])
        return centroid, bandwidth, g.op("Where", sounding, rolloff, silent)

    def _flatness(self) -> str:
        g = self.g
        floored = g.op("Max", self.power, FLATNESS_FLOOR)
        return g.sub(g.mean(g.log10(floored), 2), g.log10(g.mean(floored, 2)))

    def _contrast(self, magnitude: str) -> str:
        g, out = self.g, []
        for first, width, k in self.engine.frames.bands:
            band = g.slice(magnitude, first, first + width, 2)
            groups = g.reshape(band, [0, 0, width // k, k])
            peak = g.mean(g.max(groups, [2]), 2, keep=True)
            valley = g.mean(g.min(groups, [2]), 2, keep=True)
            out.append(g.mul(g.log10(g.div(g.add(peak, CONTRAST_FLOOR), g.add(valley, CONTRAST_FLOOR))), 10.0))
        return g.concat(out, 2)

    def _time_domain(self) -> tuple[str, str]:
        """Zero crossings a sample and RMS in dB: sums over hops, then over the hops of a frame."""
        g, s = self.g, self.s
        per_frame = s.n_fft // s.hop_length
        used = g.mul(g.add(self.n_frames, [per_frame - 1]), [s.hop_length])
        shape = [0, -1, s.hop_length]

        def over_frames(hops: str) -> str:
            total = g.slice(hops, 0, 1 - per_frame, 1)
            for i in range(1, per_frame):
                end = i + 1 - per_frame
                total = g.add(total, g.slice(hops, i, end if end else LARGE, 1))
            return total

        blocks = g.reshape(g.slice(self.padded, 0, used, 1), shape)
        energy = over_frames(g.op("ReduceSumSquare", blocks, [2], keepdims=0))
        rms = g.mul(g.log10(g.op("Max", g.mul(energy, 1.0 / s.n_fft), POWER_FLOOR)), 10.0)
        negative = g.op("Cast", g.op("Less", self.y, -CROSSING_THRESHOLD), to=TensorProto.FLOAT)
        change = g.op("Abs", g.sub(g.slice(negative, 1, LARGE, 1), g.slice(negative, 0, -1, 1)))
        crossing = g.op("Pad", change, [0, 1 + s.n_fft // 2, 0, s.n_fft // 2], 0.0, mode="constant")
        crossing = g.reshape(g.slice(crossing, 0, used, 1), shape)
        counts = over_frames(g.sum(crossing, 2))
        first = g.op("Squeeze", g.slice(crossing, 0, 1, 2), [2])
        first = g.slice(first, 0, 1 - per_frame, 1)
        return g.mul(g.sub(counts, first), 1.0 / s.n_fft), rms

    def _rhythm(self, onset: str, log_mel: str) -> str:
        """As ``Rhythm.measure``."""
        g, r = self.g, self.engine.summary.rhythm
        mean = g.mean(onset, 1, keep=True)
        centred = g.sub(onset, mean)
        std = g.op("Sqrt", g.mean(g.square(centred), 1, keep=True))
        power = g.add(g.square(g.matmul(centred, r.cosine)), g.square(g.matmul(centred, r.sine)))
        energy = g.add(g.matmul(power, r.to_zero_lag), 1e-3)
        correlation = g.div(g.matmul(power, r.to_lag), energy)
        strength = g.max(correlation, [1], keep=True)
        raw = g.add(g.square(g.matmul(onset, r.beat_cosine)), g.square(g.matmul(onset, r.beat_sine)))
        beat = g.div(g.matmul(raw, r.to_beat), g.add(g.matmul(raw, r.to_beat_zero), 1e-3))
        score = g.add(g.op("Log", g.op("Max", beat, CORRELATION_FLOOR)), r.prior)
        weight = g.op("Softmax", g.mul(score, TEMPO_SHARPNESS), axis=1)
        octaves = g.matmul(weight, r.log_tempi[:, None])
        tempo = g.op("Exp", g.mul(octaves, float(np.log(2.0))))
        low = g.op("Neg", g.max(g.op("Neg", onset), [1], keep=True))
        level = g.div(g.sub(onset, low), g.add(g.sub(g.max(onset, [1], keep=True), low), 1e-3))
        clear = g.sub(g.sub(level, g.matmul(level, r.around)), ONSET_DELTA)
        above = g.op("Clip", g.add(g.mul(clear, 1.0 / ONSET_SOFTNESS), 0.5), 0.0, 1.0)
        risen = g.op("Relu", g.sub(g.slice(above, 1, LARGE, 1), g.slice(above, 0, -1, 1)))
        rate = g.mul(g.sum(risen, 1, keep=True), 1.0 / r.seconds)
        bands = g.op("Transpose", log_mel, perm=[0, 2, 1])
        bands = g.sub(bands, g.mean(bands, 2, keep=True))
        spectrum = g.add(g.square(g.matmul(bands, r.modulation_cosine)), g.square(g.matmul(bands, r.modulation_sine)))
        pooled = g.matmul(np.ascontiguousarray(r.band_pool.T), g.matmul(spectrum, r.modulation_pool))
        modulation = g.op("Transpose", g.log10(g.add(pooled, 1e-2)), perm=[0, 2, 1])
        modulation = g.reshape(modulation, [-1, r.band_pool.shape[1] * r.modulation_pool.shape[1]])
        change = g.sub(g.slice(log_mel, 1, LARGE, 1), g.slice(log_mel, 0, -1, 1))
        rise = g.op("Relu", change)
        fall = g.sub(change, rise)
        flux = [
            g.matmul(g.mean(rise, 1), r.flux_pool),
            g.op("Sqrt", g.matmul(g.mean(g.square(rise), 1), r.flux_pool)),
            g.op("Sqrt", g.matmul(g.mean(g.square(fall), 1), r.flux_pool)),
        ]
        return g.concat(
            [tempo, strength, rate, mean, std, g.matmul(correlation, r.tempogram_pool), modulation, *flux], 1
        )


def frontend_model(engine: Engine, inputs: Sequence[str]) -> onnx.ModelProto:
    """``frontend.onnx``: samples [batch, n] to ``segments`` [batch*K, S, n_mfcc], ``mfcc`` and what a head reads more.

    Parameters
    ----------
    inputs : sequence of {"mfcc", "summary", "heard"}
        Of the model that stands behind it; ``mfcc`` are the ``segments``.
    """
    g, s = Graph(), engine.settings
    front = FrontEnd(g, engine, "samples")
    widths = {"summary": len(engine.statistics), "heard": len(HEARD)}
    outputs = [
        value(g.name(front.segments, "segments"), ["segments", s.segment_frames, s.n_mfcc]),
        value(g.name(front.mfcc, "mfcc"), ["batch", "frames", s.n_mfcc]),
    ]
    read = front.read([name for name in inputs if name in widths])
    outputs += [value(g.name(made, name), ["segments", widths[name]]) for name, made in read.items()]
    return g.model("frontend", [value("samples", ["batch", "n"])], outputs)
