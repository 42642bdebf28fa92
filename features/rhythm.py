"""Tempo, onsets and slow modulation of a segment, all as products with constant matrices."""

from __future__ import annotations

import itertools

import numpy as np

from . import filters
from .settings import FeatureSettings

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
MODULATION_EDGES_HZ = (0.4, 0.8, 1.4, 2.2, 3.2, 4.6, 6.6, 9.6, 14.0)
BAND_GROUPS = 8
FLUX_GROUPS = 16


class Rhythm:
    """Constants for segments of ``settings.segment_frames`` frames."""

    def __init__(self, settings: FeatureSettings) -> None:
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
        frequencies = np.arange(1, int(MODULATION_EDGES_HZ[-1] * self.seconds) + 1) / self.seconds
        edges = np.searchsorted(frequencies, MODULATION_EDGES_HZ)
        edges = np.maximum.accumulate(np.maximum(edges, np.arange(len(edges))))
        frequencies = frequencies[: edges[-1]]
        hann = filters.hann(n)
        hann /= np.sqrt(np.sum(hann**2))
        cosine, sine = filters.fourier_pair(n, frequencies, rate)
        self.modulation_cosine, self.modulation_sine = cosine * hann[:, None], sine * hann[:, None]
        self.modulation_pool = filters.pooling(len(frequencies), edges)
        self.band_pool = filters.pooling(
            settings.n_mels, np.arange(0, settings.n_mels + 1, settings.n_mels // BAND_GROUPS)
        )
        self.flux_pool = filters.pooling(
            settings.n_mels, np.arange(0, settings.n_mels + 1, settings.n_mels // FLUX_GROUPS)
        )

    @property
    def statistics(self) -> tuple[str, ...]:
        """Names in the order of :meth:`measure`."""
        modulation = [
            f"modulation_{low:g}_{high:g}hz_band{band}"
            for low, high in itertools.pairwise(MODULATION_EDGES_HZ)
            for band in range(BAND_GROUPS)
        ]
        return (
            "tempo",
            "tempo_strength",
            "onset_rate",
            "onset_mean",
            "onset_std",
            *(f"tempogram_{i}" for i in range(TEMPOGRAM_BINS)),
            *modulation,
            *(f"flux_{what}_band{band}" for what in ("rise", "rise_rms", "fall_rms") for band in range(FLUX_GROUPS)),
        )

    def measure(self, onset: np.ndarray, log_mel: np.ndarray) -> np.ndarray:
        """Rhythm of segments.

        Parameters
        ----------
        onset : float32 [K, S]
            Onset strength, dB a frame.
        log_mel : float32 [K, S, n_mels]

        Returns
        -------
        float32 [K, statistics]
            ``tempo`` (beats a minute) is librosa's, but the autocorrelations of its windows are summed before they
            are divided by their energy, which makes one product of all, and a steep softmax over the candidates,
            in octaves, takes the place of the single best one, so that it does not jump where two are equal.
            ``onset_rate`` (a second) counts where the onset strength rises above its surroundings by what librosa's
            ``onset_detect`` asks, each rise between 0 and 1. ``flux_*`` tell how fast the level of a band rises and
            falls from frame to frame (dB).
        """
        mean = onset.mean(axis=1, keepdims=True)
        centred = onset - mean
        std = np.sqrt((centred**2).mean(axis=1, keepdims=True))
        power = (centred @ self.cosine) ** 2 + (centred @ self.sine) ** 2
        energy = power @ self.to_zero_lag + 1e-3
        correlation = (power @ self.to_lag) / energy
        strength = correlation.max(axis=1)
        raw = (onset @ self.beat_cosine) ** 2 + (onset @ self.beat_sine) ** 2
        beat = np.maximum((raw @ self.to_beat) / (raw @ self.to_beat_zero + 1e-3), CORRELATION_FLOOR)
        score = TEMPO_SHARPNESS * (np.log(beat) + self.prior)
        score -= score.max(axis=1, keepdims=True)
        weight = np.exp(score)
        weight /= weight.sum(axis=1, keepdims=True)
        tempo = np.exp2(weight @ self.log_tempi)
        low = onset.min(axis=1, keepdims=True)
        level = (onset - low) / (onset.max(axis=1, keepdims=True) - low + 1e-3)
        above = np.clip((level - level @ self.around - ONSET_DELTA) / ONSET_SOFTNESS + 0.5, 0.0, 1.0)
        rate = np.maximum(np.diff(above, axis=1), 0.0).sum(axis=1) / self.seconds
        bands = log_mel.swapaxes(1, 2)
        bands = bands - bands.mean(axis=2, keepdims=True)
        spectrum = (bands @ self.modulation_cosine) ** 2 + (bands @ self.modulation_sine) ** 2
        pooled = self.band_pool.T @ (spectrum @ self.modulation_pool)  # [K, bands, frequencies]
        modulation = np.log10(pooled + 1e-2).swapaxes(1, 2).reshape(len(onset), -1)
        tempogram = correlation @ self.tempogram_pool
        return np.concatenate(
            (
                np.stack((tempo, strength, rate, mean[:, 0], std[:, 0]), axis=1),
                tempogram,
                modulation,
                self._flux(log_mel),
            ),
            axis=1,
        ).astype(np.float32, copy=False)

    def _flux(self, log_mel: np.ndarray) -> np.ndarray:
        change = np.diff(log_mel, axis=1)
        rise = np.maximum(change, 0.0)
        fall = change - rise
        means = (rise.mean(axis=1), (rise**2).mean(axis=1), (fall**2).mean(axis=1))
        mean, rise_power, fall_power = (m @ self.flux_pool for m in means)
        return np.concatenate((mean, np.sqrt(rise_power), np.sqrt(fall_power)), axis=1)


def onset_strength(log_mel: np.ndarray) -> np.ndarray:
    """Half-wave rectified rise of the log-mel bands, averaged over bands; float32 [F], the first frame is 0."""
    rise = np.diff(log_mel, axis=0)
    out = np.zeros(len(log_mel), np.float32)
    np.maximum(rise, 0.0, out=rise).mean(axis=1, out=out[1:])
    return out
