"""Silence has a limit."""

from __future__ import annotations

import numpy as np
import pytest

from musiclassify.audio.errors import SilentAudioError
from musiclassify.audio.levels import check_audible, is_silent, peak


def test_the_peak_counts_both_signs(tone):
    assert peak(np.array([0.1, -0.4], np.float32)) == pytest.approx(0.4)
    assert peak(np.zeros(0, np.float32)) == 0


def test_silence_is_below_the_limit(silence, tone):
    assert is_silent(silence())
    assert is_silent(tone(amplitude=0.9e-4))
    assert not is_silent(tone(amplitude=1.1e-4))


def test_silence_is_refused_by_name(silence, tone):
    check_audible(tone(), "a.wav")
    with pytest.raises(SilentAudioError, match=r"^a\.wav: is silent .*; "):
        check_audible(silence(), "a.wav")
