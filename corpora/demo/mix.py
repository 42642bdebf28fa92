"""Mixing: two stems of a synthesiser become one clip, with an artist's levels, EQ, room, saturation and noise.

Filters are second-order sections after R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter
coefficients".
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import soxr
from scipy import signal

from corpora.demo.errors import DemoError
from corpora.demo.settings import SAMPLE_RATE

#: A clip starts where the music first rises above this share of its peak (-40 dB).
START_SHARE = 0.01
_CREST = 0.2  # RMS over peak to which levels inside the mix refer
_BLOCK = 256
_SLOWEST = 0.05  # more than any tape runs fast


def mix(
    stems: np.ndarray, sample_rate: int, sound: Mapping[str, float], *, duration_s: float, rng: np.random.Generator
) -> np.ndarray:
    """One clip from two stems.

    Parameters
    ----------
    stems : np.ndarray [n, 2]
        Rhythm section, everything else.
    sample_rate : int
        Rate of the stems in Hz.
    sound : mapping of str to float
        The fields of ``production.yaml``.
    duration_s : float
        Length of the clip in seconds.
    rng : np.random.Generator
        Source of hiss, crackle and of the room's reflections.

    Returns
    -------
    np.ndarray [duration_s * 22050]
        float32, its peak is ``sound["peak"]``.

    Raises
    ------
    DemoError
        The stems are silent, or too short for a clip of that length.
    """
    if not np.any(stems):
        raise DemoError("the composed clip is silent; check that a part plays in every section")
    length = round(duration_s * SAMPLE_RATE)
    if sample_rate != SAMPLE_RATE:
        stems = soxr.resample(stems, sample_rate, SAMPLE_RATE)
    start = _first_sound(stems[:, 0] + stems[:, 1])
    sides = stems[start : start + length + int((_SLOWEST * duration_s + 1) * SAMPLE_RATE)]
    rhythm = _saturate(sides[:, 0], sound["rhythm_drive"]) * 10 ** (sound["rhythm_db"] / 20)
    others = _saturate(sides[:, 1], sound["drive"])
    y = rhythm + others
    if sound["wet"] > 0:
        y += sound["wet"] * _room(0.4 * rhythm + others, sound["room_s"], rng)
    y = signal.sosfilt(_equaliser(sound).astype(np.float32), y)
    y = _squeeze(y, sound["squeeze"])
    # Read at another rate than written: the tape runs fast or slow.
    y = soxr.resample(y, SAMPLE_RATE * (1 + sound["speed"]), SAMPLE_RATE)
    y = y[_first_sound(y) :][:length]
    if len(y) < length:
        raise DemoError(f"duration_s={duration_s:g}: only {len(y) / SAMPLE_RATE:.2f} s of music were composed")
    y = y + _noise(len(y), sound, _rms(y), rng)
    edge = np.linspace(0, 1, 64, dtype=np.float32)
    y[:64] *= edge
    y[-64:] *= edge[::-1]
    return (y * (sound["peak"] / np.max(np.abs(y)))).astype(np.float32)


def _rms(y: np.ndarray) -> float:
    return math.sqrt(float(np.mean(y * y)))


def _first_sound(y: np.ndarray) -> int:
    loud = np.abs(y)
    return max(0, int(np.argmax(loud > START_SHARE * loud.max())) - 32)


def _saturate(y: np.ndarray, amount: float) -> np.ndarray:
    """Bend the peaks as tape and valves do; 0 leaves them, 1 nearly squares them. The loudness stays."""
    level = _rms(y)
    if level == 0 or amount <= 0:
        return y
    gain = 0.5 + 11.5 * amount**2
    bent = np.tanh(y * (gain * _CREST / level)) / gain
    return bent * (level / _rms(bent))


def _room(y: np.ndarray, decay_s: float, rng: np.random.Generator) -> np.ndarray:
    """A room's answer: exponentially decaying noise, darker as it decays, behind 12 ms of distance."""
    n = int(decay_s * SAMPLE_RATE)
    t = np.arange(n, dtype=np.float32) / SAMPLE_RATE
    bright, dark = rng.standard_normal((2, n), np.float32)
    dark = _decaying(0.3 * dark, 0.7)
    answer = bright * np.exp(-t * 13.8 / decay_s) + dark * np.exp(-t * 6.9 / decay_s)
    answer /= np.linalg.norm(answer)
    delay = int(0.012 * SAMPLE_RATE)
    wet = signal.oaconvolve(y, answer)[: len(y)]
    return np.concatenate([np.zeros(delay, np.float32), wet[:-delay]])


