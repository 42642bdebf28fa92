"""MusiClassify: tell the genre of a song, by a model that can be rebuilt and checked.

    import musiclassify

    answer = musiclassify.load().classify("song.mp3")
    print(answer.genre, answer.confidence, answer.uncertain)

What answers lives here and needs nothing of the learning side.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import MusiClassifyError
    from .released import Answer, Model, load

__all__ = ["Answer", "Model", "MusiClassifyError", "__version__", "load"]

__version__ = "1.1.0"

# onnxruntime reports its use to its makers (from 1.29 on) and keeps a number of the machine for it, from the moment
# that it is imported: only its environment says no. The second name is that of versions to come.
os.environ["ORT_DISABLE_TELEMETRY"] = os.environ["ORT_TELEMETRY_DISABLED"] = "1"

_FROM = {"Answer": "released", "Model": "released", "MusiClassifyError": "errors", "load": "released"}


def __getattr__(name: str) -> Any:
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_FROM[name]}"), name)
