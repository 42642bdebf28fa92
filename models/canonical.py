"""One way to write a graph down: the same operations and weights give the same bytes, whatever converters called them.

Converters number their names by what they converted before, and name a node after the layer's path. Here inputs and
outputs of the graph keep their names, everything else is called by its place: nodes stand in the order in which the
outputs need them, constants by first use.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
from pathlib import Path

import onnx

_EPOCH = (1980, 1, 1, 0, 0, 0)
_SHARED = re.compile(r'("shared_object_id": )(\d+)')


def canonical(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of a model whose inner names and whose constants' order say nothing of how it was made."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    graph = made.graph
    kept = {item.name for item in (*graph.input, *graph.output)}
    names: dict[str, str] = {name: name for name in kept}
    stored = {tensor.name: tensor for tensor in graph.initializer}
    used: list[str] = []
    nodes = _ordered(graph)
    for number, node in enumerate(nodes):
        for name in _reads(node):
            if name in stored and name not in names:
                names[name] = f"c{len(used)}"
                used.append(name)
        node.name = f"{node.op_type}_{number}"
        for place, name in enumerate(node.output):
            if name and name not in kept:
                names[name] = f"v{number}" if len(node.output) == 1 else f"v{number}_{place}"
    for node in nodes:
        _rename(node, names)
    copied = [node.SerializeToString() for node in nodes]
    tensors = [stored[name] for name in used]
    for tensor in tensors:
        tensor.name = names[tensor.name]
        tensor.doc_string = ""
    copies = [tensor.SerializeToString() for tensor in tensors]
    del graph.initializer[:], graph.value_info[:], graph.node[:]
    graph.node.extend(onnx.NodeProto.FromString(data) for data in copied)
    graph.initializer.extend(onnx.TensorProto.FromString(data) for data in copies)
    made.doc_string = graph.doc_string = ""
    return made


def _ordered(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The nodes that the outputs need, each after what it reads, whatever order they were made in."""
    makers = {name: number for number, node in enumerate(graph.node) for name in node.output if name}
    order: list[int] = []
    done: set[int] = set()
    waiting = [makers[item.name] for item in reversed(graph.output) if item.name in makers]
    while waiting:
        number = waiting[-1]
        needed = [makers[name] for name in _reads(graph.node[number]) if name in makers]
        missing = [other for other in needed if other not in done and other != number]
        if number not in done and missing:
            waiting += reversed(missing)
            continue
        waiting.pop()
        if number not in done:
            done.add(number)
            order.append(number)
    return [graph.node[number] for number in order]


def _reads(node: onnx.NodeProto) -> list[str]:
    """What a node reads, also from inside its loops."""
    found = list(node.input)
    for attribute in node.attribute:
        for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            found += [name for inner in graph.node for name in _reads(inner)]
    return found


def _rename(node: onnx.NodeProto, names: dict[str, str]) -> None:
    """Rename what a node reads and writes; what a loop calls its own inside itself stays."""
    node.doc_string = ""
    node.input[:] = [names.get(name, name) for name in node.input]
    node.output[:] = [names.get(name, name) for name in node.output]
    for attribute in node.attribute:
        for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            own = {item.name for item in (*graph.input, *graph.initializer)}
            own |= {name for inner in graph.node for name in inner.output}
            outer = {name: new for name, new in names.items() if name not in own}
            for inner in graph.node:
                _rename(inner, outer)


def _numbered(config: str) -> str:
    """A layer's configuration with shared objects numbered as they come: Keras calls them by their addresses."""
    seen: dict[str, str] = {}
    return _SHARED.sub(lambda found: found[1] + seen.setdefault(found[2], str(len(seen) + 1)), config)


def fixed_archive(path: Path) -> None:
    """Write a ``.keras`` archive anew without the times and the memory addresses of its making."""
    partial = path.with_name(path.name + ".part")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as new:
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name == "metadata.json":
                told = json.loads(data) | {"date_saved": "1980-01-01@00:00:00"}
                data = json.dumps(told, sort_keys=True).encode()
            elif name == "config.json":
                data = _numbered(data.decode()).encode()
            new.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    os.replace(partial, path)
