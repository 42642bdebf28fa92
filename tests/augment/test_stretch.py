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
    assert abs(cents) < 10  # a tenth of a semitone


@pytest.mark.parametrize("tempo", [0.9, 1.1])
def test_the_loudness_stays(tempo):
    y = stretch(tone(440.0), tempo=tempo, semitones=1.0, sample_rate=RATE)
    assert abs(20 * np.log10(np.sqrt(np.mean(y**2)) / np.sqrt(0.5))) < 0.1


@pytest.mark.parametrize("n", [1, 5, 1000])
def test_signals_shorter_than_a_block_keep_their_length(n):
    assert stretch(tone(440.0)[:n], semitones=1.0, sample_rate=RATE).shape == (n,)


@pytest.mark.parametrize(("name", "value"), [("tempo", 0.4), ("tempo", 2.1), ("semitones", 13)])
def test_a_number_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(SettingError, match=f"{name}={value}"):
        stretch(tone(440.0), sample_rate=RATE, **{name: value})


@pytest.mark.parametrize("semitones", [-12.0, 12.0])
def test_an_octave_is_an_octave(semitones):
    y = stretch(tone(1000.0), semitones=semitones, sample_rate=RATE)
    assert abs(1200 * np.log2(peak_hz(y) / (1000 * 2 ** (semitones / 12)))) < 10


@pytest.mark.parametrize("tempo", [0.9, 1.1])
def test_a_steady_tone_stays_steady(tempo):
    y = stretch(tone(440.0), tempo=tempo, sample_rate=RATE)[2000:-2000]
    peaks = np.abs(y[: len(y) // 500 * 500]).reshape(-1, 500).max(axis=1)
    assert np.ptp(peaks) < 0.01


@pytest.mark.parametrize("tempo", [0.9, 1.1])
def test_a_click_stays_sharp_and_comes_when_it_should(tempo):
    y = np.zeros(RATE, np.float32)
    y[9000:9100] = np.hanning(100)
    out = stretch(y, tempo=tempo, semitones=0.5, sample_rate=RATE).astype(float) ** 2
    at = np.arange(len(out))
    middle = (at * out).sum() / out.sum()
    assert abs(middle - 9050 / tempo) < 0.003 * RATE
    assert np.sqrt((out * (at - middle) ** 2).sum() / out.sum()) < 0.003 * RATE


def test_silence_stays_silent_and_ends_with_the_sound():
    y = np.concatenate([np.zeros(RATE, np.float32), tone(440.0)])
    out = stretch(y, tempo=1.05, semitones=-0.5, sample_rate=RATE)
    assert np.abs(out[: round(RATE / 1.05) - 2000]).max() < 1e-6
    assert np.isfinite(out).all()
