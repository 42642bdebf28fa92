"""Fit the numbers of static/js/core/resample.js to soxr: ``python tests/musiclassify/web/fit_resampler.py 48000``.

soxr's answer to an impulse, seen from several places between two samples, against a sinc under a Kaiser window that
goes through a small symmetric filter. Prints the entry of the table and the largest difference of a tap.
"""

from __future__ import annotations

import sys
from math import gcd

import numpy as np
import soxr
from scipy.optimize import least_squares
from scipy.special import i0

TO = 22_050
SLOPE = 4
"""Taps on each side of the small filter."""


def response(rate: int, phases: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Give soxr's impulse response: where (input samples) and how much."""
    common = gcd(rate, TO)
    lower = min(rate, TO)
    n = 400 * max(rate, TO) // lower + 2000
    where, much = [], []
    for phase in range(phases):
        pulse = np.zeros(n)
        pulse[n // 2 + phase] = 1
        y = soxr.resample(pulse, rate, TO, "HQ")
        at = np.arange(len(y)) * (rate // common) / (TO // common) - n // 2 - phase
        near = np.abs(at) < 120 * rate / lower
        where.append(at[near])
        much.append(y[near])
    return np.concatenate(where), np.concatenate(much)


def model(p: np.ndarray, at: np.ndarray, rate: int) -> np.ndarray:
    """Say what resample.js has there, for cutoff, beta, half width and the slope."""
    cutoff, half = p[0] * min(rate, TO) / rate, p[2] * rate / min(rate, TO)

    def sinc(x: np.ndarray) -> np.ndarray:
        r = np.minimum(np.abs(x / half), 1)
        return np.where(r < 1, cutoff * np.sinc(cutoff * x) * i0(p[1] * np.sqrt(1 - r * r)) / i0(p[1]), 0)

    step = rate / (2 * TO)
    shifted = ((sinc(at - j * step) + sinc(at + j * step) - 2 * sinc(at)) for j in range(1, SLOPE + 1))
    return sinc(at) + sum(share * part for share, part in zip(p[3:], shifted, strict=True))


def main(rate: int) -> None:
    """Fit and print."""
    at, much = response(rate)
    start = np.r_[0.9569, 14, 103, np.zeros(SLOPE)]
    scale = np.r_[1e-3, 0.1, 1, np.full(SLOPE, 1e-2)]
    tight = dict.fromkeys(("xtol", "ftol", "gtol"), 1e-15)
    p = least_squares(lambda p: model(p, at, rate) - much, start, x_scale=scale, max_nfev=60, **tight).x
    off = np.abs(model(p, at, rate) - much).max()
    common, slope = gcd(rate, TO), ", ".join(f"{share:.9g}" for share in p[3:])
    print(
        f'  "{rate // common}/{TO // common}": {{ cutoff: {p[0]:.8f}, beta: {p[1]:.5f}, halfWidth: {p[2]:.5f}, '
        f"slope: [{slope}] }}, // {rate} Hz, off by {off:.1e}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
