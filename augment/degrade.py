"""What a song may have gone through before it is handed in: the list of the robustness report.

`DEGRADATIONS` maps a name to a function ``(y, sample_rate) -> y`` over a whole clip. They have no random
numbers but the noise, whose seed is fixed, so a report can be made again.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

import av
import numpy as np
import soxr

from augment import filters, signals, stretch
from augment.transforms import gain, low_pass, noise

Degradation = Callable[[np.ndarray, int], np.ndarray]

_NOISE_SEED = 2015
_TELEPHONE_RATE = 8000
_TELEPHONE_BAND_HZ = (300.0, 3400.0)
_MU = 255.0


def pitch(y: np.ndarray, sample_rate: int, *, semitones: float) -> np.ndarray:
    """Shift the pitch; the length stays."""
    return stretch.stretch(y, semitones=semitones, sample_rate=sample_rate)


def tempo(y: np.ndarray, sample_rate: int, *, factor: float) -> np.ndarray:
    """Change the tempo; the length is divided by `factor`."""
    return stretch.stretch(y, tempo=factor, sample_rate=sample_rate)


def white_noise(y: np.ndarray, sample_rate: int, *, snr_db: float) -> np.ndarray:
    """Add Gaussian noise at a signal-to-noise ratio."""
    return noise.add(y, snr_db=snr_db, seed=_NOISE_SEED, sample_rate=sample_rate)


def quieter(y: np.ndarray, sample_rate: int, *, gain_db: float) -> np.ndarray:
    """Scale by a gain in dB."""
    return gain.scale(y, gain_db)


def muffle(y: np.ndarray, sample_rate: int, *, cutoff_hz: float) -> np.ndarray:
    """Take away what lies above a cutoff."""
    return filters.apply(y, [low_pass.butterworth(cutoff_hz)], sample_rate=sample_rate)


def mp3(y: np.ndarray, sample_rate: int, *, kbit_s: int) -> np.ndarray:
    """Code as MP3 at a constant bit rate and decode again, in memory.

    Parameters
    ----------
    y : np.ndarray [n]
        Mono signal; beyond +-1 it clips, as it would on the way to a real MP3.
    sample_rate : int
        One that MPEG audio knows: 16000, 22050, 24000, 32000, 44100 or 48000 Hz.
    kbit_s : int

    Returns
    -------
    float32 [n]
        Without the coder's delay where the decoder tells it.
    """
    y = np.clip(signals.checked(y), -1.0, 1.0)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=sample_rate)
        stream.bit_rate = kbit_s * 1000
        stream.codec_context.layout = "mono"
        stream.codec_context.format = "fltp"
        frame = av.AudioFrame.from_ndarray(y[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate = sample_rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    decoded = np.concatenate(frames).astype(np.float32, copy=False)[: len(y)]
    return np.pad(decoded, (0, len(y) - len(decoded)))


def telephone(y: np.ndarray, sample_rate: int) -> np.ndarray:
    """Send through a telephone: 300 to 3400 Hz, 8000 Hz, 8-bit mu-law (ITU-T G.711's curve)."""
    y = np.clip(signals.checked(y), -1.0, 1.0)
    narrow = soxr.resample(y, sample_rate, _TELEPHONE_RATE, quality="HQ")
    low, high = _TELEPHONE_BAND_HZ
    responses = [low_pass.butterworth(high), lambda f: 1 / np.sqrt(1 + (low / np.maximum(f, 1e-3)) ** 8)]
    narrow = np.clip(filters.apply(narrow, responses, sample_rate=_TELEPHONE_RATE), -1.0, 1.0)
    code = np.round(127 * np.sign(narrow) * np.log1p(_MU * np.abs(narrow)) / np.log1p(_MU)) / 127
    narrow = (np.sign(code) * np.expm1(np.abs(code) * np.log1p(_MU)) / _MU).astype(np.float32)
    wide = soxr.resample(narrow, _TELEPHONE_RATE, sample_rate, quality="HQ")[: len(y)]
    return np.pad(wide, (0, len(y) - len(wide)))


DEGRADATIONS: dict[str, Degradation] = {
    "pitch +1 semitone": partial(pitch, semitones=1.0),
    "pitch -1 semitone": partial(pitch, semitones=-1.0),
    "tempo x0.9": partial(tempo, factor=0.9),
    "tempo x1.1": partial(tempo, factor=1.1),
    "noise 20 dB": partial(white_noise, snr_db=20.0),
    "noise 10 dB": partial(white_noise, snr_db=10.0),
    "gain -12 dB": partial(quieter, gain_db=-12.0),
    "low-pass 8 kHz": partial(muffle, cutoff_hz=8000.0),
    "low-pass 4 kHz": partial(muffle, cutoff_hz=4000.0),
    "mp3 64 kbit/s": partial(mp3, kbit_s=64),
    "telephone 8 kHz": telephone,
}
