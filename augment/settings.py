"""From which ranges the recipes are drawn: a section for each transform of the registry."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from augment.transforms import TRANSFORMS
from settings import field, replace, settings


@cache
def _made(names: tuple[str, ...]) -> type:
    """`AugmentSettings` for the transforms that there are."""
    entries = {name: TRANSFORMS.get(name) for name in names}
    body: dict[str, Any] = {
        "__doc__": "Augmented copies of the training segments; a range is (lowest, highest), drawn uniformly.",
        "__module__": __name__,
        "__annotations__": {"copies": int, **{name: entry.Settings for name, entry in entries.items()}},
        "copies": field(1, "of each segment", low=0, high=100),
    }
    for name, entry in entries.items():
        body[name] = field(entry.Settings(), (inspect.getdoc(entry) or "").partition("\n")[0])
    return settings(type("AugmentSettings", (), body))


def __getattr__(name: str) -> Any:
    """`AugmentSettings`: ``copies``, and for each transform its own settings under its own name.

    The defaults change what a genre does not hang on, and gently, as grouped cross-validation on 343 real clips chose.
    """
    if name != "AugmentSettings":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _made(TRANSFORMS.names())


def used(given: Any) -> tuple[str, ...]:
    """Names of the transforms that the settings ever use."""
    return tuple(name for name in TRANSFORMS.names() if getattr(given, name).probability)


def with_probability(given: Any, probability: float, *names: str) -> Any:
    """The same settings with another probability of some transforms; of all where none is named."""
    chosen = names or TRANSFORMS.names()
    return replace(given, **{name: replace(getattr(given, name), probability=probability) for name in chosen})
