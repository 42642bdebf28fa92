"""What the feature engine must give, by librosa, numpy and scipy; writes features.json beside this file.

``python tests/golden/make_features.py`` makes the file again. Every number comes from librosa's functions
where librosa has the feature, and from a plain float64 formula where the engine has a definition of its own.
Nothing of ``features`` is used.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import librosa
import numpy as np
import scipy.stats

PATH = Path(__file__).with_name("features.json")
RATE, N_FFT, HOP, N_MELS, N_MFCC = 22050, 2048, 512, 64, 40
SEGMENT, FRAMES = 110250, 216
FRAMING = {"n_fft": N_FFT, "hop_length": HOP}
FRAME_RATE = RATE / HOP

# Row -> (is its shape described, are its percentiles, what the engine adds to its variance).
FAMILIES = {
    "mfcc": (True, True, 1e-4),
    "delta": (True, False, 1e-4),
    "delta2": (False, False, 1e-4),
    "chroma": (False, True, 1e-6),
    "contrast": (True, True, 1e-4),
    "centroid": (True, True, 1e1),
    "bandwidth": (True, True, 1e1),
    "rolloff": (True, True, 1e1),
    "flatness": (True, True, 1e-5),
    "zero_crossings": (True, True, 1e-7),
    "rms": (True, True, 1e-4),
}


def signals() -> dict[str, np.ndarray]:
    """Three synthetic signals of 7 s, two segments each, float32 [154350]."""
    t = np.arange(7 * RATE) / RATE
    rng = np.random.default_rng(7)
    chord = sum(np.sin(2 * np.pi * f * t + 2 * np.sin(2 * np.pi * 5 * t)) for f in (110.0, 220.0, 277.2, 329.6))
    beats = np.exp(-12 * (t % 0.6)) * rng.standard_normal(len(t))
    bass = np.sin(2 * np.pi * 55 * t) * np.exp(-3 * (t % 0.6))
    sweep = np.sin(2 * np.pi * np.cumsum(np.geomspace(60.0, 9000.0, len(t))) / RATE)
    hiss = rng.standard_normal(len(t))
    made = {
        "chord": 0.15 * chord * (0.5 + 0.5 * np.cos(2 * np.pi * 0.7 * t)) + 0.003 * hiss,
        "beat": 0.25 * beats + 0.4 * bass + 0.001 * hiss,
        "sweep": 0.5 * sweep + 0.01 * hiss,
    }
    return {name: y.astype(np.float32) for name, y in made.items()}


def rows(y: np.ndarray) -> dict[str, np.ndarray]:
    """The rows that the statistics describe, each [count, frames]; and ``log_mel`` [64, frames]."""
    magnitude = np.abs(librosa.stft(y, **FRAMING)).astype(np.float64)
    mfcc = librosa.feature.mfcc(y=y, sr=RATE, n_mfcc=N_MFCC, n_mels=N_MELS, **FRAMING)
    rms = librosa.feature.rms(y=y, frame_length=N_FFT, hop_length=HOP)
    flatness = librosa.feature.spectral_flatness(y=y, amin=1e-8, **FRAMING)
    long = mfcc.shape[1] >= 9
    return {
        "mfcc": mfcc,
        "delta": librosa.feature.delta(mfcc[:20]) if long else np.zeros((20, mfcc.shape[1])),
        "delta2": librosa.feature.delta(mfcc[:20], order=2) if long else np.zeros((20, mfcc.shape[1])),
        "chroma": librosa.feature.chroma_stft(y=y, sr=RATE, tuning=0.0, **FRAMING),
        "contrast": contrast(magnitude),
        "centroid": librosa.feature.spectral_centroid(y=y, sr=RATE, **FRAMING),
        "bandwidth": librosa.feature.spectral_bandwidth(y=y, sr=RATE, **FRAMING),
        "rolloff": rolloff(magnitude)[None],
        "flatness": np.log10(flatness),
        "zero_crossings": librosa.feature.zero_crossing_rate(y, frame_length=N_FFT, hop_length=HOP),
        "rms": 20 * np.log10(np.maximum(rms, 1e-5)),
        "log_mel": rows_log_mel(y),
    }


def rows_log_mel(y: np.ndarray) -> np.ndarray:
    """Log-mel spectrogram in dB, [64, frames]."""
    return librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=RATE, n_mels=N_MELS, **FRAMING))


def contrast_bands() -> list[tuple[int, int]]:
    """First and last bin (exclusive) of librosa's octave bands; the last one ends at 0.88 of Nyquist."""
    bins = np.fft.rfftfreq(N_FFT, 1 / RATE)
    edges = [0.0, *(200.0 * 2.0 ** np.arange(7))]
    bands = []
    for k, (low, high) in enumerate(itertools.pairwise(edges)):
        inside = np.flatnonzero((bins >= low) & (bins <= high))
        first, last = inside[0] - (k > 0), inside[-1] + 1
        bands.append((first, np.searchsorted(bins, 0.88 * RATE / 2) if k == 6 else last))
    return bands


