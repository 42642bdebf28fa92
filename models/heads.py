"""A trained model as ONNX graphs: behind the front end, and alone."""

from __future__ import annotations

import numpy as np
import onnx

from features import Engine
from features.tagger import STATISTICS as EMBEDDING

from .base import Model
from .frontend import FrontEnd
from .graph import Graph, value

FLOOR = 1e-6


def model_graph(model: Model, engine: Engine, temperature: float) -> onnx.ModelProto:
    """``model.onnx``: one excerpt a row, ``samples`` [batch, n], to probabilities (mean over its segments)."""
    g, s = Graph(), engine.settings
    front = FrontEnd(g, engine, "samples")
    read = front.read(model.inputs)
    p = apply_temperature(g, model.grow(g, read), temperature)
    shape = g.concat([g.const([-1]), front.k, g.const([len(model.genres)])], 0)
    by_segment = g.reshape(p, shape)
    outputs = [
        value(g.name(g.mean(by_segment, 1), "probabilities"), ["batch", len(model.genres)]),
        value(g.name(by_segment, "segment_probabilities"), ["batch", "segments", len(model.genres)]),
        value(g.name(front.mfcc, "mfcc"), ["batch", "frames", s.n_mfcc]),
    ]
    if "summary" in read:
        shape = g.concat([g.const([-1]), front.k, g.const([len(engine.statistics)])], 0)
        named = g.name(g.reshape(read["summary"], shape), "summary")
        outputs.append(value(named, ["batch", "segments", len(engine.statistics)]))
    return g.model("musiclassify", [value("samples", ["batch", "n"])], outputs)


def head_graph(model: Model, *, frames: int, coefficients: int, statistics: int, temperature: float) -> onnx.ModelProto:
    """``head.onnx``: the features that the model reads to ``probabilities``."""
    g = Graph()
    p = apply_temperature(g, model.grow(g, {name: name for name in model.inputs}), temperature)
    shapes = {"mfcc": ["n", frames, coefficients], "summary": ["n", statistics], "embedding": ["n", len(EMBEDDING)]}
    inputs = [value(name, shapes[name]) for name in model.inputs]
    return g.model("head", inputs, [value(g.name(p, "probabilities"), ["n", len(model.genres)])])


def apply_temperature(graph: Graph, p: str, temperature: float) -> str:
    """Softmax of log probabilities divided by the temperature (Guo et al. 2017)."""
    return graph.op("Softmax", graph.mul(graph.op("Log", graph.op("Max", p, FLOOR)), 1.0 / temperature), axis=1)


def temper(p: np.ndarray, temperature: float) -> np.ndarray:
    """The same on arrays: float32 [..., genres]."""
    score = np.log(np.maximum(p, FLOOR)) / temperature
    score = score - score.max(axis=-1, keepdims=True)
    p = np.exp(score)
    return (p / p.sum(axis=-1, keepdims=True)).astype(np.float32)
