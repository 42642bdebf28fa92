"""A seven-band equaliser, as a magnitude response.

The bands are those of audiomentations' ``SevenBandParametricEQ``: one low shelf, five peaks, one high
shelf. The curves are the analog prototypes of R. Bristow-Johnson's "Cookbook formulae for audio EQ biquad
filter coefficients", taken at the frequency itself, so they are the same at every sample rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from augment.draws import Draws, probability
from augment.filters import Response
from augment.recipe import Recipe
from settings import Interval, field, number, settings

RANK = 30
LABEL = "equaliser"
UNIT = "dB a band"
NOTHING: dict[str, Any] = {"eq": ()}
# Lowest and highest centre frequency of each band, in Hz.
BANDS_HZ = (
    (42.0, 95.0),
    (91.0, 204.0),
    (196.0, 441.0),
    (421.0, 948.0),
    (909.0, 2045.0),
    (1957.0, 4404.0),
    (4216.0, 9486.0),
)
GAIN_LIMITS_DB = (-24.0, 24.0)
Q_RANGE = (0.4, 1.4)


@settings
class Settings:
    """A gain for each of seven bands."""

    probability: float = probability(0.6)
    gain_db: Interval = field((-4.0, 4.0), "of each band, dB", low=GAIN_LIMITS_DB[0], high=GAIN_LIMITS_DB[1])


def curve(bands: Sequence[tuple[float, float, float]]) -> Response:
    """The response of an equaliser.

    Parameters
    ----------
    bands : sequence of (centre in Hz, gain in dB, Q)
        At least two; the first is a low shelf, the last a high shelf, those between are peaks.

    Returns
    -------
    function
        From frequencies in Hz to gains, for `augment.filters.apply`.

    Raises
    ------
    SettingError
        If a number is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> gain = curve([(60.0, 6.0, 0.7), (300.0, -6.0, 1.0), (6000.0, 0.0, 0.7)])
    >>> np.round(20 * np.log10(gain(np.array([0.0, 300.0]))), 1)
    array([ 6., -6.])
    """
    bands = [
        (
            number("eq frequency", frequency, 1.0, 100_000.0),
            10 ** (number("eq gain_db", gain_db, *GAIN_LIMITS_DB) / 40),
            number("eq q", q, 0.1, 20.0),
        )
        for frequency, gain_db, q in bands
    ]

    def gain(frequencies: np.ndarray) -> np.ndarray:
        power = np.ones(len(frequencies))
        for k, (centre, a, q) in enumerate(bands):
            w2 = (np.asarray(frequencies, dtype=np.float64) / centre) ** 2
            if k == 0:
                slope = a / q**2 * w2
                power *= a**2 * ((a - w2) ** 2 + slope) / ((1 - a * w2) ** 2 + slope)
            elif k == len(bands) - 1:
                slope = a / q**2 * w2
                power *= a**2 * ((1 - a * w2) ** 2 + slope) / ((a - w2) ** 2 + slope)
            else:
                power *= ((1 - w2) ** 2 + (a / q) ** 2 * w2) / ((1 - w2) ** 2 + w2 / (a * q) ** 2)
        return np.sqrt(power)

    return gain


def draw(settings: Settings, draws: Draws) -> dict[str, Any]:
    """A centre, a gain and a Q for each band."""
    return {
        "eq": tuple(
            (draws.between(centres, 1), draws.between(settings.gain_db, 2), draws.between(Q_RANGE, 3))
            for centres in BANDS_HZ
        )
    }


def response(recipe: Recipe) -> Response:
    """As `augment.filters.apply` takes it."""
    return curve(recipe.eq)


def strengths(recipe: Recipe) -> list[float]:
    """The gain of each band in dB."""
    return [gain for _, gain, _ in recipe.eq]


def strength(recipe: Recipe) -> float:
    """All bands together, either way."""
    return sum(abs(gain) for _, gain, _ in recipe.eq)


def words(recipe: Recipe) -> str:
    """Its name: seven gains are no title."""
    return "equaliser"
