"""Pitch, shifted while the tempo stays."""

from __future__ import annotations

from typing import Any

from augment.draws import Draws, probability
from augment.recipe import Recipe
from augment.stretch import SEMITONE_LIMITS
from settings import Interval, field, settings

RANK = 10
LABEL = "pitch"
UNIT = "semitones"
NOTHING = {"pitch_semitones": 0.0}


@settings
class Settings:
    """A pitch shift."""

    probability: float = probability(0.5)
    semitones: Interval = field((-1.0, 1.0), "positive is up", low=SEMITONE_LIMITS[0], high=SEMITONE_LIMITS[1])


def draw(settings: Settings, draws: Draws) -> dict[str, Any]:
    """A shift within its range."""
    return {"pitch_semitones": draws.between(settings.semitones, 3)}


def stretch(recipe: Recipe) -> dict[str, float]:
    """As `augment.stretch.cut` takes it."""
    return {"semitones": recipe.pitch_semitones}


def strengths(recipe: Recipe) -> list[float]:
    """Semitones."""
    return [recipe.pitch_semitones]


def strength(recipe: Recipe) -> float:
    """Either way counts."""
    return abs(recipe.pitch_semitones)


def words(recipe: Recipe) -> str:
    """The shift."""
    return f"pitch {recipe.pitch_semitones:+.2f} semitones"
