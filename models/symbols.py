"""The operations of `features.operations` on values of an ONNX graph: statistics are written once and become nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .graph import LARGE, Graph


class Symbol:
    """A value of a graph with operators; numbers and arrays beside it become constants."""

    __array_ufunc__ = None  # numpy leaves an operator between an array and a symbol to the symbol
    __slots__ = ("graph", "name")

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph, self.name = graph, name

    def op(self, kind: str, *inputs: Any, **attributes: Any) -> Symbol:
        """A node of the same graph."""
        names = [x.name if isinstance(x, Symbol) else x for x in inputs]
        return Symbol(self.graph, self.graph.op(kind, *names, **attributes))

    def __add__(self, other: Any) -> Symbol:
        return self.op("Add", self, other)

    def __sub__(self, other: Any) -> Symbol:
        return self.op("Sub", self, other)

    def __mul__(self, other: Any) -> Symbol:
        return self.op("Mul", self, other)

    def __truediv__(self, other: Any) -> Symbol:
        return self.op("Div", self, other)

    def __matmul__(self, other: Any) -> Symbol:
        return self.op("MatMul", self, other)

    def __rmatmul__(self, other: Any) -> Symbol:
        return self.op("MatMul", other, self)


class GraphOperations:
    """Operations on symbols [K, ...].

    Parameters
    ----------
    frames : int
        Frames of a segment: what `ordered` sorts.
    network : function of (path, value) to value
        Puts a network's file into the graph.
    """

    def __init__(self, frames: int, network: Callable[[Path, str], str]) -> None:
        self.frames, self._network = frames, network

    def _reduced(self, kind: str, x: Symbol, axis: int, keep: bool) -> Symbol:
        return x.op(kind, x, [axis], keepdims=int(keep))

    def mean(self, x: Symbol, axis: int, keep: bool = False) -> Symbol:
        """Mean over an axis."""
        return self._reduced("ReduceMean", x, axis, keep)

    def sum(self, x: Symbol, axis: int, keep: bool = False) -> Symbol:
        """Sum over an axis."""
        return self._reduced("ReduceSum", x, axis, keep)

    def max(self, x: Symbol, axis: int, keep: bool = False) -> Symbol:
        """Largest over an axis."""
        return self._reduced("ReduceMax", x, axis, keep)

    def min(self, x: Symbol, axis: int, keep: bool = False) -> Symbol:
        """Smallest over an axis."""
        return self._reduced("ReduceMin", x, axis, keep)

    def square(self, x: Symbol) -> Symbol:
        """x * x."""
        return x * x

    def sqrt(self, x: Symbol) -> Symbol:
        """Square root."""
        return x.op("Sqrt", x)

    def exp(self, x: Symbol) -> Symbol:
        """Natural exponential."""
        return x.op("Exp", x)

    def log(self, x: Symbol) -> Symbol:
        """Natural logarithm."""
        return x.op("Log", x)

    def log10(self, x: Symbol) -> Symbol:
        """Decimal logarithm."""
        return Symbol(x.graph, x.graph.log10(x.name))

    def at_least(self, x: Symbol, low: float) -> Symbol:
        """The larger of each value and ``low``."""
        return x.op("Max", x, float(low)) if low else x.op("Relu", x)

    def clip(self, x: Symbol, low: float, high: float) -> Symbol:
        """Values held between two."""
        return x.op("Clip", x, float(low), float(high))

    def softmax(self, x: Symbol) -> Symbol:
        """Over the last axis."""
        return x.op("Softmax", x, axis=-1)

    def difference(self, x: Symbol) -> Symbol:
        """From one to the next along axis 1, one fewer."""
        g = x.graph
        return Symbol(g, g.slice(x.name, 1, LARGE, 1)) - Symbol(g, g.slice(x.name, 0, -1, 1))

    def swap(self, x: Symbol) -> Symbol:
        """The last two axes of [K, a, b] exchanged."""
        return x.op("Transpose", x, perm=[0, 2, 1])

    def ordered(self, x: Symbol) -> Symbol:
        """Sorted along the last axis, over frames, smallest first."""
        values, _ = x.graph.op("TopK", x.name, [self.frames], outputs=2, axis=-1, largest=0, sorted=1)
        return Symbol(x.graph, values)

    def take(self, x: Symbol, columns: np.ndarray) -> Symbol:
        """Some columns of the last axis."""
        return x.op("Gather", x, np.asarray(columns, np.int64), axis=-1)

    def part(self, x: Symbol, first: int, count: int) -> Symbol:
        """Columns of the last axis that stand together."""
        return Symbol(x.graph, x.graph.slice(x.name, first, first + count, -1))

    def flat(self, x: Symbol, width: int) -> Symbol:
        """[K, ..] as [K, width]."""
        return Symbol(x.graph, x.graph.reshape(x.name, [-1, width]))

    def join(self, parts: Sequence[Symbol]) -> Symbol:
        """Columns [K, ..] side by side."""
        graph = parts[0].graph
        return Symbol(graph, graph.concat([part.name for part in parts], 1))

    def network(self, path: Path, runner: Any, x: Callable[[], Symbol]) -> Symbol:
        """What a network says of samples [K, n]: its file becomes part of the graph."""
        given = x()
        return Symbol(given.graph, self._network(path, given.name))
