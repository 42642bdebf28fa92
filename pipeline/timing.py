"""What a model costs: memory of its training, milliseconds of an answer, size of its file."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np


def peak_memory_mib() -> float | None:
    """The most memory that this process has had, MiB; None where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def answering(released: Path, sample_rate: int, seed: int) -> dict[str, float | None]:
    """Milliseconds that the released graph takes for 30 s of sound on one core, and its size in MiB.

    The median of five answers to the same noise, after one to warm up.
    """
    graph = released / "model.onnx"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    noise = 0.1 * np.random.default_rng(seed).standard_normal((1, 30 * sample_rate)).astype(np.float32)
    taken = []
    for _ in range(6):
        began = time.perf_counter()
        session.run(["probabilities"], {"samples": noise})
        taken.append(1000 * (time.perf_counter() - began))
    return {"answer_ms": float(np.median(taken[1:])), "size_mib": graph.stat().st_size / 2**20}
