"""Augmented copies of training segments: drawn as recipes, applied to the sound of a clip.

`draw` decides, from the seed, the track, the segment and the number of the copy alone, what is done to a
copy; `apply` does it. What can be done stands in `augment.transforms`, a file each. `augment.degrade` holds what the
robustness report does to a song.
"""

from typing import Any

from augment.errors import SignalError
from augment.recipe import Recipe, apply, draw
from augment.settings import used, with_probability
from augment.transforms import TRANSFORMS
from settings import SettingError

__all__ = [
    "TRANSFORMS",
    "AugmentSettings",
    "Recipe",
    "SettingError",
    "SignalError",
    "apply",
    "draw",
    "used",
    "with_probability",
]


def __getattr__(name: str) -> Any:
    """`AugmentSettings` is made of the transforms that there are when it is asked for."""
    from augment import settings

    return getattr(settings, name)
