"""Statistics of segments are written once: each operation means the same for arrays and for values of a graph."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from features.operations import Operations
from models.graph import Graph, value
from models.symbols import GraphOperations, Symbol

N, A, B = 3, 5, 4
MATRIX = np.random.default_rng(1).standard_normal((B, 2)).astype(np.float32)
LEFT = np.random.default_rng(2).standard_normal((6, A)).astype(np.float32)


def network(path: Path, given: str) -> str:
    raise AssertionError("no network here")


#: One expression for each operation, of x [3, 5, 4]; positive and negative values.
EXPRESSIONS = {
    "mean": lambda ops, x: ops.mean(x, 1) - ops.mean(x, 1, keep=True),
    "sum": lambda ops, x: ops.sum(x, 2, keep=True),
    "max": lambda ops, x: ops.max(x, 1),
    "min": lambda ops, x: ops.min(x, 2, keep=True),
    "square": lambda ops, x: ops.square(x),
    "sqrt": lambda ops, x: ops.sqrt(ops.square(x) + 0.5),
    "exp": lambda ops, x: ops.exp(x * 0.5),
    "log": lambda ops, x: ops.log(ops.square(x) + 0.1),
    "log10": lambda ops, x: ops.log10(ops.square(x) + 0.1),
    "at_least": lambda ops, x: ops.at_least(x, 0.0) + ops.at_least(x, -0.3),
    "clip": lambda ops, x: ops.clip(x, -0.5, 0.25),
    "softmax": lambda ops, x: ops.softmax(x * 30.0),
    "difference": lambda ops, x: ops.difference(x),
    "swap": lambda ops, x: ops.swap(x) @ x,
    "ordered": lambda ops, x: ops.ordered(ops.swap(x)),
    "take": lambda ops, x: ops.take(x, np.array([3, 0, 0])) / 2.0,
    "part": lambda ops, x: ops.part(x, 1, 2) * np.array([2.0, 3.0], np.float32),
    "flat": lambda ops, x: ops.flat(x, A * B),
    "join": lambda ops, x: ops.join([ops.mean(x, 1), ops.max(x, 2)]),
    "matrices": lambda ops, x: LEFT @ (x @ MATRIX),
}


def test_both_sides_have_the_same_operations_and_each_is_tried():
    public = [
        {name for name, _ in inspect.getmembers(cls, callable) if not name.startswith("_")}
        for cls in (Operations, GraphOperations)
    ]
    assert public[0] == public[1]
    assert public[0] - {"network"} == set(EXPRESSIONS) - {"matrices"}  # networks: tests/features/test_tagger.py


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_operation_means_the_same_for_arrays_and_for_graphs(name):
    x = np.random.default_rng(3).standard_normal((N, A, B)).astype(np.float32)
    expected = EXPRESSIONS[name](Operations, x)
    assert expected.dtype == np.float32
    graph = Graph()
    made = EXPRESSIONS[name](GraphOperations(A, network), Symbol(graph, "x"))
    shape = list(expected.shape)
    model = graph.model("one", [value("x", [N, A, B])], [value(graph.name(made.name, "out"), shape)])
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(None, {"x": x})[0], expected, rtol=1e-5, atol=1e-5)
