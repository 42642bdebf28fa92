"""Tremolo: the level swells and fades. An example of the one file that a new transform is."""

from __future__ import annotations

from typing import Any

import numpy as np

from augment.draws import Draws, probability
from augment.recipe import Recipe
from settings import Interval, field, settings

RANK = 70
LABEL = "tremolo"
UNIT = "Hz"
NOTHING = {"tremolo_hz": 0.0}


@settings
class Settings:
    """A swelling level."""

    probability: float = probability(0.5)
    rate_hz: Interval = field((3.0, 8.0), "swells a second", low=0.1, high=20)


def draw(settings: Settings, draws: Draws) -> dict[str, Any]:
    """A rate within its range."""
    return {"tremolo_hz": draws.between(settings.rate_hz, 2)}


def apply(y: np.ndarray, recipe: Recipe, sample_rate: int) -> np.ndarray:
    """Swell and fade by half."""
    swell = np.sin(2 * np.pi * recipe.tremolo_hz * np.arange(len(y)) / sample_rate)
    return (y * (0.75 + 0.25 * swell)).astype(np.float32)


def strengths(recipe: Recipe) -> list[float]:
    """Hz."""
    return [recipe.tremolo_hz]


def strength(recipe: Recipe) -> float:
    """The faster, the stronger."""
    return recipe.tremolo_hz


def words(recipe: Recipe) -> str:
    """The rate."""
    return f"tremolo {recipe.tremolo_hz:.1f} Hz"
