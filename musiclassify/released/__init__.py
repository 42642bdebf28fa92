"""Released models: load one, ask it.

    from musiclassify import released

    model = released.load()                       # or load("gtzan-cnn-v1.0"), load("path/to/folder")
    answer = model.classify("song.mp3")           # or a file object, or mono samples float32 [n]
    print(answer.genre, answer.confidence)

Needs numpy, soundfile, soxr, PyAV and onnxruntime; a name below is loaded when it is first used.
The sibling folders are the models themselves (data, one folder a version).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .registry import ModelError, Release, choose, default_name, find, names, read, verify
    from .song import Answer, ExcerptAnswer, Model, load

__all__ = [
    "Answer",
    "ExcerptAnswer",
    "Model",
    "ModelError",
    "Release",
    "choose",
    "default_name",
    "find",
    "load",
    "names",
    "read",
    "verify",
]

_IN_SONG = {"Answer", "ExcerptAnswer", "Model", "load"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{'song' if name in _IN_SONG else 'registry'}"), name)
