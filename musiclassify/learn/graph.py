"""A base model's graph with a head of one's own: what it takes to hear stays, its own head goes.

An ONNX file is a list of nodes, each of which reads values by their names and makes others. The nodes that the kept
outputs rest on are copied as they are, byte for byte; the head is a handful of new ones behind ``summary``::

    probabilities = mean over segments of softmax(summary[columns] @ weights + offsets)

Only the wire format is needed for that (`released.wire`); numbers of fields are those of onnx.proto.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from musiclassify.released.wire import BYTES, fields, put, varint

from .errors import LearnError

__all__ = ["Head", "head_graph", "with_head"]

_MODEL_GRAPH, _MODEL_OPSET, _MODEL_PRODUCER = 7, 8, (2, 3)
_NODE, _INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO = 1, 5, 11, 12, 13
_FLOAT, _INT64 = 1, 7
_LEAST_OPSET = 18  # from here on ReduceMean takes its axes as an input
_OWN = "own_"
"""How the names of what is new begin; no value of a base may be called so."""


@dataclass(frozen=True)
class Head:
    """A linear head over columns of ``summary``.

    Attributes
    ----------
    columns : int [c]
    weights : np.ndarray [c, labels]
    offsets : np.ndarray [labels]
    """

    columns: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray

    def scores(self, summary: np.ndarray) -> np.ndarray:
        """Scores before the softmax, of segments [n, statistics]: float64 [n, labels]."""
        return summary[:, self.columns].astype(np.float64) @ self.weights + self.offsets

    def cooled(self, temperature: float) -> Head:
        """The same head with its scores divided by a temperature."""
        return Head(self.columns, self.weights / temperature, self.offsets / temperature)


def with_head(base: bytes, head: Head, kept: Iterable[str] = ("mfcc", "summary", "sounds")) -> bytes:
    """Put a head behind a base model's ``summary`` in place of the one it has.

    Parameters
    ----------
    base : bytes
        ``model.onnx`` of a released model with the output ``summary``.
    head : Head
    kept : iterable of str
        Outputs that stay, as far as the base has them.

    Returns
    -------
    bytes
        A graph with the outputs ``probabilities``, ``segment_probabilities`` and those kept.

    Raises
    ------
    LearnError
        The file is no graph, has no ``summary``, or is of an operator set before 18.
    """
    try:
        parts = [(number, kind, value) for number, kind, value in fields(memoryview(base))]
        (graph,) = (value for number, kind, value in parts if (number, kind) == (_MODEL_GRAPH, BYTES))
        _check_opset(value for number, _, value in parts if number == _MODEL_OPSET)
        body = _pruned(graph, head, tuple(kept))
    except (IndexError, ValueError) as error:
        if isinstance(error, LearnError):
            raise
        raise LearnError(f"the base's model.onnx is no graph that can be read ({error}); fetch it again") from error
    document = b"".join(
        _raw(number, kind, value) for number, kind, value in parts if number not in (_MODEL_GRAPH, *_MODEL_PRODUCER)
    )
    return document + put(2, "musiclassify") + put(_MODEL_GRAPH, body)


def head_graph(head: Head, statistics: int) -> bytes:
    """``head.onnx``: ``summary`` [n, statistics] of segments to ``probabilities`` [n, labels]."""
    nodes = [
        *_head_nodes("summary", axis=1),
        _node("Identity", [f"{_OWN}softmax"], ["probabilities"]),
    ]
    body = b"".join(put(_NODE, node) for node in nodes) + put(2, "head")
    body += b"".join(put(_INITIALIZER, tensor) for tensor in _constants(head))
    body += put(_INPUT, _value("summary", ["n", statistics]))
    body += put(_OUTPUT, _value("probabilities", ["n", len(head.offsets)]))
    opset = put(1, "") + put(2, _LEAST_OPSET)
    return put(1, 9) + put(_MODEL_OPSET, opset) + put(2, "musiclassify") + put(_MODEL_GRAPH, body)


def _check_opset(imports: Iterable[memoryview]) -> None:
    for one in imports:
        found = {number: (kind, value) for number, kind, value in fields(one)}
        domain = bytes(found[1][1]).decode() if 1 in found else ""
        if domain == "" and varint(found[2][1])[0] < _LEAST_OPSET:
            raise LearnError(
                f"the base's graph is of operator set {varint(found[2][1])[0]}; choose a base of 1.0 or later"
            )


def _pruned(graph: memoryview, head: Head, kept: tuple[str, ...]) -> bytes:
    parts = list(fields(graph))
    outputs = {_name(value): value for number, _, value in parts if number == _OUTPUT}
    if "summary" not in outputs:
        raise LearnError("the base's graph does not give what it heard (summary); choose another --base")
    kept = tuple(name for name in kept if name in outputs)
    nodes = [value for number, _, value in parts if number == _NODE]
    needed = _needed(nodes, {*kept, "summary"})
    read = {name for node in needed for name in _read(node)}
    found = [put(_NODE, node) for node in needed]
    found += [put(_NODE, node) for node in _tail()]
    for number, kind, value in parts:
        if number == _INITIALIZER:
            found += [put(number, value)] if _tensor_name(value) in read else []
        elif number not in (_NODE, _OUTPUT, _VALUE_INFO):
            found.append(_raw(number, kind, value))
    labels = len(head.offsets)
    found += [put(_INITIALIZER, tensor) for tensor in (*_constants(head), _tensor(f"{_OWN}one", np.array([1])))]
    found += [
        put(_OUTPUT, _value("probabilities", ["batch", labels])),
        put(_OUTPUT, _value("segment_probabilities", ["batch", "segments", labels])),
    ]
    return b"".join(found) + b"".join(put(_OUTPUT, outputs[name]) for name in kept)


def _needed(nodes: list[memoryview], wanted: set[str]) -> list[memoryview]:
    """The nodes that make what is wanted, and what those read, in their order (which is that of their making)."""
    wanted, needed = set(wanted), []
    for node in reversed(nodes):
        if wanted & {bytes(value).decode() for number, _, value in fields(node) if number == 2}:
            needed.append(node)
            wanted.update(_read(node))
    return needed[::-1]


def _read(node: memoryview) -> Iterator[str]:
    """Names of the values that a node reads, also from inside the graphs that it carries (loops, branches)."""
    for number, _, value in fields(node):
        if number == 1:
            yield bytes(value).decode()
        elif number == 5:
            for inner, _, graph in fields(value):
                if inner in (6, 11):
                    for part, _, node in fields(graph):
                        if part == _NODE:
                            yield from _read(node)
                        elif part == _OUTPUT:
                            yield _name(node)


def _tail() -> list[bytes]:
    return [
        *_head_nodes("summary", axis=2),
        _node("Identity", [f"{_OWN}softmax"], ["segment_probabilities"]),
        _node("ReduceMean", [f"{_OWN}softmax", f"{_OWN}one"], ["probabilities"], keepdims=0),
    ]


def _head_nodes(summary: str, *, axis: int) -> list[bytes]:
    return [
        _node("Gather", [summary, f"{_OWN}columns"], [f"{_OWN}chosen"], axis=axis),
        _node("MatMul", [f"{_OWN}chosen", f"{_OWN}weights"], [f"{_OWN}product"]),
        _node("Add", [f"{_OWN}product", f"{_OWN}offsets"], [f"{_OWN}scores"]),
        _node("Softmax", [f"{_OWN}scores"], [f"{_OWN}softmax"], axis=axis),
    ]


def _constants(head: Head) -> list[bytes]:
    return [
        _tensor(f"{_OWN}columns", np.asarray(head.columns)),
        _tensor(f"{_OWN}weights", np.asarray(head.weights, np.float32)),
        _tensor(f"{_OWN}offsets", np.asarray(head.offsets, np.float32)),
    ]


def _node(kind: str, inputs: list[str], outputs: list[str], **attributes: int) -> bytes:
    found = b"".join(put(1, name) for name in inputs) + b"".join(put(2, name) for name in outputs)
    found += put(3, f"{_OWN}{kind.lower()}_{outputs[0]}") + put(4, kind)
    for name, value in attributes.items():
        found += put(5, put(1, name) + put(3, value) + put(20, 2))
    return found


def _tensor(name: str, array: np.ndarray) -> bytes:
    whole = np.issubdtype(array.dtype, np.integer)
    found = b"".join(put(1, size) for size in array.shape) + put(2, _INT64 if whole else _FLOAT) + put(8, name)
    return found + put(9, np.ascontiguousarray(array, "<i8" if whole else "<f4").tobytes())


def _value(name: str, shape: list[str | int]) -> bytes:
    sizes = b"".join(put(1, put(1, size) if isinstance(size, int) else put(2, size)) for size in shape)
    return put(1, name) + put(2, put(1, put(1, _FLOAT) + put(2, sizes)))


def _name(value: memoryview) -> str:
    return next(bytes(text).decode() for number, _, text in fields(value) if number == 1)


def _tensor_name(value: memoryview) -> str:
    return next((bytes(text).decode() for number, _, text in fields(value) if number == 8), "")


def _raw(number: int, kind: int, value: memoryview) -> bytes:
    return put(number, value) if kind == BYTES else put(number, varint(value)[0])