def contrast(magnitude: np.ndarray) -> np.ndarray:
    """The engine's contrast: the bins of a band are dealt into k groups, k being 2 % of the band."""
    out = []
    for octave, (first, last) in enumerate(contrast_bands()):
        k = max(1, int(np.rint(0.02 * (last - first))))
        width = (last - first - (octave < 6)) // k * k
        groups = [magnitude[first + g : first + width : k] for g in range(k)]
        peak = np.mean([group.max(axis=0) for group in groups], axis=0)
        valley = np.mean([group.min(axis=0) for group in groups], axis=0)
        out.append(10 * np.log10((peak + 5e-4) / (valley + 5e-4)))
    return np.array(out)


def rolloff(magnitude: np.ndarray) -> np.ndarray:
    """Hz at which 85 % of the magnitude is passed, linear within the bin."""
    passed = np.cumsum(magnitude, axis=0)
    out = np.zeros(magnitude.shape[1])
    for k, column in enumerate(passed.T):
        if column[-1] > 1e-6:
            edges = np.concatenate(([0.0], column))
            out[k] = np.interp(0.85 * column[-1], edges, np.arange(len(edges))) * RATE / N_FFT
    return out


def statistics(described: dict[str, np.ndarray], start: int) -> dict[str, float]:
    """Every statistic of the segment that begins at frame `start`, by the engine's names."""
    part = {name: values[:, start : start + FRAMES].astype(np.float64) for name, values in described.items()}
    out: dict[str, float] = {}
    for family, (shaped, ranked, floor) in FAMILIES.items():
        values = part[family][:20]
        for k, row in enumerate(values):
            name = f"{family}_{k}" if len(values) > 1 else family
            out[f"{name}_mean"], out[f"{name}_std"] = row.mean(), row.std()
            if shaped:
                share = row.var() / (row.var() + floor)
                constant = np.ptp(row) == 0
                out[f"{name}_skewness"] = 0.0 if constant else scipy.stats.skew(row) * share**1.5
                out[f"{name}_kurtosis"] = 0.0 if constant else scipy.stats.kurtosis(row) * share**2
            if ranked:
                for q in (0.1, 0.5, 0.9):
                    out[f"{name}_p{round(100 * q)}"] = np.quantile(row, q)
    covariance = np.cov(part["mfcc"][:20], bias=True)
    scale = np.sqrt(np.diag(covariance) + 1e-4)
    for i, j in itertools.combinations(range(20), 2):
        out[f"mfcc_correlation_{i}_{j}"] = covariance[i, j] / (scale[i] * scale[j])
    onset = librosa.onset.onset_strength(S=described["log_mel"], sr=RATE, hop_length=HOP, center=False)
    out |= rhythm(onset[start : start + FRAMES].astype(np.float64))
    out |= movement(part["log_mel"])
    return out


