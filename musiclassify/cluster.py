"""A Dask cluster that runs already: found within a stated time, or refused in a sentence."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .errors import MusiClassifyError

__all__ = ["ClusterError", "connected"]


class ClusterError(MusiClassifyError):
    """A cluster that cannot be used; the text names it, the reason and what to do."""


@contextmanager
def connected(scheduler: str, wait_s: float) -> Iterator[Any]:
    """Connect to a Dask scheduler; its client, the default one of this process inside.

    Parameters
    ----------
    scheduler : str
        Its address, ``tcp://host:8786``.
    wait_s : float
        How long it, and its first worker, may take to answer, seconds.

    Raises
    ------
    ClusterError
        If Dask is not installed, or nothing answers in time.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError("distributed is not installed: pip install 'musiclassify[cluster]'") from None
    advice = f"start one (`dask scheduler`, `dask worker {scheduler}`) or mend the address"
    try:
        _listen(scheduler, wait_s)
        client = Client(scheduler, timeout=wait_s)
    except (OSError, ValueError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise ClusterError(f"{scheduler}: no Dask scheduler answers within {wait_s:g} s ({reason}); {advice}") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=wait_s)
        except TimeoutError:
            raise ClusterError(f"{scheduler}: has no worker after {wait_s:g} s; {advice}") from None
        yield client


def _listen(scheduler: str, wait_s: float) -> None:
    """Hear the first byte of a scheduler, which greets whoever connects.

    `Client` waits for ever for something that accepts connections and says nothing (distributed 2026.8).
    """
    kind, _, place = scheduler.partition("://")
    if kind != "tcp":
        return
    host, _, port = place.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), wait_s) as connection:
        connection.settimeout(wait_s)
        if not connection.recv(1):
            raise ConnectionError("hangs up at once")
