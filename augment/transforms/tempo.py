"""Tempo, changed while the pitch stays; a longer take is stretched and then cut."""

from __future__ import annotations

from typing import Any

from augment.draws import Draws, probability
from augment.recipe import Recipe
from augment.stretch import TEMPO_LIMITS
from settings import Interval, field, settings

RANK = 20
LABEL = "tempo"
UNIT = "factor"
NOTHING = {"tempo": 1.0}


@settings
class Settings:
    """A change of tempo."""

    probability: float = probability(0.5)
    factor: Interval = field((0.92, 1.08), "on the speed: above 1 is faster", low=TEMPO_LIMITS[0], high=TEMPO_LIMITS[1])


def draw(settings: Settings, draws: Draws) -> dict[str, Any]:
    """A factor within its range."""
    return {"tempo": draws.between(settings.factor, 4)}


def stretch(recipe: Recipe) -> dict[str, float]:
    """As `augment.stretch.cut` takes it."""
    return {"tempo": recipe.tempo}


def strengths(recipe: Recipe) -> list[float]:
    """The factor."""
    return [recipe.tempo]


def strength(recipe: Recipe) -> float:
    """Either way counts."""
    return abs(recipe.tempo - 1)


def words(recipe: Recipe) -> str:
    """The factor."""
    return f"tempo {recipe.tempo:.3f}"
