"""Noise at a signal-to-noise ratio, white (Gaussian) or coloured.

audiomentations' ``AddGaussianSNR`` and ``AddColorNoise`` draw their samples from numpy's global state when
they are applied. That state is shared by forked workers and threads and cannot be handed to them, so a
copy could not be made again from its recipe. The noise is therefore made here, from the recipe's own seed.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from augment import check
from augment.errors import SettingError

# Slope of the power spectrum in dB per octave, the figures of audiomentations' AddColorNoise.
COLORS = {"white": 0.0, "pink": -3.01, "brown": -6.02, "blue": 3.01, "violet": 6.02}
SNR_LIMITS_DB = (-20.0, 100.0)
# Below this the slope stops, so that brown noise is not one slow drift.
FLAT_BELOW_HZ = 20.0


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
    np.ndarray [shape=(n,), float32]

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
    y : np.ndarray [shape=(n,)]
        Mono signal. Silence stays silence.
    snr_db : float [-20 .. 100]
        Ratio of the signal's to the noise's root mean square.
    color, seed, sample_rate
        See `make`.

    Returns
    -------
    np.ndarray [shape=(n,), float32]
    """
    y = check.signal(y)
    snr_db = check.number("noise_snr_db", snr_db, *SNR_LIMITS_DB)
    rms = float(np.sqrt(np.mean(np.square(y), dtype=np.float64)))
    if rms == 0:
        return y
    noise = make(len(y), color=color, seed=seed, sample_rate=sample_rate)
    noise *= np.float32(rms * 10 ** (-snr_db / 20))
    noise += y
    return noise
