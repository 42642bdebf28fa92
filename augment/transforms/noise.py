"""Noise at a signal-to-noise ratio, white (Gaussian) or coloured.

audiomentations' ``AddGaussianSNR`` and ``AddColorNoise`` draw their samples from numpy's global state when
they are applied. That state is shared by forked workers and threads and cannot be handed to them, so a
copy could not be made again from its recipe. The noise is therefore made here, from the recipe's own seed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft

from augment import signals
from augment.draws import Draws, probability
from augment.recipe import Recipe
from settings import Interval, SettingError, field, number, settings

RANK = 50
LABEL = "noise"
UNIT = "SNR in dB"
NOTHING = {"noise_color": "", "noise_snr_db": 0.0, "noise_seed": 0}
# Slope of the power spectrum in dB per octave, the figures of audiomentations' AddColorNoise.
COLORS = {"white": 0.0, "pink": -3.01, "brown": -6.02, "blue": 3.01, "violet": 6.02}
SNR_LIMITS_DB = (-20.0, 100.0)
# Below this the slope stops, so that brown noise is not one slow drift.
FLAT_BELOW_HZ = 20.0


@settings
class Settings:
    """Noise of one colour."""

    probability: float = probability(0.25)
    snr_db: Interval = field((20.0, 40.0), "signal-to-noise ratio, dB", low=SNR_LIMITS_DB[0], high=SNR_LIMITS_DB[1])
    colors: tuple[str, ...] = field(("white", "pink", "brown"), "one of them is drawn", choices=tuple(COLORS))


def make(n: int, *, color: str = "white", seed: int, sample_rate: int) -> np.ndarray:
    """Make noise of unit root mean square.

    Parameters
    ----------
    n : int
        Number of samples, at least 1.
    color : {"white", "pink", "brown", "blue", "violet"}
        White noise is Gaussian; the others are Gaussian noise with a slope on its spectrum.
    seed : int
        The same seed gives the same noise, on any machine thread or worker.
    sample_rate : int
        In Hz.

    Returns
    -------
    float32 [n]

    Examples
    --------
    >>> float(np.sqrt(np.mean(make(1000, color="pink", seed=1, sample_rate=22050) ** 2)).round(3))
    1.0
    """
    if color not in COLORS:
        raise SettingError(f"noise_color={color!r}: must be one of {', '.join(COLORS)}")
    rng = np.random.default_rng(seed)
    slope = COLORS[color]
    if slope == 0:
        noise = rng.standard_normal(n, dtype=np.float32)
    else:
        n_fft = scipy.fft.next_fast_len(n + 1, real=True)
        bins = n_fft // 2 + 1
        spectrum = rng.standard_normal(2 * bins, dtype=np.float32).view(np.complex64)
        frequencies = np.arange(bins, dtype=np.float32) * np.float32(sample_rate / n_fft)
        np.maximum(frequencies, np.float32(FLAT_BELOW_HZ), out=frequencies)
        # slope in dB of power an octave -> exponent of the amplitude
        spectrum *= frequencies ** np.float32(slope / (20 * np.log10(2)))
        spectrum[0] = 0
        noise = scipy.fft.irfft(spectrum, n_fft)[:n]
    rms = float(np.sqrt(np.mean(np.square(noise), dtype=np.float64)))
    return noise / np.float32(rms) if rms else noise


def add(y: np.ndarray, *, snr_db: float, color: str = "white", seed: int, sample_rate: int) -> np.ndarray:
    """Add noise to a signal at a signal-to-noise ratio over its whole length.

    Parameters
    ----------
    y : np.ndarray [n]
        Mono signal. Silence stays silence.
    snr_db : float [-20 .. 100]
        Ratio of the signal's to the noise's root mean square.
    color, seed, sample_rate
        See `make`.

    Returns
    -------
    float32 [n]
    """
    y = signals.checked(y)
    snr_db = number("noise_snr_db", snr_db, *SNR_LIMITS_DB)
    rms = float(np.sqrt(np.mean(np.square(y), dtype=np.float64)))
    if rms == 0:
        return y
    noise = make(len(y), color=color, seed=seed, sample_rate=sample_rate)
    noise *= np.float32(rms * 10 ** (-snr_db / 20))
    noise += y
    return noise


def draw(settings: Settings, draws: Draws) -> dict[str, Any]:
    """A ratio, a colour, and the seed of the noise."""
    snr_db = draws.between(settings.snr_db, 2)
    return {"noise_color": draws.one_of(settings.colors), "noise_snr_db": snr_db, "noise_seed": draws.seed()}


def apply(y: np.ndarray, recipe: Recipe, sample_rate: int) -> np.ndarray:
    """Add the recipe's noise."""
    return add(y, snr_db=recipe.noise_snr_db, color=recipe.noise_color, seed=recipe.noise_seed, sample_rate=sample_rate)


def strengths(recipe: Recipe) -> list[float]:
    """The ratio in dB."""
    return [recipe.noise_snr_db]


def strength(recipe: Recipe) -> float:
    """The lower the ratio, the stronger."""
    return -recipe.noise_snr_db


def words(recipe: Recipe) -> str:
    """Colour and ratio."""
    return f"{recipe.noise_color} noise, SNR {recipe.noise_snr_db:.0f} dB"
