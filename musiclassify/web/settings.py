"""What can be set about the server, with the defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

__all__ = ["DEFAULTS", "checked"]

DEFAULTS: dict[str, Any] = {
    # The largest request body, bytes: a song of about ten minutes as wav, hours as mp3.
    "MAX_CONTENT_LENGTH": 64 * 2**20,
    # The largest document of features, bytes.
    "MAX_FEATURES_LENGTH": 12 * 2**20,
    # Songs longer than this (seconds) are refused.
    "MAX_DURATION_S": 3600.0,
    # Songs decoded and classified at a time; each has a process of its own for decoding.
    "DECODERS": max(1, min(4, os.cpu_count() or 1)),
    # Requests that may wait for their turn, and for how long (seconds); beyond either: 503 and Retry-After.
    "WAITING": 16,
    "WAIT_S": 20.0,
    # Seconds that one song may take.
    "SONG_LIMIT_S": 60.0,
    # Address space of a decoding process, bytes.
    "DECODER_MEMORY": 2 * 2**30,
    # Names this server answers to (Host), beside localhost, its machine's name and addresses written in digits;
    # "*" for any. A page of another host cannot then pass itself off as this one (DNS rebinding).
    "HOST_NAMES": (),
    # Open connections, in all and of one address (0: no limit of one address, for a proxy that brings everybody).
    "CONNECTIONS": 400,
    "PER_CLIENT": 64,
    # Seconds for the head of a request, between two requests, and for a body; bytes a second a body must bring.
    "HEAD_S": 10.0,
    "IDLE_S": 60.0,
    "BODY_S": 900.0,
    "LEAST_RATE": 1000.0,
    # Folder of released models; None for the one of this repository.
    "MODELS": None,
    # Where the private folder of uploads is made, which goes with the server; None for the system's temporary folder.
    "UPLOADS": None,
}

_POSITIVE = (
    "MAX_CONTENT_LENGTH",
    "MAX_FEATURES_LENGTH",
    "MAX_DURATION_S",
    "DECODERS",
    "SONG_LIMIT_S",
    "DECODER_MEMORY",
    "CONNECTIONS",
    "HEAD_S",
    "IDLE_S",
    "BODY_S",
)
_NOT_NEGATIVE = ("WAITING", "WAIT_S", "PER_CLIENT", "LEAST_RATE")


def checked(config: Mapping[str, Any] | None) -> dict[str, Any]:
    """Join ``config`` and the defaults.

    Raises
    ------
    ValueError
        A number is out of its range; the message names it.
    """
    joined = DEFAULTS | dict(config or {})
    for name in _POSITIVE:
        if not joined[name] > 0:
            raise ValueError(f"{name}={joined[name]!r} must be above 0")
    for name in _NOT_NEGATIVE:
        if not joined[name] >= 0:
            raise ValueError(f"{name}={joined[name]!r} must be 0 or more")
    return joined
