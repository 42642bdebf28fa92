"""The list of the robustness report: every entry does what it is called, twice the same."""

import numpy as np
import pytest

from augment import SignalError
from augment.degrade import DEGRADATIONS

RATE = 22050
LENGTHS = {"tempo x0.9": 1 / 0.9, "tempo x1.1": 1 / 1.1}


@pytest.fixture(scope="module")
def clip():
    t = np.arange(2 * RATE) / RATE
    tones = sum(np.sin(2 * np.pi * f * t) for f in (150.0, 1000.0, 5000.0, 9500.0))
    return (0.15 * tones).astype(np.float32)


def level_db(y, hz):
    spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y)))) / len(y)
    k = round(hz * len(y) / RATE)
    return 20 * np.log10(spectrum[k - 3 : k + 4].max() + 1e-9)


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_each_is_finite_float32_of_the_right_length_and_repeats(name, clip):
    y = DEGRADATIONS[name](clip, RATE)
    assert y.dtype == np.float32
    assert y.shape == (round(len(clip) * LENGTHS.get(name, 1)),)
    assert np.isfinite(y).all()
    assert not np.array_equal(y, clip[: len(y)])
    np.testing.assert_array_equal(y, DEGRADATIONS[name](clip, RATE))


@pytest.mark.parametrize("name", DEGRADATIONS)
@pytest.mark.parametrize("y", [np.zeros(3000, np.float32), np.full(10, 2.0, np.float32)])
def test_silence_and_a_few_clipped_samples_pass(name, y):
    assert np.isfinite(DEGRADATIONS[name](y, RATE)).all()


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_nan_is_refused(name):
    with pytest.raises(SignalError, match="NaN"):
        DEGRADATIONS[name](np.array([0.0, np.nan] * 100, np.float32), RATE)


@pytest.mark.parametrize(
    ("name", "kept", "lost"),
    [
        ("low-pass 8 kHz", [150.0, 1000.0, 5000.0], [9500.0]),
        ("low-pass 4 kHz", [150.0, 1000.0], [9500.0]),
        ("telephone 8 kHz", [1000.0], [150.0, 5000.0, 9500.0]),
        ("mp3 64 kbit/s", [150.0, 1000.0, 5000.0], []),
    ],
)
def test_bands_are_kept_and_lost_as_the_name_says(name, kept, lost, clip):
    y = DEGRADATIONS[name](clip, RATE)
    for hz in kept:
        assert level_db(y, hz) == pytest.approx(level_db(clip, hz), abs=1.0)
    for hz in lost:
        assert level_db(y, hz) < level_db(clip, hz) - 15


def test_the_mp3_is_in_step_with_the_original():
    steps = np.random.default_rng(0).standard_normal(RATE).cumsum()
    y = np.diff(steps / np.abs(steps).max() * 5).clip(-1, 1).astype(np.float32)
    coded = DEGRADATIONS["mp3 64 kbit/s"](y, RATE)
    correlation = np.fft.irfft(np.fft.rfft(y) * np.conj(np.fft.rfft(coded)), len(y))
    assert np.argmax(correlation) == 0


def test_pitch_and_noise_have_the_named_size(clip):
    shifted = DEGRADATIONS["pitch +1 semitone"](clip, RATE)
    assert level_db(shifted, 1000 * 2 ** (1 / 12)) == pytest.approx(level_db(clip, 1000), abs=1.5)
    noise = DEGRADATIONS["noise 20 dB"](clip, RATE) - clip
    assert 20 * np.log10(np.std(clip) / np.std(noise)) == pytest.approx(20, abs=0.1)
