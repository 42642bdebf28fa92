"""What must stand in config.json and metadata.json of a released model, checked with one line for what does not.

Format version 1. A key that is not named here is allowed: a front passes over what it does not know.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["CONFIG", "FORMAT_VERSION", "METADATA", "problems"]

FORMAT_VERSION = 1
"""The newest form of a released model that this program reads."""

Check = Callable[[Any], str | None]
Schema = Mapping[str, "Check | Schema"]


def _number(low: float = -math.inf, high: float = math.inf) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return None
        return f"must be a number from {low:g} to {high:g}"

    return check


def _whole(low: int, high: float = math.inf) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return None
        return f"must be a whole number from {low} to {high:g}"

    return check


def _text(pattern: str = r".+") -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL):
            return None
        return f"must be a text like {pattern}"

    return check


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _one_of(*choices: str) -> Check:
    return lambda value: None if value in choices else f"must be one of {', '.join(choices)}"


def _texts(least: int, only: tuple[str, ...] | None = None) -> Check:
    def check(value: Any) -> str | None:
        good = isinstance(value, list) and all(isinstance(v, str) and v for v in value)
        if good and len(value) >= least and len(set(value)) == len(value) and (not only or set(value) <= set(only)):
            return None
        allowed = f" from {', '.join(only)}" if only else ""
        return f"must be a list of at least {least} different names{allowed}"

    return check


def _mapping(value_check: Check, *needed: str) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "must be an object"
        for name in needed:
            if name not in value:
                return f"must name {name}"
        for name, item in value.items():
            if problem := value_check(item):
                return f"[{name}] {problem}"
        return None

    return check


def _square(value: Any) -> str | None:
    good = isinstance(value, list) and all(
        isinstance(row, list) and len(row) == len(value) and all(_whole(0)(n) is None for n in row) for row in value
    )
    return None if good else "must be a square table of counts"


_FILE = _text(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA = _text(r"[0-9a-f]{64}")
_INTERVAL: Schema = {"value": _number(0, 1), "low": _number(0, 1), "high": _number(0, 1)}

_EFFORT: Schema = {"least": _whole(1), "most": _whole(0), "margin": _number(0, 1), "short_whole?": _flag}

CONFIG: Schema = {
    "format_version": _whole(1, FORMAT_VERSION),
    "name": _text(r"\S+"),
    "corpus": _text(),
    "kind": _text(r"[a-z][a-z0-9_]*"),
    "version": _text(r"\d+\.\d+"),
    "labels": _texts(2),
    "sample_rate": _whole(1_000, 384_000),
    "features": {
        "sample_rate": _whole(1_000, 384_000),
        "n_fft": _whole(2),
        "hop_length": _whole(1),
        "n_mels": _whole(1),
        "n_mfcc": _whole(1),
        "top_db": _number(0),
        "segment_s": _number(0.01),
        "segment_hop_s": _number(0.01),
    },
    "statistics": _texts(0),
    "head_inputs": _texts(1, ("mfcc", "summary", "embedding", "heard")),  # "heard" is the embedding in models up to 1.1
    "rule": {
        "skip_s": _number(0),
        "skip_if_longer_than_s": _number(0),
        "excerpt_s": _number(1),
        "min_excerpt_s": _number(0),
        "vote": _one_of("mean", "majority"),
    },
    "min_duration_s": _number(0),
    "silence_peak": _number(0, 1),
    "temperature": _number(1e-6),
    "uncertain_below": _number(0, 1),
    "taught_by?": _text(),
    "effort?": {"fast?": _EFFORT, "normal?": _EFFORT},
    "sounds?": {"names": _texts(2), "music_below": _number(0, 1)},
    "graphs": {"model": _FILE, "frontend": _FILE, "head": _FILE},
}

METADATA: Schema = {
    "format_version": _whole(1, FORMAT_VERSION),
    "created": _text(r"\d{4}-\d\d-\d\d.*"),
    "git_revision": _text(),
    "command": _text(),
    "params_sha256": _SHA,
    "index_sha256": _SHA,
    "libraries": _mapping(_text()),
    "trained_on": _mapping(lambda value: None),
    "scores": {
        "split": _text(),
        "tracks": _whole(0),
        "folds": _whole(0),
        "accuracy": _INTERVAL,
        "macro_recall": _INTERVAL,
        "macro_f1": _number(0, 1),
        "ece": _number(0, 1),
        "per_genre_recall": _mapping(lambda value: None if value is None else _number(0, 1)(value)),
        "confusion": _square,
    },
    "files": _mapping(_SHA, "config.json"),
}


def problems(document: Any, schema: Schema, inside: str = "") -> list[str]:
    """List what is wrong with a document, one text each; an empty list says that it fits.

    Parameters
    ----------
    document : object
        As read from JSON.
    schema : mapping
        `CONFIG` or `METADATA`; a key that ends in ``?`` may be absent.
    inside : str
        Where the document stands, for the texts (``"rule."``).
    """
    if not isinstance(document, dict):
        return [f"{inside.rstrip('.') or 'it'} must be an object"]
    found = []
    for name, rule in schema.items():
        key = name.removesuffix("?")
        if key not in document:
            found += [] if name.endswith("?") else [f"{inside}{key} is missing"]
        elif isinstance(rule, Mapping):
            found += problems(document[key], rule, f"{inside}{key}.")
        elif problem := rule(document[key]):
            found.append(f"{inside}{key}={_short(document[key])} {problem}")
    return found


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
