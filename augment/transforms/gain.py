"""Gain; samples may go beyond +-1, for they stay floats and nothing clips them."""

from __future__ import annotations

from typing import Any

import numpy as np

from augment import signals
from augment.draws import Draws, probability
from augment.recipe import Recipe
from settings import Interval, field, number, settings

RANK = 60
LABEL = "gain"
UNIT = "dB"
NOTHING = {"gain_db": 0.0}
LIMITS_DB = (-60.0, 40.0)


@settings
class Settings:
    """Another level."""

    probability: float = probability(1.0)
    gain_db: Interval = field((-4.0, 3.0), "dB", low=LIMITS_DB[0], high=LIMITS_DB[1])


def scale(y: np.ndarray, gain_db: float) -> np.ndarray:
    """Scale a signal.

    Parameters
    ----------
    y : np.ndarray [n]
        Mono signal.
    gain_db : float [-60 .. 40]

    Returns
    -------
    float32 [n]

    Examples
    --------
    >>> import numpy as np
    >>> scale(np.ones(2, dtype=np.float32), -20.0)
    array([0.1, 0.1], dtype=float32)
    """
    gain_db = number("gain_db", gain_db, *LIMITS_DB)
    return signals.checked(y) * np.float32(10 ** (gain_db / 20))


def draw(settings: Settings, draws: Draws) -> dict[str, Any]:
    """A gain within its range."""
    return {"gain_db": draws.between(settings.gain_db, 2)}


def apply(y: np.ndarray, recipe: Recipe, sample_rate: int) -> np.ndarray:
    """Scale."""
    return scale(y, recipe.gain_db)


def strengths(recipe: Recipe) -> list[float]:
    """The gain in dB."""
    return [recipe.gain_db]


def strength(recipe: Recipe) -> float:
    """Either way counts."""
    return abs(recipe.gain_db)


def words(recipe: Recipe) -> str:
    """The gain."""
    return f"gain {recipe.gain_db:+.1f} dB"
