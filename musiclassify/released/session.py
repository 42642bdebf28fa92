"""One graph in memory: samples of an excerpt in, probabilities of the genres out."""

from __future__ import annotations

import numpy as np

from .registry import FormatError, Release
from .runtime import open_graph

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

    Attributes
    ----------
    has_summary : bool
        Whether the graph gives the summary statistics.
    """

    def __init__(self, release: Release, threads: int = 1) -> None:
        if not 1 <= threads <= MAX_THREADS:
            raise ValueError(f"threads={threads} must be from 1 to {MAX_THREADS}")
        path = release.folder / release.config["graphs"]["model"]
        try:
            self._session = open_graph(path, threads)
        except Exception as error:  # onnxruntime's own exceptions share no root but Exception
            raise FormatError(
                release.name, f"onnxruntime cannot open {path.name} ({_first_line(error)})", "update onnxruntime"
            ) from error
        inputs = {i.name for i in self._session.get_inputs()}
        outputs = {o.name for o in self._session.get_outputs()}
        self.has_summary = "summary" in outputs
        if inputs != {"samples"} or not {"probabilities", "segment_probabilities", "mfcc"} <= outputs:
            raise FormatError(
                release.name,
                f"{path.name} takes {sorted(inputs)} and gives {sorted(outputs)}, not samples and probabilities",
                "export the model again",
            )
        (genres,) = (o.shape[-1] for o in self._session.get_outputs() if o.name == "probabilities")
        if isinstance(genres, int) and genres != len(release.config["labels"]):
            raise FormatError(
                release.name,
                f"config.json has {len(release.config['labels'])} labels, {path.name} gives {genres} genres",
                "export the model again",
            )

    def run(self, samples: np.ndarray, outputs: tuple[str, ...] = ("probabilities",)) -> list[np.ndarray]:
        """Run one excerpt through the graph.

        Parameters
        ----------
        samples : float32 [n]
            Mono, at the model's rate, n >= 1.
        outputs : tuple of str
            Of ``probabilities`` [genres], ``segment_probabilities`` [segments, genres], ``mfcc``
            [frames, coefficients] and, where the model has it, ``summary`` [segments, statistics].

        Returns
        -------
        list of float32 [...]
            In the order of ``outputs``.
        """
        row = np.ascontiguousarray(samples, dtype=np.float32)[None]
        return [value[0] for value in self._session.run(list(outputs), {"samples": row})]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
