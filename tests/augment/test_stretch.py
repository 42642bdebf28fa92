"""Pitch and tempo do what their numbers say, together as well as alone."""

import numpy as np
import pytest

from augment import SettingError
from augment.stretch import stretch

RATE = 22050


def peak_hz(y):
    spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y))))
    return np.argmax(spectrum) * RATE / len(y)


def tone(hz, seconds=1.0):
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE).astype(np.float32)


@pytest.mark.parametrize("semitones", [-1.0, 0.0, 0.5, 2.0])
@pytest.mark.parametrize("tempo", [0.9, 1.0, 1.1])
def test_one_pass_changes_pitch_and_length_as_asked(semitones, tempo):
    y = stretch(tone(1000.0), semitones=semitones, tempo=tempo, sample_rate=RATE)
    assert len(y) == round(RATE / tempo)
    cents = 1200 * np.log2(peak_hz(y) / (1000 * 2 ** (semitones / 12)))
    assert abs(cents) < 20  # a fifth of a semitone


@pytest.mark.parametrize("tempo", [0.9, 1.1])
def test_the_loudness_stays(tempo):
    y = stretch(tone(440.0), tempo=tempo, semitones=1.0, sample_rate=RATE)
    assert abs(20 * np.log10(np.sqrt(np.mean(y**2)) / np.sqrt(0.5))) < 0.7


@pytest.mark.parametrize("n", [1, 5, 1000])
def test_signals_shorter_than_a_block_keep_their_length(n):
    assert stretch(tone(440.0)[:n], semitones=1.0, sample_rate=RATE).shape == (n,)


@pytest.mark.parametrize(("name", "value"), [("tempo", 0.4), ("tempo", 2.1), ("semitones", 13)])
def test_a_number_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(SettingError, match=f"{name}={value}"):
        stretch(tone(440.0), sample_rate=RATE, **{name: value})
