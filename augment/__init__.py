"""Augmented copies of training segments: drawn as recipes, applied to the sound of a clip.

`draw` decides, from the seed, the track, the segment and the number of the copy alone, what is done to a
copy; `apply` does it. `augment.degrade` holds what the robustness report does to a song.
"""

from augment.errors import AugmentError, SettingError, SignalError
from augment.recipe import Recipe, apply, draw
from augment.settings import AugmentSettings

__all__ = ["AugmentError", "AugmentSettings", "Recipe", "SettingError", "SignalError", "apply", "draw"]
