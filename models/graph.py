"""A graph of ONNX operations, grown node by node; and other people's graphs put inside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .canonical import canonical
from .errors import ModelError

OPSET = 18
IR_VERSION = 9
LARGE = np.iinfo(np.int64).max
LOG10 = float(1.0 / np.log(10.0))


#: The name of a value, or a number or an array that becomes a constant.
Value = str | np.ndarray | float | int | list[int]


class Graph:
    """Grows an ONNX graph node by node; a value is its name, and all names begin with ``prefix``."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[tuple, str] = {}
        self.initializers: list[onnx.TensorProto] = []
        self.domains: dict[str, int] = {}
        self._count = 0

    def op(self, kind: str, *inputs: Value, outputs: int = 1, **attributes: object) -> Any:
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

    def halves(self, array: np.ndarray) -> str:
        """A constant that is stored in half precision."""
        return self.op("Cast", np.ascontiguousarray(array).astype(np.float16), to=TensorProto.FLOAT)

    # The handful of shorthands that keep the formulas below readable.
    def add(self, a: Value, b: Value) -> str:
        return self.op("Add", a, b)

    def sub(self, a: Value, b: Value) -> str:
        return self.op("Sub", a, b)

    def mul(self, a: Value, b: Value) -> str:
        return self.op("Mul", a, b)

    def div(self, a: Value, b: Value) -> str:
        return self.op("Div", a, b)

    def matmul(self, a: Value, b: Value) -> str:
        return self.op("MatMul", a, b)

    def square(self, a: Value) -> str:
        return self.op("Mul", a, a)

    def log10(self, a: Value) -> str:
        return self.mul(self.op("Log", a), LOG10)

    def mean(self, a: Value, axis: int, keep: bool = False) -> str:
        return self.op("ReduceMean", a, [axis], keepdims=int(keep))

    def sum(self, a: Value, axis: int, keep: bool = False) -> str:
        return self.op("ReduceSum", a, [axis], keepdims=int(keep))

    def max(self, a: Value, axes: list[int], keep: bool = False) -> str:
        return self.op("ReduceMax", a, axes, keepdims=int(keep))

    def min(self, a: Value, axes: list[int], keep: bool = False) -> str:
        return self.op("ReduceMin", a, axes, keepdims=int(keep))

    def slice(self, a: Value, start: str | int, end: str | int, axis: int) -> str:
        start = start if isinstance(start, str) else self.const([start])
        end = end if isinstance(end, str) else self.const([end])
        return self.op("Slice", a, start, end, [axis])

    def concat(self, parts: list[str], axis: int) -> str:
        return self.op("Concat", *parts, axis=axis)

    def reshape(self, a: Value, shape: Value) -> str:
        return self.op("Reshape", a, shape)

    def dim(self, a: Value, axis: int) -> str:
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
        """The checked model of what was grown; the same operations give the same bytes."""
        graph = self.part(name, inputs, outputs)
        domains = {"": OPSET, **self.domains}
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid(domain, version) for domain, version in domains.items()],
            ir_version=IR_VERSION,
            producer_name="musiclassify",
        )
        model = canonical(model)
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
        _rename_inside(copied, rename)
        graph.nodes.append(copied)
    return rename(output)


def _rename_inside(node: onnx.NodeProto, rename: Callable[[str], str]) -> None:
    """Rename everything in the bodies of a loop or a branch: their own values, and what they read from around them."""
    for attribute in node.attribute:
        for body in (attribute.g, *attribute.graphs):
            for named in (*body.input, *body.initializer, *body.output, *body.value_info):
                named.name = rename(named.name)
            for each in body.node:
                each.input[:] = [rename(name) for name in each.input]
                each.output[:] = [rename(name) for name in each.output]
                _rename_inside(each, rename)


def adapted(model: onnx.ModelProto) -> onnx.ModelProto:
    """Somebody else's model as `inline` can take it: its functions put in place, its operations as `OPSET` has them.

    Raises
    ------
    ModelError
        If its operations are of a later set.
    """
    import onnx.inliner
    import onnx.version_converter

    if model.functions:
        model = onnx.inliner.inline_local_functions(model)
    version = next((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), OPSET)
    if version > OPSET:
        raise ModelError(f"opset {version}: must be {OPSET} or below; export it again (opset_version={OPSET})")
    return onnx.version_converter.convert_version(model, OPSET) if version < OPSET else model
