"""Songs of a library heard by the workers of a Dask cluster, which see the same files under the same names.

Each worker loads the model by its name from its own installation, once. A worker that is lost costs nothing but time:
Dask gives its songs to another one.
"""

from __future__ import annotations

import functools
import platform
from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import Any

from musiclassify.cluster import ClusterError, connected
from musiclassify.released.song import Model

from .hearing import Heard, Hearing, hear_many
from .store import Look

__all__ = ["hearing_on"]

AHEAD = 3
"""Songs that wait for each thread of the workers."""


def hearing_on(scheduler: str, model: str, digest: str, *, wait_s: float) -> Hearing:
    """Have songs heard on a cluster.

    Parameters
    ----------
    scheduler : str
        Address of the Dask scheduler.
    model : str
        Name or folder of the model, as a worker is to find it.
    digest : str
        sha256 of its graph: a worker with another one is refused.
    wait_s : float
        How long the scheduler and its first worker may take to answer, seconds.
    """

    def hear(looks: Iterable[Look]) -> Generator[Heard, None, None]:
        rest = iter(looks)
        first = list(islice(rest, 1))
        if not first:
            return
        with connected(scheduler, wait_s) as client:
            yield from _heard_by(client, _chained(first, rest), model, digest)

    return hear


def _chained(first: list[Look], rest: Iterator[Look]) -> Iterator[Look]:
    yield from first
    yield from rest


def _heard_by(client: Any, looks: Iterator[Look], model: str, digest: str) -> Iterator[Heard]:
    """Answers as they come; as many songs are under way as the workers' threads take, and a few more."""
    from distributed import as_completed

    def sent(count: int) -> list[Any]:
        return [client.submit(_hear, look, model, digest, pure=False) for look in islice(looks, count)]

    done = as_completed(sent(AHEAD * sum(client.ncores().values())))
    for future in done:
        yield future.result()
        future.release()
        for following in sent(1):
            done.add(following)


def _hear(look: Look, model: str, digest: str) -> Heard:
    """Hear one song, on a worker."""
    (heard,) = hear_many(_model(model, digest), [look], jobs=1)
    return heard


@functools.cache
def _model(name: str, digest: str) -> Model:
    from musiclassify.released.registry import find, read
    from musiclassify.released.song import load

    release = read(find(name))
    if release.digest != digest:
        raise ClusterError(f"{name}: the worker on {platform.node()} has another model of this name; install the same")
    return load(release.folder)
