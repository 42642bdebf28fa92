"""Work over many tracks: processes with one thread each, and a progress bar on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def jobs() -> int:
    """Worker processes: MUSICLASSIFY_JOBS, or as many as there are cores."""
    given = os.environ.get("MUSICLASSIFY_JOBS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_thread_each() -> Iterator[None]:
    """This process and those started inside use one thread for linear algebra and numba.

    The cores are taken already; and sums come out the same to the last bit however many workers there are.
    """
    from threadpoolctl import threadpool_limits

    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    try:
        with threadpool_limits(1):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def progress(items: Iterable, total: int, words: str = "") -> Iterable:
    """A bar on stderr where that is a terminal; nothing where it is a file."""
    from tqdm import tqdm

    return tqdm(items, total=total, desc=words, unit="track", disable=not sys.stderr.isatty(), leave=False)


#: What each call does first where the workers are other machines; None where they are processes of this one.
_GUARD: ContextVar[Callable[[], None] | None] = ContextVar("guard", default=None)


@contextmanager
def elsewhere(guard: Callable[[], None]) -> Iterator[None]:
    """Inside, joblib's workers are other machines, and each call asks `guard` first (`pipeline.cluster`)."""
    token = _GUARD.set(guard)
    try:
        yield
    finally:
        _GUARD.reset(token)


def _call(guard: Callable[[], None] | None, function: Callable[..., Any], call: tuple) -> Any:
    """A call on a worker."""
    if guard is None:
        return function(*call)
    from threadpoolctl import threadpool_limits

    guard()
    # For good: the worker has other threads, and what one of them put back another would miss.
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    threadpool_limits(1)
    return function(*call)


def spread(
    function: Callable[..., Any], calls: Iterable[tuple], words: str = "", *, total: int | None = None
) -> Iterator[Any]:
    """Results of ``function(*call)`` for each call, in order, over all cores, or over a cluster (`pipeline.cluster`).

    Few calls and results wait in memory at a time; which worker took which call does not matter.

    Parameters
    ----------
    function : callable
        Of a module: a worker imports it.
    calls : iterable of tuple
    words : str
        For the progress bar.
    total : int, optional
        How many calls there are; needed where `calls` has no length.
    """
    from joblib import Parallel, delayed

    total = len(calls) if total is None else total  # type: ignore[arg-type]
    count = min(jobs(), total) or 1
    with one_thread_each():
        results = Parallel(n_jobs=count, return_as="generator", pre_dispatch="2*n_jobs")(
            delayed(_call)(_GUARD.get(), function, call) for call in calls
        )
        yield from progress(results, total, words)
