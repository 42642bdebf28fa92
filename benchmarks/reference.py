"""The same features by librosa's own functions, called one after the other, and the popular recipe."""

from __future__ import annotations

import itertools

import librosa
import numpy as np
import scipy.stats

from features import FeatureSettings
from features.families.modulation import EDGES_HZ as MODULATION_EDGES_HZ
from features.settings import N_DESCRIBED
from features.summary import QUANTILES
from musiclassify.audio import segments

SETTINGS = FeatureSettings()
_FRAMING = {"n_fft": SETTINGS.n_fft, "hop_length": SETTINGS.hop_length}
_RATE = SETTINGS.sample_rate


def mfcc(y: np.ndarray) -> np.ndarray:
    """The MFCC matrix by librosa, [n_mfcc, F]."""
    return librosa.feature.mfcc(y=y, sr=_RATE, n_mfcc=SETTINGS.n_mfcc, n_mels=SETTINGS.n_mels, **_FRAMING)


def all_features(y: np.ndarray) -> list[np.ndarray]:
    """What ``features.Engine.extract`` gives, by librosa, numpy and scipy: one vector a segment.

    Each librosa function is called as its documentation shows it, on the signal; the statistics are taken
    over the frames of each segment.
    """
    coefficients = mfcc(y)[:N_DESCRIBED]
    mel = librosa.feature.melspectrogram(y=y, sr=_RATE, n_mels=SETTINGS.n_mels, **_FRAMING)
    log_mel = librosa.power_to_db(mel)
    rows = np.concatenate(
        (
            coefficients,
            librosa.feature.delta(coefficients),
            librosa.feature.delta(coefficients, order=2),
            librosa.feature.chroma_stft(y=y, sr=_RATE, tuning=0.0, **_FRAMING),
            librosa.feature.spectral_contrast(y=y, sr=_RATE, **_FRAMING),
            librosa.feature.spectral_centroid(y=y, sr=_RATE, **_FRAMING),
            librosa.feature.spectral_bandwidth(y=y, sr=_RATE, **_FRAMING),
            librosa.feature.spectral_rolloff(y=y, sr=_RATE, **_FRAMING),
            librosa.feature.spectral_flatness(y=y, **_FRAMING),
            librosa.feature.zero_crossing_rate(y, frame_length=SETTINGS.n_fft, hop_length=SETTINGS.hop_length),
            librosa.feature.rms(y=y, frame_length=SETTINGS.n_fft, hop_length=SETTINGS.hop_length),
        )
    )
    onset = librosa.onset.onset_strength(y=y, sr=_RATE, hop_length=SETTINGS.hop_length)
    starts = segments.starts(len(y), SETTINGS.segment_samples, SETTINGS.segment_hop_samples) // SETTINGS.hop_length
    return [
        _statistics(
            *(part[..., at : at + SETTINGS.segment_frames] for part in (rows, log_mel, onset)),
        )
        for at in starts
    ]


def _statistics(rows: np.ndarray, log_mel: np.ndarray, onset: np.ndarray) -> np.ndarray:
    upper = np.triu_indices(N_DESCRIBED, 1)
    shaped = np.delete(rows, slice(2 * N_DESCRIBED, 3 * N_DESCRIBED + 12), axis=0)
    ranked = np.delete(rows, slice(N_DESCRIBED, 3 * N_DESCRIBED), axis=0)
    tempo = librosa.feature.tempo(onset_envelope=onset, sr=_RATE, hop_length=SETTINGS.hop_length)
    onsets = librosa.onset.onset_detect(onset_envelope=onset, sr=_RATE, hop_length=SETTINGS.hop_length)
    tempogram = librosa.feature.tempogram(onset_envelope=onset, sr=_RATE, hop_length=SETTINGS.hop_length)
    groups = log_mel.reshape(8, -1, log_mel.shape[1]).mean(axis=1)
    power = np.abs(np.fft.rfft(groups - groups.mean(axis=1, keepdims=True), axis=1)) ** 2
    frequencies = np.fft.rfftfreq(groups.shape[1], SETTINGS.hop_length / _RATE)
    edges = np.searchsorted(frequencies, MODULATION_EDGES_HZ)
    modulation = [power[:, low:high].mean(axis=1) for low, high in itertools.pairwise(edges)]
    change = np.diff(log_mel, axis=1).reshape(16, -1, log_mel.shape[1] - 1)
    flux = [np.maximum(change, 0).mean(axis=(1, 2)), np.maximum(change, 0).std(axis=(1, 2)),
            np.minimum(change, 0).std(axis=(1, 2))]  # fmt: skip
    return np.concatenate(
        (
            rows.mean(axis=1),
            rows.std(axis=1),
            scipy.stats.skew(shaped, axis=1),
            scipy.stats.kurtosis(shaped, axis=1),
            np.quantile(ranked, QUANTILES, axis=1).ravel(),
            np.corrcoef(rows[:N_DESCRIBED])[upper],
            tempo,
            [len(onsets), onset.mean(), onset.std(), tempogram.max()],
            tempogram.mean(axis=1)[:8],
            *modulation,
            *flux,
        )
    )


def recipe_58(y: np.ndarray) -> np.ndarray:
    """The 58 columns of the popular GTZAN table: means and variances of librosa's features, HPSS and tempo."""
    harmonic, percussive = librosa.effects.hpss(y)
    rows = np.concatenate(
        (
            librosa.feature.chroma_stft(y=y, sr=_RATE),
            librosa.feature.rms(y=y),
            librosa.feature.spectral_centroid(y=y, sr=_RATE),
            librosa.feature.spectral_bandwidth(y=y, sr=_RATE),
            librosa.feature.spectral_rolloff(y=y, sr=_RATE),
            librosa.feature.zero_crossing_rate(y),
            librosa.feature.mfcc(y=y, sr=_RATE, n_mfcc=20),
        )
    )
    chroma, rest = rows[:12], rows[12:]
    tempo = librosa.beat.beat_track(y=y, sr=_RATE)[0]
    parts = [len(y), chroma.mean(), chroma.var(), harmonic.mean(), harmonic.var(), percussive.mean(), percussive.var()]
    return np.concatenate((parts, np.ravel(tempo), rest.mean(axis=1), rest.var(axis=1)))
