"""onnxruntime as every front here uses it: silent, on the processor, a graph at a time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["open_graph"]


def open_graph(path: str | os.PathLike[str], threads: int = 1) -> onnxruntime.InferenceSession:
    """Open a graph.

    Parameters
    ----------
    path : path
        Of an ONNX file.
    threads : int
        Threads that one run may use.
    """
    import onnxruntime  # it sends no events: see musiclassify/__init__.py

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # memory goes back after every excerpt
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(os.fspath(path), options, providers=["CPUExecutionProvider"])
