"""One short-time transform of a signal, and everything that is measured of each frame.

All of it is float32 and chunked so that a chunk's spectra stay in the processor's cache between the transform
and the measurements.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft as scipy_fft

from . import filters
from .settings import FeatureSettings

CHUNK = 64  # frames whose spectra fit the second-level cache
POWER_FLOOR = 1e-10  # librosa's amin
FLATNESS_FLOOR = 1e-8  # of power: librosa's flatness with amin=1e-8; lower, float32 transforms only round
CONTRAST_FLOOR = 5e-4  # of a magnitude whose full scale is n_fft / 4: -120 dB, for the same reason
CROSSING_THRESHOLD = 1e-10

#: Names of the scalar rows, in the order of ``Frames.scalars``.
SCALARS = ("centroid", "bandwidth", "rolloff", "flatness", "zero_crossings", "rms")


@dataclass(frozen=True)
class Frames:
    """What was measured of the frames of one signal; F frames.

    Attributes
    ----------
    log_mel : float32 [F, n_mels]
        dB, floored ``top_db`` below the loudest of the signal.
    mfcc : float32 [F, n_mfcc]
    chroma : float32 [F, 12]
        Each frame's strongest pitch class is 1.
    contrast : float32 [F, 7]
        dB between peaks and valleys of octave bands.
    scalars : float32 [F, 6]
        In the order of :data:`SCALARS`: Hz, Hz, Hz, log10 of flatness, crossings a sample, dB of full scale.
    """

    log_mel: np.ndarray
    mfcc: np.ndarray
    chroma: np.ndarray
    contrast: np.ndarray
    scalars: np.ndarray


class FrameAnalyser:
    """Prepared filter banks for one :class:`FeatureSettings`; thread-safe, since nothing in it changes."""

    def __init__(self, settings: FeatureSettings) -> None:
        self.settings = settings
        rate, n_fft = settings.sample_rate, settings.n_fft
        self.window = filters.hann(n_fft)
        self.mel = np.ascontiguousarray(filters.mel_bank(rate, n_fft, settings.n_mels).T)
        self.dct = np.ascontiguousarray(filters.dct_matrix(settings.n_mfcc, settings.n_mels).T)
        self.chroma = np.ascontiguousarray(filters.chroma_bank(rate, n_fft).T)
        self.power_bank = np.ascontiguousarray(np.concatenate((self.mel, self.chroma), axis=1))
        self.bands = filters.contrast_bands(rate, n_fft)
        # Frequencies in units of half the Nyquist rate about its middle: squares keep their digits in float32.
        self.half_nyquist = rate / 4.0
        relative = filters.fft_frequencies(rate, n_fft) / self.half_nyquist - 1.0
        self.moments = np.stack((np.ones_like(relative), relative, relative**2), axis=1).astype(np.float32)
        self.bin_hz = rate / n_fft

    def _framed(self, y: np.ndarray, centre: bool) -> np.ndarray:
        n_fft, hop = self.settings.n_fft, self.settings.hop_length
        if centre:
            y = np.pad(y, n_fft // 2)
        return sliding_window_view(y, n_fft)[::hop]

    def power_mel(self, y: np.ndarray, *, centre: bool = True) -> np.ndarray:
        """Mel power spectrogram, float32 [F, n_mels]; the cheapest path, for MFCC alone."""
        framed = self._framed(y, centre)
        out = np.empty((len(framed), self.settings.n_mels), np.float32)
        for at in range(0, len(framed), CHUNK):
            spectrum = scipy_fft.rfft(framed[at : at + CHUNK] * self.window, axis=1)
            parts = spectrum.view(np.float32)
            np.square(parts, out=parts)
            power = parts[:, 0::2] + parts[:, 1::2]
            np.matmul(power, self.mel, out=out[at : at + CHUNK])
        return out

    def log_mel(self, mel_power: np.ndarray) -> np.ndarray:
        """dB of mel power, floored ``top_db`` below its maximum."""
        db = np.maximum(mel_power, POWER_FLOOR)
        np.log10(db, out=db)
        db *= 10.0
        return np.maximum(db, db.max() - self.settings.top_db, out=db)

    def analyse(self, y: np.ndarray, *, centre: bool = True) -> Frames:
        """Measure every frame of ``y`` (float32 [n]).

        Parameters
        ----------
        y : float32 [n]
        centre : bool
            Frames are centred on multiples of the hop, zeros beyond the ends (as librosa); otherwise only whole
            frames inside ``y`` count.
        """
        framed = self._framed(y, centre)
        n_frames, n_mels = len(framed), self.settings.n_mels
        mel = np.empty((n_frames, n_mels), np.float32)
        chroma = np.empty((n_frames, 12), np.float32)
        contrast = np.empty((n_frames, len(self.bands)), np.float32)
        scalars = np.empty((n_frames, len(SCALARS)), np.float32)
        for at in range(0, n_frames, CHUNK):
            chunk = slice(at, at + CHUNK)
            spectrum = scipy_fft.rfft(framed[chunk] * self.window, axis=1)
            parts = spectrum.view(np.float32)
            np.square(parts, out=parts)
            power = parts[:, 0::2] + parts[:, 1::2]
            banks = power @ self.power_bank
            mel[chunk] = banks[:, :n_mels]
            chroma[chunk] = banks[:, n_mels:]
            scalars[chunk, 3] = self._log_flatness(power)
            magnitude = np.sqrt(power, out=power)
            self._shape(magnitude, scalars[chunk])
            self._contrast(magnitude, contrast[chunk])
        peak = chroma.max(axis=1, keepdims=True)
        np.divide(chroma, peak, out=chroma, where=peak > np.finfo(np.float32).tiny)
        scalars[:, 4], scalars[:, 5] = self._time_domain(y, n_frames, centre)
        log_mel = self.log_mel(mel)
        return Frames(log_mel, log_mel @ self.dct, chroma, contrast, scalars)

    def _log_flatness(self, power: np.ndarray) -> np.ndarray:
        floored = np.maximum(power, FLATNESS_FLOOR)
        arithmetic = floored.mean(axis=1)
        np.log10(floored, out=floored)
        return floored.mean(axis=1) - np.log10(arithmetic)

    def _shape(self, magnitude: np.ndarray, out: np.ndarray) -> None:
        """Centroid, bandwidth and the 85 % roll-off into the first three columns of ``out`` (Hz).

        The roll-off lies within its bin where the sum passes 85 %, not on the bin's edge, so it moves smoothly:
        it differs from librosa's by less than one bin. A silent frame has centroid, bandwidth and roll-off 0.
        """
        sums = magnitude @ self.moments
        total = sums[:, 0]
        sounding = total > 1e-6
        safe = np.where(sounding, total, 1.0)
        mean, square = sums[:, 1] / safe, sums[:, 2] / safe
        out[:, 0] = np.where(sounding, (mean + 1.0) * self.half_nyquist, 0.0)
        out[:, 1] = np.where(sounding, np.sqrt(np.maximum(square - mean**2, 0.0)) * self.half_nyquist, 0.0)
        cumulative = np.cumsum(magnitude, axis=1)
        threshold = np.float32(0.85) * cumulative[:, -1:]
        whole = np.count_nonzero(cumulative < threshold, axis=1)
        whole = np.minimum(whole, magnitude.shape[1] - 1)
        rows = np.arange(len(magnitude))
        here = magnitude[rows, whole]
        share = (threshold[:, 0] - cumulative[rows, whole] + here) / np.maximum(here, 1e-9)
        out[:, 2] = np.where(sounding, (whole + np.clip(share, 0.0, 1.0)) * self.bin_hz, 0.0)

    def _contrast(self, magnitude: np.ndarray, out: np.ndarray) -> None:
        """dB between the strongest and weakest bins of each octave band.

        librosa averages the k strongest bins of a band by sorting it; here the bins are dealt into k groups and
        each group's maximum is averaged, which says the same without a sort.
        """
        for column, (first, width, k) in enumerate(self.bands):
            band = magnitude[:, first : first + width].reshape(len(magnitude), width // k, k)
            peak = band.max(axis=1).mean(axis=1)
            valley = band.min(axis=1).mean(axis=1)
            out[:, column] = 10.0 * np.log10((peak + CONTRAST_FLOOR) / (valley + CONTRAST_FLOOR))

    def _time_domain(self, y: np.ndarray, n_frames: int, centre: bool) -> tuple[np.ndarray, np.ndarray]:
        """Zero crossings a sample, and RMS in dB of full scale: sums over hops, then over the hops of a frame."""
        n_fft, hop = self.settings.n_fft, self.settings.hop_length
        per_frame = n_fft // hop
        padded = np.zeros((n_frames + per_frame - 1) * hop, np.float32)
        offset = n_fft // 2 if centre else 0
        inside = y[: len(padded) - offset]
        padded[offset : offset + len(inside)] = inside
        blocks = padded.reshape(-1, hop)
        energy = np.einsum("ij,ij->i", blocks, blocks)
        negative = (padded < -CROSSING_THRESHOLD).view(np.int8)
        crossing = np.zeros(len(padded), np.int8)
        np.not_equal(negative[1:], negative[:-1], out=crossing[1:].view(np.bool_))
        if centre:  # the edge sample is repeated into the padding: no crossing where padding meets signal
            crossing[offset] = 0
            crossing[offset + len(inside) :][:1] = 0
        counts = crossing.reshape(-1, hop).sum(axis=1, dtype=np.int32)
        first = crossing.reshape(-1, hop)[:n_frames, 0]
        windows = sliding_window_view(np.stack((energy, counts.astype(np.float32))), per_frame, axis=1)
        sums = windows[:, :n_frames].sum(axis=2)
        rms_db = 10.0 * np.log10(np.maximum(sums[0] / n_fft, POWER_FLOOR))
        return (sums[1] - first) / n_fft, rms_db
