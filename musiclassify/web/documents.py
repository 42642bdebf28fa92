"""Documents of features, read with distrust.

Two forms are taken::

    {"model": NAME, "vote": "mean", "duration_s": 151.2,
     "excerpts": [{"start_s": 30, "duration_s": 30, "mfcc": [K][frames][coefficients], "summary": [K][statistics]}]}
    {"mfcc": [N][frames][coefficients] or [frames][coefficients], "summary": ...}

An excerpt's ``end_s`` is taken too, in place of its ``duration_s``. `described.py` says the same as a schema. ``mfcc``,
``summary`` and ``embedding`` (``heard`` in models up to 1.1; [K][statistics] both) are needed as far as the model's
``head_inputs`` name them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from .library import Model
from .problems import ProblemError

__all__ = [
    "LARGEST",
    "LONGEST_S",
    "MAX_EXCERPTS",
    "MAX_SEGMENTS",
    "SHORTEST_S",
    "FeatureExcerpt",
    "parse",
    "read_excerpts",
    "seconds",
    "shapes",
]

MAX_EXCERPTS = 200
MAX_SEGMENTS = 600
LARGEST = 1e6
MAX_LISTS = 200_000
SHORTEST_S, LONGEST_S = 0.001, 1e6
"""Bounds of a document: excerpts, segments of each, absolute value of a feature, lists and objects in all, seconds."""


@dataclass(frozen=True)
class FeatureExcerpt:
    """Features of an excerpt: where it lies (seconds), and float32 arrays [K, ...] by name."""

    start_s: float
    end_s: float
    features: dict[str, np.ndarray]


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def parse(body: bytes) -> dict[str, Any]:
    """Parse a JSON object.

    Raises
    ------
    ProblemError
        ``bad-request``
    """
    if body.count(b"[") + body.count(b"{") > MAX_LISTS:  # each costs a hundred bytes and more once it is parsed
        raise ProblemError("bad-request", f"The body holds more than {MAX_LISTS} lists; send a long song in parts.")
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProblemError("bad-request", "The body is not JSON (RFC 8259; no NaN, no Infinity).") from error
    if not isinstance(document, dict):
        raise ProblemError("bad-request", "The body must be a JSON object.")
    return document


def _bad(detail: str) -> ProblemError:
    return ProblemError("bad-features", detail)


def seconds(fields: dict[str, Any], name: str, default: float, *, least: float = 0.0) -> float:
    """A time out of a document, as far as it holds one.

    Raises
    ------
    ProblemError
        ``bad-features``: it is no number, or out of its range.
    """
    if name not in fields:
        return default
    value = fields[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= LONGEST_S:
        raise _bad(f"{name} must be seconds, from {least:g} to a million.")
    return float(value)


def _array(fields: dict[str, Any], name: str, shape: tuple[int, ...]) -> np.ndarray:
    wanted = " x ".join(["K", *map(str, shape)])
    if name not in fields:
        raise _bad(f"{name} is missing: numbers of {wanted}.")
    try:
        array = np.array(fields[name])
    except (ValueError, OverflowError) as error:
        raise _bad(f"{name} must be numbers of {wanted}, all rows of one length.") from error
    if array.ndim == len(shape):
        array = array[None]
    if array.dtype.kind not in "iuf" or array.shape[1:] != shape or not len(array):
        raise _bad(f"{name} must be numbers of {wanted}, K at least 1.")
    if len(array) > MAX_SEGMENTS:
        raise _bad(f"{name} has {len(array)} segments, at most {MAX_SEGMENTS} are taken; send a long song in parts.")
    if not (np.abs(array.astype(np.float64)) <= LARGEST).all():
        raise _bad(f"{name} must hold numbers between -{LARGEST:g} and {LARGEST:g}.")
    return array.astype(np.float32)


def shapes(model: Model) -> dict[str, tuple[int, ...]]:
    """Shape of a segment of each feature that ``model`` needs, by its name."""
    settings = model.config["features"]
    frames = 1 + round(settings["segment_s"] * settings["sample_rate"]) // settings["hop_length"]
    statistics = (len(model.config["statistics"]),)
    return {
        name: (frames, settings["n_mfcc"]) if name == "mfcc" else statistics for name in model.config["head_inputs"]
    }


def read_excerpts(document: dict[str, Any], model: Model) -> list[FeatureExcerpt]:
    """Take the features that ``model`` needs out of a document.

    Raises
    ------
    ProblemError
        ``bad-features``, naming the field, the rule that it breaks and the shape that is wanted.
    """
    whole = "excerpts" not in document
    listed = [document] if whole else document["excerpts"]
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise _bad("excerpts must be a list of objects.")
    if not 1 <= len(listed) <= MAX_EXCERPTS:
        raise _bad(f"excerpts must be 1 to {MAX_EXCERPTS}; send a long song in parts.")
    wanted = shapes(model)
    found: list[FeatureExcerpt] = []
    for item in listed:
        features = {name: _array(item, name, shape) for name, shape in wanted.items()}
        rows = {len(array) for array in features.values()}
        if len(rows) != 1:
            raise _bad("mfcc, summary and embedding must have the same number of segments.")
        start = seconds(item, "start_s", 0.0)
        lasts = rows.pop() * model.config["features"]["segment_hop_s"]
        if not whole:  # of a whole document it is the song's
            lasts = seconds(item, "duration_s", lasts, least=SHORTEST_S)
        end = seconds(item, "end_s", 0.0) if "end_s" in item else start + lasts
        if end <= start:
            raise _bad("end_s must be later than start_s.")
        found.append(FeatureExcerpt(start, end, features))
    return found
