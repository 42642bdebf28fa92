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
    # Folder of released models; None for the one of this repository.
    "MODELS": None,
    # Folder for uploads; None for a private temporary one that goes with the server.
    "UPLOADS": None,
}

_POSITIVE = (
    "MAX_CONTENT_LENGTH",
    "MAX_FEATURES_LENGTH",
    "MAX_DURATION_S",
    "DECODERS",
    "SONG_LIMIT_S",
    "DECODER_MEMORY",
)
_NOT_NEGATIVE = ("WAITING", "WAIT_S")


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
