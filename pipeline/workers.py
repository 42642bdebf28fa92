"""Work over many tracks: processes with one thread each, and a progress bar on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
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


def spread(function: Callable[..., Any], calls: list[tuple], words: str = "") -> Iterator[Any]:
    """Results of ``function(*call)`` for each call, in order, over all cores.

    Few results wait in memory at a time; which worker took which call does not matter.
    """
    from joblib import Parallel, delayed

    count = min(jobs(), len(calls)) or 1
    with one_thread_each():
        results = Parallel(n_jobs=count, return_as="generator", pre_dispatch=2 * count)(
            delayed(function)(*call) for call in calls
        )
        yield from progress(results, len(calls), words)
