"""Noise has the ratio and the colour that are asked for, from its own seed."""

import numpy as np
import pytest

from augment import SettingError
from augment.transforms.noise import COLORS, add, make

RATE = 22050


def octave_slope_db(y):
    """Slope of the power spectrum between 160 and 5120 Hz, in dB per octave."""
    power = np.abs(np.fft.rfft(y)) ** 2
    frequencies = np.fft.rfftfreq(len(y), 1 / RATE)
    edges = 160 * 2.0 ** np.arange(6)
    bands = [power[(frequencies >= lo) & (frequencies < 2 * lo)].mean() for lo in edges]
    return np.polyfit(np.arange(6), 10 * np.log10(bands), 1)[0]


@pytest.mark.parametrize("color", COLORS)
def test_the_colour_is_the_slope_of_the_spectrum(color):
    assert octave_slope_db(make(4 * RATE, color=color, seed=1, sample_rate=RATE)) == pytest.approx(
        COLORS[color], abs=0.35
    )


@pytest.mark.parametrize("color", COLORS)
@pytest.mark.parametrize("snr_db", [-5.0, 10.0, 40.0])
def test_the_ratio_is_exact_over_the_signal(color, snr_db):
    y = np.sin(np.arange(RATE) * 0.05).astype(np.float32)
    added = add(y, snr_db=snr_db, color=color, seed=2, sample_rate=RATE) - y
    measured = 10 * np.log10(np.mean(y.astype(np.float64) ** 2) / np.mean(added.astype(np.float64) ** 2))
    # float32 sums: the noise is taken back out of the mixture
    assert measured == pytest.approx(snr_db, abs=0.01)


def test_the_seed_alone_decides():
    one = make(1000, color="pink", seed=5, sample_rate=RATE)
    np.testing.assert_array_equal(one, make(1000, color="pink", seed=5, sample_rate=RATE))
    assert not np.array_equal(one, make(1000, color="pink", seed=6, sample_rate=RATE))


@pytest.mark.parametrize("color", COLORS)
@pytest.mark.parametrize("n", [1, 2, 3, 17])
def test_very_short_noise_is_finite(color, n):
    noise = make(n, color=color, seed=0, sample_rate=RATE)
    assert noise.shape == (n,)
    assert noise.dtype == np.float32
    assert np.isfinite(noise).all()


def test_silence_stays_silence():
    assert not add(np.zeros(100, np.float32), snr_db=0.0, seed=0, sample_rate=RATE).any()


def test_an_unknown_colour_is_refused_with_the_known_ones():
    with pytest.raises(SettingError, match=r"green.*white, pink, brown"):
        make(10, color="green", seed=0, sample_rate=RATE)
