"""One short-time transform of a signal, and everything that is measured of each frame.

All of it is float32 and chunked so that a chunk's spectra stay in the processor's cache between the transform
and the measurements.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft as scipy_fft

from . import filters
from .settings import FeatureSettings

CHUNK = 96  # frames whose spectra fit the second-level cache
MEL_BLOCKS = 4  # groups of mel bands, each multiplied with the bins it reaches only
BLOCK = 32  # bins that the search for the roll-off skips at once
LOG10_E = math.log10(math.e)
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
        self.mel_blocks = _blocks(self.mel.T, MEL_BLOCKS)
        self.dct = np.ascontiguousarray(filters.dct_matrix(settings.n_mfcc, settings.n_mels).T)
        self.chroma = np.ascontiguousarray(filters.chroma_bank(rate, n_fft).T)
        self.bands = filters.contrast_bands(rate, n_fft)
        # Frequencies in units of half the Nyquist rate about its middle: squares keep their digits in float32.
        self.half_nyquist = rate / 4.0
        relative = filters.fft_frequencies(rate, n_fft) / self.half_nyquist - 1.0
        self.moments = np.stack((np.ones_like(relative), relative, relative**2), axis=1).astype(np.float32)
        self.averaging = np.full(1 + n_fft // 2, 1.0 / (1 + n_fft // 2), np.float32)
        self.bin_hz = rate / n_fft

    def _framed(self, y: np.ndarray, centre: bool) -> np.ndarray:
        n_fft, hop = self.settings.n_fft, self.settings.hop_length
        if centre:
            y = np.pad(y, n_fft // 2)
        return sliding_window_view(y, n_fft)[::hop]

    def power_mel(self, y: np.ndarray, *, centre: bool = True) -> np.ndarray:
        """Mel power spectrogram, float32 [F, n_mels]; the cheapest path, for MFCC alone."""
        framed = self._framed(y, centre)
        out = np.empty((self.settings.n_mels, len(framed)), np.float32)
        for chunk, magnitude in self._magnitude(framed):
            self._mel_bands(np.square(magnitude, out=magnitude), out[:, chunk])
        return np.ascontiguousarray(out.T)

    def _magnitude(self, framed: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Magnitude spectra, a chunk of frames at a time: float32 [bins, frames of the chunk], reused by the next.

        Frames run along the last axis, so that everything measured over bins is a vector operation over frames.
        """
        n_fft = self.settings.n_fft
        windowed = np.empty((CHUNK, n_fft), np.float32)
        magnitude = np.empty((1 + n_fft // 2, CHUNK), np.float32)
        for at in range(0, len(framed), CHUNK):
            frames = framed[at : at + CHUNK]
            n = len(frames)
            if n < CHUNK:
                windowed, magnitude = windowed[:n], magnitude[:, :n]
            np.multiply(frames, self.window, out=windowed)
            np.absolute(scipy_fft.rfft(windowed.T, axis=0), out=magnitude)
            yield slice(at, at + n), magnitude

    def _mel_bands(self, power: np.ndarray, out: np.ndarray) -> None:
        """Mel bands of ``power [bins, n]`` into ``out [n_mels, n]``, skipping the zeros of the filter bank."""
        for bands, bins, bank in self.mel_blocks:
            np.matmul(bank, power[bins], out=out[bands])

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
        n_frames, n_bins = len(framed), 1 + self.settings.n_fft // 2
        mel = np.empty((self.settings.n_mels, n_frames), np.float32)
        chroma = np.empty((12, n_frames), np.float32)
        peak, valley = np.empty((2, len(self.bands), n_frames), np.float32)
        sums = np.empty((3, n_frames), np.float32)
        flatness = np.empty((2, n_frames), np.float32)
        rest, first, inside = (
            np.empty(n_frames, np.float32),
            np.empty(n_frames, int),
            np.empty((BLOCK, n_frames), np.float32),
        )
        scratch = np.empty((n_bins, CHUNK), np.float32)
        # Large arrays are worked through chunk by chunk, small ones at the end in one go.
        for chunk, magnitude in self._magnitude(framed):
            power = np.square(magnitude, out=scratch[:, : magnitude.shape[1]])
            self._mel_bands(power, mel[:, chunk])
            np.matmul(self.chroma.T, power, out=chroma[:, chunk])
            self._means(power, flatness[:, chunk])
            np.matmul(self.moments.T, magnitude, out=sums[:, chunk])
            self._rolloff_block(magnitude, rest[chunk], first[chunk], inside[:, chunk])
            self._extremes(magnitude, peak[:, chunk], valley[:, chunk])
        loudest = chroma.max(axis=0)
        np.divide(chroma, loudest, out=chroma, where=loudest > np.finfo(np.float32).tiny)
        contrast = 10.0 * np.log10((peak + CONTRAST_FLOOR) / (valley + CONTRAST_FLOOR))
        log_flatness = np.float32(LOG10_E) * flatness[1] - np.log10(flatness[0])
        time_domain = self._time_domain(y, n_frames, centre)
        scalars = np.stack((*self._shape(sums, self._rolloff(rest, first, inside)), log_flatness, *time_domain))
        log_mel = self.log_mel(np.ascontiguousarray(mel.T))
        chroma, contrast, scalars = (np.ascontiguousarray(rows.T) for rows in (chroma, contrast, scalars))
        return Frames(log_mel, log_mel @ self.dct, chroma, contrast, scalars)

    def _means(self, power: np.ndarray, out: np.ndarray) -> None:
        """Mean of the floored power, and mean of its logarithm, over bins: ``power [bins, n]`` -> ``out [2, n]``.

        Works in place: afterwards ``power`` holds logarithms.
        """
        np.maximum(power, FLATNESS_FLOOR, out=power)
        np.matmul(self.averaging, power, out=out[0])
        np.log(power, out=power)
        np.mean(power, axis=0, out=out[1])

    def _shape(self, sums: np.ndarray, rolloff: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Centroid, bandwidth and roll-off in Hz, [F] each; 0 in a silent frame."""
        total, first, second = sums
        sounding = total > 1e-6
        safe = np.where(sounding, total, np.float32(1.0))
        mean, square = first / safe, second / safe
        spread = np.sqrt(np.maximum(square - mean**2, 0.0))
        rows = (mean + 1.0) * self.half_nyquist, spread * self.half_nyquist, rolloff
        return tuple(np.where(sounding, row, np.float32(0.0)) for row in rows)

    def _rolloff_block(self, magnitude: np.ndarray, rest: np.ndarray, first: np.ndarray, inside: np.ndarray) -> None:
        """Find the block of bins in which 85 % of the magnitude is passed, ``magnitude [bins, n]``.

        Gives the block's ``first`` bin [n], its magnitudes ``inside [BLOCK, n]``, and what the sum over them has to
        reach, ``rest`` [n].
        """
        n_bins, n = magnitude.shape
        whole = n_bins // BLOCK
        cumulative = np.zeros((1 + math.ceil(n_bins / BLOCK), n), np.float32)
        magnitude[: whole * BLOCK].reshape(whole, BLOCK, n).sum(axis=1, out=cumulative[1 : 1 + whole])
        if n_bins % BLOCK:
            magnitude[whole * BLOCK :].sum(axis=0, out=cumulative[-1])
        np.cumsum(cumulative, axis=0, out=cumulative)
        threshold = np.float32(0.85) * cumulative[-1]
        block = np.count_nonzero(cumulative[1:-1] < threshold, axis=0)
        frames = np.arange(n)
        np.subtract(threshold, cumulative[block, frames], out=rest)
        np.multiply(block, BLOCK, out=first)
        inside[:] = magnitude[np.minimum(first + np.arange(BLOCK)[:, None], n_bins - 1), frames]

    def _rolloff(self, rest: np.ndarray, first: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """Roll-off in Hz, [F], from what :meth:`_rolloff_block` gives.

        It lies within its bin where the sum passes 85 %, not on the bin's edge, so it moves smoothly: it differs
        from librosa's by less than one bin.
        """
        cumulative = np.cumsum(inside, axis=0)
        passing = np.minimum(np.count_nonzero(cumulative < rest, axis=0), BLOCK - 1)
        frames = np.arange(len(rest))
        here = inside[passing, frames]
        share = (rest - cumulative[passing, frames] + here) / np.maximum(here, 1e-9)
        bins = np.minimum(first + passing, self.settings.n_fft // 2)
        return ((bins + np.clip(share, 0.0, 1.0)) * self.bin_hz).astype(np.float32)

    def _extremes(self, magnitude: np.ndarray, peak: np.ndarray, valley: np.ndarray) -> None:
        """Strongest and weakest bins of each octave band, ``magnitude [bins, n]`` -> ``peak, valley [7, n]``.

        librosa averages the k strongest bins of a band by sorting it; here the bins are dealt into k groups and
        each group's maximum is averaged, which says the same without a sort.
        """
        for row, (first, width, k) in enumerate(self.bands):
            band = magnitude[first : first + width].reshape(width // k, k, -1)
            np.mean(band.max(axis=0), axis=0, out=peak[row])
            np.mean(band.min(axis=0), axis=0, out=valley[row])

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


def _blocks(bank: np.ndarray, groups: int) -> list[tuple[slice, slice, np.ndarray]]:
    """Split a filter bank [bands, bins] into groups of bands: (bands, bins they reach, that part of the bank)."""
    blocks = []
    edges = np.linspace(0, len(bank), groups + 1).astype(int)
    for low, high in itertools.pairwise(edges):
        reached = np.flatnonzero(bank[low:high].any(axis=0))
        bins = slice(int(reached[0]), int(reached[-1]) + 1)
        blocks.append((slice(int(low), int(high)), bins, np.ascontiguousarray(bank[low:high, bins])))
    return blocks
