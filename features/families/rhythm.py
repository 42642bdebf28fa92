"""Tempo and onsets of a segment, all as products with constant matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from features import filters
from features.family import Family
from features.settings import FeatureSettings

RANK = 120
LABEL = "tempo and onsets"
TEMPO_RANGE = (40.0, 240.0)  # beats a minute
N_TEMPI = 64  # candidates, evenly spaced in octaves
BEAT_RANGE = (30.0, 320.0)  # beats a minute between which the tempo is looked for
BEAT_WINDOW_S = 8.0  # seconds; librosa's ac_size
TEMPO_PRIOR = 120.0  # beats a minute: the preferred tempo and, one octave wide, librosa's log-normal prior
TEMPO_SHARPNESS = 100.0
CORRELATION_FLOOR = 1e-6
ONSET_AROUND = 4  # frames to each side over which an onset stands out: 0.1 s, as in librosa's onset_detect
ONSET_DELTA = 0.07  # how far above its surroundings, of the segment's range: librosa's delta
ONSET_SOFTNESS = 0.05
TEMPOGRAM_BINS = 8


class MEASURES(Family):
    """``tempo`` (beats a minute) is librosa's, but the autocorrelations of its windows are summed before they are
    divided by their energy, which makes one product of all, and a steep softmax over the candidates, in octaves, takes
    the place of the single best one, so that it does not jump where two are equal. ``onset_rate`` (a second) counts
    where the onset strength rises above its surroundings by what librosa's ``onset_detect`` asks, each rise between 0
    and 1.
    """

    statistics = (
        "tempo",
        "tempo_strength",
        "onset_rate",
        "onset_mean",
        "onset_std",
        *(f"tempogram_{i}" for i in range(TEMPOGRAM_BINS)),
    )

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__(settings)
        n, rate = settings.segment_frames, settings.frame_rate
        size = 1
        while size < 2 * n:
            size *= 2
        bins = np.arange(size // 2 + 1)
        self.cosine, self.sine = filters.fourier_pair(n, bins * rate / size, rate)
        self.tempi = np.geomspace(*TEMPO_RANGE, N_TEMPI)
        lags = 60.0 * rate / self.tempi
        # The autocorrelation at any (fractional) lag from the power spectrum. It is left biased toward short lags:
        # every multiple of a beat's period matches as well, and the shortest is the beat.
        weight = np.where((bins == 0) | (bins == size // 2), 1.0, 2.0) / size
        self.to_lag = (weight[:, None] * np.cos(2 * np.pi * np.outer(bins, lags) / size)).astype(np.float32)
        self.to_zero_lag = weight[:, None].astype(np.float32)
        width = int(BEAT_WINDOW_S * rate)
        ramped, by_lag = filters.tempogram_windows(n, width)
        beats = np.arange(np.ceil(60.0 * rate / BEAT_RANGE[1]), 60.0 * rate / BEAT_RANGE[0] + 1, dtype=int)
        beats = beats[beats < min(width, len(ramped[0]))]
        size = 2 * ((ramped.shape[1] + int(beats[-1])) // 2 + 1)
        bins = np.arange(size // 2 + 1)
        cosine, sine = filters.fourier_pair(ramped.shape[1], bins * rate / size, rate)
        self.beat_cosine, self.beat_sine = ((ramped @ wave).astype(np.float32) for wave in (cosine, sine))
        weight = np.where((bins == 0) | (bins == size // 2), 1.0, 2.0) / size
        lagged = np.cos(2 * np.pi * np.outer(bins, beats) / size) * by_lag[beats]
        self.to_beat = (weight[:, None] * lagged).astype(np.float32)
        self.to_beat_zero = weight[:, None].astype(np.float32)
        self.log_tempi = np.log2(60.0 * rate / beats).astype(np.float32)
        self.prior = (-0.5 * (self.log_tempi - np.log2(TEMPO_PRIOR)) ** 2).astype(np.float32)
        self.around = filters.moving_average(n, ONSET_AROUND)
        self.tempogram_pool = filters.pooling(N_TEMPI, np.linspace(0, N_TEMPI, TEMPOGRAM_BINS + 1).astype(int))
        self.seconds = n / rate

    def measure(self, ops: Any, segments: Any) -> Any:
        """From the onset strength [K, S], dB a frame."""
        onset = segments.onset
        mean = ops.mean(onset, 1, keep=True)
        centred = onset - mean
        std = ops.sqrt(ops.mean(ops.square(centred), 1, keep=True))
        power = ops.square(centred @ self.cosine) + ops.square(centred @ self.sine)
        correlation = (power @ self.to_lag) / (power @ self.to_zero_lag + 1e-3)
        strength = ops.max(correlation, 1, keep=True)
        raw = ops.square(onset @ self.beat_cosine) + ops.square(onset @ self.beat_sine)
        beat = ops.at_least((raw @ self.to_beat) / (raw @ self.to_beat_zero + 1e-3), CORRELATION_FLOOR)
        weight = ops.softmax((ops.log(beat) + self.prior) * TEMPO_SHARPNESS)
        tempo = ops.exp((weight @ self.log_tempi[:, None]) * float(np.log(2.0)))
        low, high = ops.min(onset, 1, keep=True), ops.max(onset, 1, keep=True)
        level = (onset - low) / (high - low + 1e-3)
        above = ops.clip((level - level @ self.around - ONSET_DELTA) * (1.0 / ONSET_SOFTNESS) + 0.5, 0.0, 1.0)
        risen = ops.at_least(ops.difference(above), 0.0)
        rate = ops.sum(risen, 1, keep=True) * (1.0 / self.seconds)
        return ops.join([tempo, strength, rate, mean, std, correlation @ self.tempogram_pool])