def rhythm(onset: np.ndarray) -> dict[str, float]:
    """Tempo and onsets of one segment, onset [216]."""
    centred = onset - onset.mean()
    power = np.abs(np.fft.rfft(centred, 512)) ** 2
    weight = np.full(257, 2 / 512)
    weight[[0, -1]] = 1 / 512
    lags = 60 * FRAME_RATE / np.geomspace(40, 240, 64)
    waves = np.cos(2 * np.pi * np.outer(lags, np.arange(257)) / 512)
    correlation = waves @ (weight * power) / (weight @ power + 1e-3)
    # librosa's tempogram summed over its windows: ramps to 0 over 4 s, a Hann window of 8 s at every frame
    width = int(8 * FRAME_RATE)
    window = np.hanning(width + 1)[:-1]
    ramped = np.pad(onset, width // 2, mode="linear_ramp")
    energy = sum(np.pad(window**2, (at, FRAMES - at)) for at in range(FRAMES))
    weighted = ramped * np.sqrt(energy / energy.max())
    products = np.correlate(weighted, weighted, "full")[len(weighted) - 1 :]
    beats = np.arange(np.ceil(60 * FRAME_RATE / 320), np.floor(60 * FRAME_RATE / 30) + 1).astype(int)
    overlap = np.correlate(window, window, "full")[width - 1 :]
    strength = products[beats] / (products[0] + 1e-3) * overlap[beats] / overlap[0]
    tempi = np.log2(60 * FRAME_RATE / beats)
    score = np.log(np.maximum(strength, 1e-6)) - 0.5 * (tempi - np.log2(120)) ** 2
    chance = np.exp(100 * (score - score.max()))
    level = (onset - onset.min()) / (np.ptp(onset) + 1e-3)
    around = np.convolve(np.pad(level, 4, mode="edge"), np.full(9, 1 / 9), "valid")
    above = np.clip((level - around - 0.07) / 0.05 + 0.5, 0, 1)
    out = {
        "tempo": 2 ** (chance @ tempi / chance.sum()),
        "tempo_strength": correlation.max(),
        "onset_rate": np.maximum(np.diff(above), 0).sum() * FRAME_RATE / FRAMES,
        "onset_mean": onset.mean(),
        "onset_std": onset.std(),
    }
    return out | {f"tempogram_{k}": part.mean() for k, part in enumerate(np.split(correlation, 8))}


def movement(log_mel: np.ndarray) -> dict[str, float]:
    """Slow modulation and flux of the bands of one segment, log_mel [64, 216]."""
    out: dict[str, float] = {}
    window = np.hanning(FRAMES + 1)[:-1]
    spectrum = np.abs(np.fft.rfft((log_mel - log_mel.mean(axis=1, keepdims=True)) * window, axis=1)) ** 2
    spectrum /= np.sum(window**2)
    frequencies = np.arange(spectrum.shape[1]) * FRAME_RATE / FRAMES
    edges = (0.4, 0.8, 1.4, 2.2, 3.2, 4.6, 6.6, 9.6, 14.0)
    for low, high in itertools.pairwise(edges):
        inside = spectrum[:, (frequencies >= low) & (frequencies < high)].mean(axis=1)
        for band, value in enumerate(inside.reshape(8, 8).mean(axis=1)):
            out[f"modulation_{low:g}_{high:g}hz_band{band}"] = np.log10(value + 1e-2)
    change = np.diff(log_mel, axis=1).reshape(16, -1)
    for band, values in enumerate(change):
        rise, fall = np.maximum(values, 0), np.minimum(values, 0)
        out[f"flux_rise_band{band}"] = rise.mean()
        out[f"flux_rise_rms_band{band}"] = np.sqrt(np.mean(rise**2))
        out[f"flux_fall_rms_band{band}"] = np.sqrt(np.mean(fall**2))
    return out


def starts(n: int) -> list[int]:
    """First frames of the segments of a signal of 5 to 11 s."""
    second = [min(SEGMENT, n - SEGMENT)] if n > 1.2 * SEGMENT else []
    return [at // HOP for at in (0, *second)]


def golden() -> dict[str, object]:
    """Contents of features.json: of each signal every 100th frame of the MFCCs, and the second segment's statistics."""
    out: dict[str, object] = {}
    for name, y in signals().items():
        described = rows(y)
        out[name] = {
            "mfcc_frames": _rounded(described["mfcc"].T[::100].tolist()),
            "statistics": _rounded(statistics(described, starts(len(y))[1])),
        }
    return out


def _rounded(values: object) -> object:
    """Seven significant digits in every number of nested lists and dictionaries."""
    return json.loads(json.dumps(values, default=float), parse_float=lambda text: float(f"{float(text):.7g}"))


if __name__ == "__main__":
    PATH.write_text(json.dumps(golden(), indent=0, separators=(",", ":")) + "\n")
