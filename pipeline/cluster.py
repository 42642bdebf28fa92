"""Where the work of a stage is done: on this machine, or on a Dask cluster that runs already.

Nothing of scheduling is done here: joblib hands its calls to Dask (its backend ``dask``), and Dask gives
them to workers, again to another one where a worker is lost. Which worker does what changes no byte of a result, so the
section ``compute`` of params.yaml is no parameter of any stage, and changing it reruns nothing.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from typing import Any

from musiclassify.cluster import ClusterError, connected
from pipeline import workers
from pipeline.errors import PipelineError

#: Stages that map over tracks, and those that learn from what does not fit one memory.
STAGES = ("prepare", "augment", "extract", "train")


#: Libraries whose version can change the features' bytes.
COUNTING = ("numpy", "scipy", "soxr", "soundfile", "av", "onnxruntime")


@cache
def code() -> str:
    """What two machines must have alike for the same results: this code, Python, the libraries that count."""
    from importlib.metadata import version

    from pipeline.closure import digest

    libraries = ", ".join(f"{name} {version(name)}" for name in COUNTING)
    mine = digest("pipeline.extraction", "pipeline.copying", "corpora.check")[:16]
    return f"code {mine}, Python {platform.python_version()}, {libraries}"


def refuse_other_code(expected: str) -> None:
    """Stop, on a worker, what would be done by other code than that of the machine that gives the orders."""
    if code() != expected:
        raise PipelineError(
            f"a worker on {platform.node()} has {code()}, and this machine {expected}: install the same there"
        )


@contextmanager
def computing(compute: Any, stage: str) -> Iterator[None]:
    """Do what is inside where the section ``compute`` says.

    Parameters
    ----------
    compute : Compute
        The section.
    stage : str
        Its name; what is no work for many is done here.

    Raises
    ------
    PipelineError
        If Dask is not installed, the scheduler does not answer, or has no worker, within ``compute.wait_s``.
    """
    if compute.backend == "local" or stage not in STAGES:
        yield
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(connected(compute.scheduler, compute.wait_s))
        except ClusterError as error:
            raise PipelineError(f"compute.scheduler={error}, or set compute.backend to local") from None
        import joblib

        stack.enter_context(workers.elsewhere(partial(refuse_other_code, code())))
        stack.enter_context(joblib.parallel_config(_backend()))
        yield


def _backend() -> Any:
    """joblib's own backend over the default client, which leaves the work to the cluster where that is one worker too.

    What has one job joblib does in its own process, and the worker would stand idle.
    """
    from joblib._dask import DaskDistributedBackend

    class Cluster(DaskDistributedBackend):
        def effective_n_jobs(self, n_jobs: int) -> int:
            return max(2, super().effective_n_jobs(n_jobs))

    return Cluster()
