"""MusiClassify: tell the genre of a song, by a model that can be rebuilt and checked.

    import musiclassify

    answer = musiclassify.load().classify("song.mp3")
    print(answer.genre, answer.confidence, answer.uncertain)

What answers lives here and needs nothing of the learning side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .released import Answer, Model, load

__all__ = ["Answer", "Model", "__version__", "load"]

__version__ = "1.1.0"


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import released

    return getattr(released, name)
