"""Documents of features, read with distrust.

Two forms are taken::

    {"model": NAME, "vote": "mean", "duration_s": 151.2,
     "excerpts": [{"start_s": 30, "end_s": 60, "mfcc": [K][frames][coefficients], "summary": [K][statistics]}]}
    {"mfcc": [N][frames][coefficients] or [frames][coefficients], "summary": ...}

``mfcc``, ``summary`` and ``embedding`` (``heard`` in models up to 1.1; [K][statistics] both) are needed as far as the
model's ``head_inputs`` name them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from .library import Model
from .problems import ProblemError

__all__ = ["FeatureExcerpt", "parse", "read_excerpts"]

MAX_EXCERPTS = 200
MAX_SEGMENTS = 600
LARGEST = 1e6
MAX_LISTS = 200_000
"""Bounds of a document: excerpts, segments in all, absolute value of a feature, lists and objects in all."""


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


def _seconds(fields: dict[str, Any], name: str, default: float) -> float:
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e6:
        raise _bad(f"{name} must be seconds, from 0 to a million.")
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
    if not (np.abs(array.astype(np.float64)) <= LARGEST).all():
        raise _bad(f"{name} must hold numbers between -{LARGEST:g} and {LARGEST:g}.")
    return array.astype(np.float32)


def read_excerpts(document: dict[str, Any], model: Model) -> list[FeatureExcerpt]:
    """Take the features that ``model`` needs out of a document.

    Raises
    ------
    ProblemError
        ``bad-features``, naming the field, the rule that it breaks and the shape that is wanted.
    """
    settings = model.config["features"]
    frames = 1 + round(settings["segment_s"] * settings["sample_rate"]) // settings["hop_length"]
    shapes = {
        "mfcc": (frames, settings["n_mfcc"]),
        "summary": (len(model.config["statistics"]),),
        "embedding": (len(model.config["statistics"]),),
        "heard": (len(model.config["statistics"]),),
    }
    if "excerpts" in document:
        listed = document["excerpts"]
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            raise _bad("excerpts must be a list of objects.")
        if not 1 <= len(listed) <= MAX_EXCERPTS:
            raise _bad(f"excerpts must be 1 to {MAX_EXCERPTS}; send a long song in parts.")
    else:
        listed = [document]
    found: list[FeatureExcerpt] = []
    for item in listed:
        features = {name: _array(item, name, shapes[name]) for name in model.config["head_inputs"]}
        rows = {len(array) for array in features.values()}
        if len(rows) != 1:
            raise _bad("mfcc, summary and embedding must have the same number of segments.")
        start = _seconds(item, "start_s", 0.0)
        end = _seconds(item, "end_s", start + rows.pop() * settings["segment_hop_s"])
        if end <= start:
            raise _bad("end_s must be later than start_s.")
        found.append(FeatureExcerpt(start, end, features))
    if sum(len(next(iter(excerpt.features.values()))) for excerpt in found) > MAX_SEGMENTS:
        raise _bad(f"At most {MAX_SEGMENTS} segments are taken at a time; send a long song in parts.")
    return found
