"""A trained model as ONNX graphs: behind the front end, and alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx

from features import Engine
from features.taggers import statistics

from .base import Model
from .frontend import FrontEnd
from .graph import Graph, value
from .sounds import Sounds

FLOOR = 1e-6


def model_graph(
    model: Model, engine: Engine, temperatures: Sequence[float], sounds: Sounds | None = None
) -> onnx.ModelProto:
    """``model.onnx``: one excerpt a row, ``samples`` [batch, n], to probabilities (mean over its segments).

    Parameters
    ----------
    model : Model
    engine : Engine
    temperatures : sequence of float
        One for all; or for an excerpt shorter than a segment, for one segment, for two, ..., for so many and more.
    sounds : Sounds, optional
        Adds ``sounds`` [batch, kinds of sound].
    """
    g, s = Graph(), engine.settings
    front = FrontEnd(g, engine, "samples")
    read = front.read(model.inputs)
    p = apply_temperature(g, model.grow(g, read), _by_amount(g, front, temperatures))
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
    if sounds is not None:
        name = "summary" if "summary" in read else "embedding"
        kinds = sounds.grow(g, read[name], tuple(columns(model.inputs, engine)))
        shape = g.concat([g.const([-1]), front.k, g.const([len(sounds.names)])], 0)
        heard = g.name(g.mean(g.reshape(kinds, shape), 1), "sounds")
        outputs.append(value(heard, ["batch", len(sounds.names)]))
    return g.model("musiclassify", [value("samples", ["batch", "n"])], outputs)


def head_graph(model: Model, *, frames: int, coefficients: int, statistics: int, temperature: float) -> onnx.ModelProto:
    """``head.onnx``: the features that the model reads to ``probabilities``."""
    g = Graph()
    p = apply_temperature(g, model.grow(g, {name: name for name in model.inputs}), temperature)
    shapes = {"mfcc": [frames, coefficients], "summary": [statistics], "embedding": [model.embedding_width]}
    inputs = [value(name, ["n", *shapes[name]]) for name in model.inputs]
    return g.model("head", inputs, [value(g.name(p, "probabilities"), ["n", len(model.genres)])])


def columns(inputs: tuple[str, ...], engine: Engine) -> list[str]:
    """Names of the columns of ``summary``, or of ``embedding`` where that is what a model reads."""
    if "summary" in inputs:
        return list(engine.statistics)
    return list(statistics(engine.settings.tagger)) if "embedding" in inputs else []


def _by_amount(g: Graph, front: FrontEnd, temperatures: Sequence[float]) -> float | str:
    """The temperature of how much there was to hear."""
    if len(temperatures) == 1:
        return temperatures[0]
    most = len(temperatures) - 1
    amount = g.op("Where", front.looped, [0], g.op("Min", front.k, [most]))
    return g.op("Gather", np.asarray(temperatures, np.float32), amount, axis=0)


def apply_temperature(graph: Graph, p: str, temperature: float | str) -> str:
    """Softmax of log probabilities divided by the temperature (Guo et al. 2017), a number or a value of the graph."""
    logs = graph.op("Log", graph.op("Max", p, FLOOR))
    cooler = graph.div(logs, temperature) if isinstance(temperature, str) else graph.mul(logs, 1.0 / temperature)
    return graph.op("Softmax", cooler, axis=1)


def temper(p: np.ndarray, temperature: float) -> np.ndarray:
    """The same on arrays: float32 [..., genres]."""
    score = np.log(np.maximum(p, FLOOR)) / temperature
    score = score - score.max(axis=-1, keepdims=True)
    p = np.exp(score)
    return (p / p.sum(axis=-1, keepdims=True)).astype(np.float32)
