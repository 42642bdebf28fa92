"""Connections that ask for nothing may not keep others out.

Each connection is in one of three stages: it owes a request head, it owes the rest of a body, or the server owes it
an answer. What owes something has a time limit. When there are too many connections, of one address or of all, room
is made for the newcomer by closing one that owes a head, after those one that owes a body; of the address that has
most of them, and there the one that came first. A connection that waits for an answer is never closed for another.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from waitress.channel import HTTPChannel

__all__ = ["GuardedChannel", "Limits", "late", "surplus"]

HEAD, BODY, ANSWER = range(3)


@dataclass(frozen=True)
class Limits:
    """What a connection may take; see `musiclassify.web.settings`.

    Attributes
    ----------
    connections, per_client : int
        Most connections in all and of one address; 0 for no limit of one address.
    head_s, idle_s, body_s : float
        Seconds for a request's head, between two requests (and for taking in an answer), for a body.
    least_rate : float
        Bytes a second that a body must bring on average, after the first `head_s` seconds.
    """

    connections: int
    per_client: int
    head_s: float
    idle_s: float
    body_s: float
    least_rate: float


class GuardedChannel(HTTPChannel):
    """A connection that knows since when it owes what.

    Attributes
    ----------
    since : float
        When its stage began (``time.time``); a drop of bytes does not begin it anew.
    served : bool
        Whether it has had an answer.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.since = self.creation_time
        self.served = False

    @property
    def stage(self) -> int:
        """`HEAD`, `BODY` or `ANSWER`."""
        if self.requests or self.total_outbufs_len:
            return ANSWER
        return BODY if self.request is not None and self.request.headers_finished else HEAD

    def received(self, data: bytes) -> bool:
        """Take bytes in; the time runs from the first of a head, and from the first of a body."""
        before, fresh = self.stage, self.request is None
        taken = super().received(data)
        begun = fresh and self.request is not None and bool(data.strip())  # empty lines begin no head
        if self.stage != before or begun:
            self.since = time.time()
        return taken

    def service(self) -> None:
        """Answer a request."""
        super().service()
        self.since, self.served = time.time(), True


def late(channel: GuardedChannel, limits: Limits, now: float) -> bool:
    """Whether a connection has owed something for too long."""
    if channel.stage == ANSWER:  # the server's own work has limits of its own; this is about who does not listen
        return channel.total_outbufs_len > 0 and now - channel.last_activity > limits.idle_s
    took = now - channel.since
    if channel.stage == HEAD:
        between = channel.served and channel.request is None
        return took > (limits.idle_s if between else limits.head_s)
    slow = channel.request.body_bytes_received < limits.least_rate * took
    return took > limits.body_s or (took > limits.head_s and slow)


def surplus(channels: Collection[GuardedChannel], newest: GuardedChannel, limits: Limits) -> GuardedChannel | None:
    """The connection to close now that ``newest`` has come; None while there is room, ``newest`` where none may go."""
    host = newest.addr[0]
    standing = [channel for channel in channels if not channel.will_close]
    own = [channel for channel in standing if channel.addr[0] == host]
    if limits.per_client and len(own) > limits.per_client:
        return _least_deserving(own, newest)
    if len(standing) > limits.connections:
        return _least_deserving(standing, newest)
    return None


def _least_deserving(channels: Iterable[GuardedChannel], newest: GuardedChannel) -> GuardedChannel:
    owing = [channel for channel in channels if channel is not newest and channel.stage != ANSWER]
    of = Counter(channel.addr[0] for channel in owing)
    return min(owing, key=lambda c: (c.stage, -of[c.addr[0]], c.since), default=newest)
