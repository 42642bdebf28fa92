"""One graph in memory: samples of an excerpt in, probabilities of the genres out."""

from __future__ import annotations

import numpy as np

from .registry import FormatError, Release

__all__ = ["MAX_THREADS", "Session"]

MAX_THREADS = 2
"""More threads inside one excerpt gain little: files in parallel do (see `Model.classify_many`)."""


class Session:
    """A released model's ``model.onnx``, open. Safe to use from several threads at once.

    Parameters
    ----------
    release : Release
        Already verified.
    threads : int
        Threads that one run may use, 1 or 2.
    """

    def __init__(self, release: Release, threads: int = 1) -> None:
        import onnxruntime as ort

        if not 1 <= threads <= MAX_THREADS:
            raise ValueError(f"threads={threads} must be from 1 to {MAX_THREADS}")
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # memory goes back after every excerpt
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = release.folder / release.config["graphs"]["model"]
        try:
            self._session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own exceptions share no root but Exception
            raise FormatError(
                release.name, f"onnxruntime cannot open {path.name} ({_first_line(error)})", "update onnxruntime"
            ) from error
        inputs = {i.name for i in self._session.get_inputs()}
        outputs = {o.name for o in self._session.get_outputs()}
        if inputs != {"samples"} or not {"probabilities", "segment_probabilities", "mfcc"} <= outputs:
            raise FormatError(
                release.name,
                f"{path.name} takes {sorted(inputs)} and gives {sorted(outputs)}, not samples and probabilities",
                "export the model again",
            )

    def run(self, samples: np.ndarray, outputs: tuple[str, ...] = ("probabilities",)) -> list[np.ndarray]:
        """Run one excerpt through the graph.

        Parameters
        ----------
        samples : np.ndarray [shape=(n,), float32]
            Mono, at the model's rate, n >= 1.
        outputs : tuple of str
            Of ``probabilities`` [genres], ``segment_probabilities`` [segments, genres], ``mfcc``
            [frames, coefficients] and, where the model has it, ``summary`` [segments, statistics].

        Returns
        -------
        list of np.ndarray
            In the order of ``outputs``.
        """
        row = np.ascontiguousarray(samples, dtype=np.float32)[None]
        return [value[0] for value in self._session.run(list(outputs), {"samples": row})]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