def _equaliser(sound: Mapping[str, float]) -> np.ndarray:
    return np.concatenate(
        [
            signal.butter(2, sound["highpass_hz"], "highpass", fs=SAMPLE_RATE, output="sos"),
            signal.butter(4, min(sound["lowpass_hz"], 0.49 * SAMPLE_RATE), "lowpass", fs=SAMPLE_RATE, output="sos"),
            _shelf(sound["low_hz"], sound["low_db"], high=False),
            _shelf(sound["high_hz"], sound["high_db"], high=True),
            _bell(sound["mid_hz"], sound["mid_db"]),
        ]
    )


def _shelf(hz: float, gain_db: float, *, high: bool) -> np.ndarray:
    a, w = 10 ** (gain_db / 40), 2 * math.pi * hz / SAMPLE_RATE
    cos, alpha = math.cos(w), math.sin(w) / math.sqrt(2)
    sign = -1 if high else 1
    root = 2 * math.sqrt(a) * alpha
    b0 = a * ((a + 1) - sign * (a - 1) * cos + root)
    b1 = sign * 2 * a * ((a - 1) - sign * (a + 1) * cos)
    b2 = a * ((a + 1) - sign * (a - 1) * cos - root)
    a0 = (a + 1) + sign * (a - 1) * cos + root
    a1 = sign * -2 * ((a - 1) + sign * (a + 1) * cos)
    a2 = (a + 1) + sign * (a - 1) * cos - root
    return np.array([[b0, b1, b2, a0, a1, a2]]) / a0


def _bell(hz: float, gain_db: float, width: float = 0.9) -> np.ndarray:
    a, w = 10 ** (gain_db / 40), 2 * math.pi * hz / SAMPLE_RATE
    cos, alpha = math.cos(w), math.sin(w) / (2 * width)
    a0 = 1 + alpha / a
    return np.array([[1 + alpha * a, -2 * cos, 1 - alpha * a, a0, -2 * cos, 1 - alpha / a]]) / a0


def _squeeze(y: np.ndarray, amount: float) -> np.ndarray:
    """Bring loud and soft together by `amount` (0 to 1) of their distance, block by block with slow gains."""
    if amount <= 0:
        return y
    blocks = len(y) // _BLOCK
    power = np.mean(y[: blocks * _BLOCK].reshape(blocks, _BLOCK) ** 2, axis=1)
    smooth = _decaying(0.08 * power, 0.92)
    level = np.sqrt(np.maximum(smooth, np.mean(power) * 1e-3))
    gain = (level / math.sqrt(float(np.mean(power)))) ** (-0.7 * amount)
    # From the middle of one block to the middle of the next in a line.
    ramp = (np.arange(_BLOCK, dtype=np.float32) + 0.5) / _BLOCK
    lines = gain[:-1, None] + np.diff(gain)[:, None] * ramp
    edge = np.full(_BLOCK // 2, 1, np.float32)
    gains = np.concatenate([gain[0] * edge, lines.ravel(), gain[-1] * edge])
    return y * np.pad(gains, (0, len(y) - len(gains)), mode="edge")


def _decaying(y: np.ndarray, memory: float) -> np.ndarray:
    """``out[t] = y[t] + memory * out[t - 1]``, in the type of `y`."""
    return signal.lfilter(np.array([1], y.dtype), np.array([1, -memory], y.dtype), y)


def _noise(n: int, sound: Mapping[str, float], level: float, rng: np.random.Generator) -> np.ndarray:
    """Hiss with a slight fall to the treble and, above 0, the crackle of a worn record."""
    hiss = _decaying(rng.standard_normal(n, np.float32), 0.5)
    hiss *= level * 10 ** (sound["noise_db"] / 20) / _rms(hiss)
    if sound["crackle"] <= 0:
        return hiss
    clicks = np.zeros(n, np.float32)
    count = int(sound["crackle"] * 30 * n / SAMPLE_RATE)
    clicks[rng.integers(0, n, count)] = rng.standard_normal(count) * rng.exponential(1, count)
    band = signal.butter(1, (900, 5000), "bandpass", fs=SAMPLE_RATE, output="sos")
    clicks = signal.sosfilt(band.astype(np.float32), clicks)
    return hiss + clicks * (level * 0.5)
