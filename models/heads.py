"""Trained models as parts of an ONNX graph: features of segments in, probabilities out."""

from __future__ import annotations

import os
import tempfile
from functools import singledispatch
from pathlib import Path

import numpy as np
import onnx
from onnx import helper

from features.tagger import STATISTICS as HEARD

from .base import ModelError
from .blend import FLOOR, Blend
from .cnn import CNN
from .graph import LARGE, OPSET, Graph, inline
from .svm import SVM, pair_columns
from .xgb import XGB


@singledispatch
def add_head(model, graph: Graph, given: dict[str, str]) -> str:
    """Grow ``graph`` by a trained model.

    Parameters
    ----------
    model : Model
    given : dict of str to str
        ``mfcc`` [n, frames, coefficients], ``summary`` [n, statistics], ``heard`` [n, the tagger's statistics]: what
        the model's ``inputs`` name.

    Returns
    -------
    str
        Probabilities, float32 [n, genres].
    """
    raise ModelError(f"{type(model).__name__} cannot be written as an ONNX graph: add_head knows cnn, svm, xgb, blend")


@add_head.register
def _(model: SVM, graph: Graph, given: dict[str, str]) -> str:
    g, a, s = graph, model.arrays, model.settings
    x = g.op("Gather", given["summary"], a["columns"], axis=1)
    x = g.op("Clip", g.div(g.sub(x, a["mean"]), a["scale"]), -s["clip"], s["clip"])
    support = a["support"].astype(np.float32)
    square = g.add(g.op("ReduceSumSquare", x, [1], keepdims=1), (support**2).sum(axis=1))
    stored = g.op("Cast", np.ascontiguousarray(a["support"].T), to=onnx.TensorProto.FLOAT)
    cross = g.matmul(x, stored)
    distance = g.op("Relu", g.sub(square, g.mul(cross, 2.0)))
    kernel = g.op("Exp", g.mul(distance, float(-s["gamma"] / len(a["columns"]))))
    decision = g.add(g.matmul(kernel, a["weights"]), a["intercept"])
    first, second = pair_columns(len(model.genres))
    sharpness = np.float32(s["sharpness"] / (len(model.genres) - 1))
    for_first = g.op("Neg", g.op("Softplus", g.mul(decision, float(-s["slope"]))))
    for_second = g.op("Neg", g.op("Softplus", g.mul(decision, float(s["slope"]))))
    score = g.add(g.matmul(for_first, first * sharpness), g.matmul(for_second, second * sharpness))
    return g.op("Softmax", score, axis=1)


@add_head.register
def _(model: XGB, graph: Graph, given: dict[str, str]) -> str:
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType
    from xgboost import XGBClassifier

    classifier = XGBClassifier()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "xgb.ubj")
        model.booster.save_model(path)
        classifier.load_model(path)
    classifier.n_classes_ = len(model.genres)
    converted = convert_xgboost(
        classifier, initial_types=[("summary", FloatTensorType([None, len(model.columns)]))], target_opset=15
    )
    x = graph.op("Gather", given["summary"], np.asarray(model.columns, np.int64), axis=1)
    return inline(graph, converted, {"summary": x}, "probabilities")


@add_head.register
def _(model: CNN, graph: Graph, given: dict[str, str]) -> str:
    (name,) = model.inputs
    outputs = [inline(graph, _keras_graph(network), {"shown": given[name]}) for network in model.networks]
    total = outputs[0]
    for other in outputs[1:]:
        total = graph.add(total, other)
    return graph.mul(total, 1.0 / len(outputs)) if len(outputs) > 1 else total


@add_head.register
def _(model: Blend, graph: Graph, given: dict[str, str]) -> str:
    if "heard" not in given and any("heard" in member.inputs for member in model.members.values()):
        given = given | {"heard": graph.slice(given["summary"], -len(HEARD), LARGE, 1)}
    score = None
    for name, member in model.members.items():
        if not model.weights[name]:
            continue
        p = add_head(member, graph, given)
        part = graph.mul(graph.op("Log", graph.op("Max", p, FLOOR)), float(model.weights[name]))
        score = part if score is None else graph.add(score, part)
    return graph.op("Softmax", score, axis=1)


def _keras_graph(network) -> onnx.ModelProto:
    """Convert a Keras network; batch normalisation is folded into the convolutions by the converter."""
    import tensorflow as tf
    import tf2onnx

    shape = (None, *network.input_shape[1:])
    spec = (tf.TensorSpec(shape, tf.float32, name="shown"),)
    call = tf.function(lambda shown: network(shown, training=False), input_signature=spec)
    converted, _ = tf2onnx.convert.from_function(call, input_signature=spec, opset=OPSET)
    return converted


def head_graph(model, *, frames: int, coefficients: int, statistics: int, temperature: float) -> onnx.ModelProto:
    """``head.onnx``: the features that the model reads (see `add_head`) to ``probabilities``."""
    g = Graph()
    p = apply_temperature(g, add_head(model, g, {name: name for name in model.inputs}), temperature)
    shapes = {"mfcc": ["n", frames, coefficients], "summary": ["n", statistics], "heard": ["n", len(HEARD)]}
    inputs = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shapes[name]) for name in model.inputs]
    g.name(p, "probabilities")
    output = helper.make_tensor_value_info("probabilities", onnx.TensorProto.FLOAT, ["n", len(model.genres)])
    return g.model("head", inputs, [output])


def apply_temperature(graph: Graph, p: str, temperature: float) -> str:
    """Softmax of log probabilities divided by the temperature (Guo et al. 2017)."""
    return graph.op("Softmax", graph.mul(graph.op("Log", graph.op("Max", p, FLOOR)), 1.0 / temperature), axis=1)


def temper(p: np.ndarray, temperature: float) -> np.ndarray:
    """The same on arrays: float32 [..., genres]."""
    score = np.log(np.maximum(p, FLOOR)) / temperature
    score = score - score.max(axis=-1, keepdims=True)
    p = np.exp(score)
    return (p / p.sum(axis=-1, keepdims=True)).astype(np.float32)


def write_bytes(path: Path, data: bytes) -> None:
    """Write whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(data)
    os.replace(temporary, path)
