"""Equaliser and low-pass: the curves are those of the cookbook's filters, applied without delay."""

import numpy as np
import pytest

from augment import SettingError, filters
from augment.transforms import eq, low_pass

RATE = 22050


def gain_db(responses, hz):
    """Gain of a long tone, measured away from its ends."""
    y = np.sin(2 * np.pi * hz * np.arange(RATE) / RATE).astype(np.float32)
    out = filters.apply(y, responses, sample_rate=RATE)
    inner = slice(RATE // 4, -RATE // 4)
    return 20 * np.log10(np.sqrt(np.mean(out[inner] ** 2)) / np.sqrt(np.mean(y[inner] ** 2)))


def test_no_response_changes_nothing():
    y = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    np.testing.assert_array_equal(filters.apply(y, [], sample_rate=RATE), y)


def test_a_flat_equaliser_changes_nothing():
    y = np.random.default_rng(0).standard_normal(5000).astype(np.float32)
    flat = eq.curve([(hz, 0.0, 0.7) for hz, _ in eq.BANDS_HZ])
    # float32 rounding of two transforms
    np.testing.assert_allclose(filters.apply(y, [flat], sample_rate=RATE), y, atol=5e-6)


@pytest.mark.parametrize("boost", [-9.0, 6.0])
def test_each_band_acts_where_it_lies(boost):
    bands = [(80.0, 0.0, 0.7), (1000.0, boost, 1.4), (8000.0, 0.0, 0.7)]
    response = eq.curve(bands)
    assert gain_db([response], 1000.0) == pytest.approx(boost, abs=0.1)
    assert abs(gain_db([response], 60.0)) < 0.5
    shelves = eq.curve([(100.0, boost, 0.7), (1000.0, 0.0, 1.0), (5000.0, -boost, 0.7)])
    assert gain_db([shelves], 30.0) == pytest.approx(boost, abs=0.5)
    assert gain_db([shelves], 10500.0) == pytest.approx(-boost, abs=0.6)


def test_the_peak_is_the_cookbooks_biquad():
    """Against the digital filter at a frequency so low that the bilinear warping is below 0.01 dB."""
    from scipy.signal import freqz

    centre, gain, q = 200.0, 8.0, 1.0
    a, w0 = 10 ** (gain / 40), 2 * np.pi * centre / RATE
    alpha = np.sin(w0) / (2 * q)
    b = np.array([1 + alpha * a, -2 * np.cos(w0), 1 - alpha * a])
    d = np.array([1 + alpha / a, -2 * np.cos(w0), 1 - alpha / a])
    frequencies = np.array([50.0, 100.0, 180.0, 200.0, 260.0, 500.0])
    expected = np.abs(freqz(b, d, worN=2 * np.pi * frequencies / RATE)[1])
    response = eq.curve([(20.0, 0.0, 1.0), (centre, gain, q), (9000.0, 0.0, 1.0)])
    np.testing.assert_allclose(response(frequencies), expected, rtol=2e-3)


def test_the_low_pass_is_steep_and_leaves_the_rest():
    response = low_pass.butterworth(4000.0)
    assert gain_db([response], 2000.0) == pytest.approx(0.0, abs=0.01)
    assert gain_db([response], 4000.0) == pytest.approx(-3.01, abs=0.2)
    assert gain_db([response], 8000.0) < -80


def test_two_responses_cost_one_filter_and_multiply():
    y = np.random.default_rng(1).standard_normal(4000).astype(np.float32)
    bands = eq.curve([(hz, 5.0, 0.7) for hz, _ in eq.BANDS_HZ])
    low = low_pass.butterworth(5000.0)
    together = filters.apply(y, [bands, low], sample_rate=RATE)
    by_turns = filters.apply(filters.apply(y, [bands], sample_rate=RATE), [low], sample_rate=RATE)
    inner = slice(1500, -1500)  # the cut between the two loses what rings beyond the ends
    np.testing.assert_allclose(together[inner], by_turns[inner], atol=2e-3)


@pytest.mark.parametrize("n", [1, 2, 3, 100])
def test_short_signals_keep_their_length(n):
    assert filters.apply(np.ones(n, np.float32), [low_pass.butterworth(3000.0)], sample_rate=RATE).shape == (n,)


def test_numbers_out_of_range_are_refused_by_name():
    with pytest.raises(SettingError, match="low_pass_hz=10"):
        low_pass.butterworth(10.0)
    with pytest.raises(SettingError, match="eq gain_db=90"):
        eq.curve([(100.0, 90.0, 1.0), (200.0, 0.0, 1.0)])
