"""Which other files an ONNX graph takes tensors from; asked of the file itself, without the onnx library.

A tensor may stand in a file of its own (``data_location`` EXTERNAL), which the runtime would read whatever its sha256.
The file is in the wire format of Protocol Buffers; the numbers of the fields below are those of onnx.proto (IR version
13 and before). What is no such file has no tensors, here: the runtime says what is wrong with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .wire import BYTES, fields

__all__ = ["external_files"]

_INSIDE: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
}
"""Messages, and the fields through which a tensor can be reached; `entry` is a key and a value."""

_LOCATION = "location"


def external_files(path: str | os.PathLike[str]) -> list[str]:
    """List the files that tensors of a graph lie in, as the graph names them.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    data = Path(path).read_bytes()
    if _LOCATION.encode() not in data:  # nearly always; a large graph takes a quarter of a second to walk
        return []
    try:
        return sorted(set(_walk(memoryview(data), "model")))
    except (IndexError, RecursionError, ValueError):
        return []


def _walk(data: memoryview, message: str) -> Iterator[str]:
    for number, kind, value in fields(data):
        if kind != BYTES:
            continue
        inner = _INSIDE[message].get(number)
        if inner == "entry":
            entry = {key: bytes(text).decode("utf-8", "replace") for key, _, text in fields(value)}
            if entry.get(1) == _LOCATION:
                yield entry.get(2, "")
        elif inner is not None:
            yield from _walk(value, inner)
