"""A steep low-pass, as a magnitude response: what poor codecs, old tapes and telephones leave."""

from __future__ import annotations

from typing import Any

import numpy as np

from augment.draws import Draws, probability
from augment.filters import Response
from augment.recipe import Recipe
from settings import Interval, field, number, settings

RANK = 40
LABEL = "low-pass"
UNIT = "Hz"
NOTHING = {"low_pass_hz": 0.0}
LIMITS_HZ = (500.0, 48_000.0)
ORDER = 16


@settings
class Settings:
    """A low-pass of order 16."""

    probability: float = probability(0.05)
    cutoff_hz: Interval = field((3000.0, 9000.0), "-3 dB here, Hz", low=LIMITS_HZ[0], high=LIMITS_HZ[1])


def butterworth(cutoff_hz: float) -> Response:
    """The response of a Butterworth low-pass of order 16: -3 dB at the cutoff, -96 dB an octave above.

    Parameters
    ----------
    cutoff_hz : float [500 .. 48000]
        Frequency at which the gain is -3 dB.

    Returns
    -------
    function
        From frequencies in Hz to gains, for `augment.filters.apply`.

    Examples
    --------
    >>> import numpy as np
    >>> np.round(20 * np.log10(butterworth(4000.0)(np.array([1000.0, 4000.0, 8000.0]))))
    array([  0.,  -3., -96.])
    """
    cutoff_hz = number("low_pass_hz", cutoff_hz, *LIMITS_HZ)

    def gain(frequencies: np.ndarray) -> np.ndarray:
        return 1.0 / np.sqrt(1.0 + (np.asarray(frequencies, dtype=np.float64) / cutoff_hz) ** (2 * ORDER))

    return gain


def draw(settings: Settings, draws: Draws) -> dict[str, Any]:
    """A cutoff within its range."""
    return {"low_pass_hz": draws.between(settings.cutoff_hz, 1)}


def response(recipe: Recipe) -> Response:
    """As `augment.filters.apply` takes it."""
    return butterworth(recipe.low_pass_hz)


def strengths(recipe: Recipe) -> list[float]:
    """The cutoff in Hz."""
    return [recipe.low_pass_hz]


def strength(recipe: Recipe) -> float:
    """The lower, the stronger."""
    return -recipe.low_pass_hz


def words(recipe: Recipe) -> str:
    """The cutoff."""
    return f"low-pass {recipe.low_pass_hz:.0f} Hz"
