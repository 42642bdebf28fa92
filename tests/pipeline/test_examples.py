"""What the stage ``augment`` shows is what is learned from."""

from __future__ import annotations

import numpy as np

from musiclassify.audio.excerpts import Rule
from pipeline import examples


def test_the_example_of_a_long_song_lies_behind_its_skipped_start(sound_file):
    """A song of 80 s whose first 30 s are a low tone: they are left out, the shown excerpt has none of it."""
    t = np.arange(80 * 22_050) / 22_050
    y = np.where(t < 30, 0.5 * np.sin(2 * np.pi * 110 * t), 0.5 * np.sin(2 * np.pi * 3520 * t)).astype(np.float32)
    path = sound_file("song.wav", y)
    shown = examples.excerpt_of(path, 0, Rule(), 22_050)
    assert len(shown) == 30 * 22_050
    spectrum = np.abs(np.fft.rfft(shown))
    assert abs(np.argmax(spectrum) / 30 - 3520) < 1
    assert spectrum[30 * 110] < 0.01 * spectrum.max()


def test_the_example_of_a_short_song_begins_with_it(sound_file):
    y = np.linspace(-0.5, 0.5, 20 * 22_050, dtype=np.float32)
    shown = examples.excerpt_of(sound_file("short.wav", y), 0, Rule(), 22_050)
    np.testing.assert_allclose(shown, y, atol=1e-4)
