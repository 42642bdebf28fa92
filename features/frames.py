"""One short-time transform of a signal, from which every family measures its frames.

All of it is float32 and chunked so that a chunk's spectra stay in the processor's cache between the transform
and the measurements.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft as scipy_fft

from . import filters
from .family import Family
from .settings import FeatureSettings

CHUNK = 96  # frames whose spectra fit the second-level cache
MEL_BLOCKS = 4  # groups of mel bands, each multiplied with the bins it reaches only
POWER_FLOOR = 1e-10  # librosa's amin


@dataclass(frozen=True)
class Frames:
    """What is known of the frames of one signal beside their spectra; F frames.

    Attributes
    ----------
    log_mel : float32 [F, n_mels]
        dB, floored ``top_db`` below the loudest of the signal.
    mfcc : float32 [F, n_mfcc]
    blocks : float32 [hops, hop_length]
        The samples that the frames lie on, zeros beyond the ends; frame f begins with block f.
    edges : tuple of int
        Samples of ``blocks`` at which zeros that are no sound begin or end.
    hops : int
        Hops of a frame.
    """

    log_mel: np.ndarray
    mfcc: np.ndarray
    blocks: np.ndarray
    edges: tuple[int, ...]
    hops: int

    def over_hops(self, values: np.ndarray) -> np.ndarray:
        """Sums over the hops of each frame: ``values`` [hops] to [F]."""
        n = len(self.mfcc)
        total = values[:n].copy()
        for hop in range(1, self.hops):
            total += values[hop : hop + n]
        return total


class FrameAnalyser:
    """Prepared filter banks for one :class:`FeatureSettings`; thread-safe, since nothing in it changes."""

    def __init__(self, settings: FeatureSettings, families: Sequence[Family] = ()) -> None:
        self.settings = settings
        self.families = [family for family in families if family.rows]
        rate, n_fft = settings.sample_rate, settings.n_fft
        self.window = filters.hann(n_fft)
        self.mel = np.ascontiguousarray(filters.mel_bank(rate, n_fft, settings.n_mels).T)
        self.mel_blocks = _blocks(self.mel.T, MEL_BLOCKS)
        self.dct = np.ascontiguousarray(filters.dct_matrix(settings.n_mfcc, settings.n_mels).T)

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

    def analyse(self, y: np.ndarray, *, centre: bool = True) -> tuple[Frames, np.ndarray]:
        """Measure every frame of ``y`` (float32 [n]).

        Parameters
        ----------
        y : float32 [n]
        centre : bool
            Frames are centred on multiples of the hop, zeros beyond the ends (as librosa); otherwise only whole
            frames inside ``y`` count.

        Returns
        -------
        Frames
        rows : float32 [F, rows]
            What the families measured, in their order.
        """
        framed = self._framed(y, centre)
        n_frames, n_bins = len(framed), 1 + self.settings.n_fft // 2
        mel = np.empty((self.settings.n_mels, n_frames), np.float32)
        kept = [family.begin(n_frames) for family in self.families]
        scratch = np.empty((n_bins, CHUNK), np.float32)
        # Large arrays are worked through chunk by chunk, small ones at the end in one go.
        for chunk, magnitude in self._magnitude(framed):
            power = np.square(magnitude, out=scratch[:, : magnitude.shape[1]])
            self._mel_bands(power, mel[:, chunk])
            for family, arrays in zip(self.families, kept, strict=True):
                family.chunk(arrays, chunk, magnitude, power)
        log_mel = self.log_mel(np.ascontiguousarray(mel.T))
        frames = Frames(log_mel, log_mel @ self.dct, *self._blocks_of(y, n_frames, centre))
        rows = [family.finish(arrays, frames) for family, arrays in zip(self.families, kept, strict=True)]
        return frames, np.ascontiguousarray(np.concatenate(rows).T, dtype=np.float32)

    def _blocks_of(self, y: np.ndarray, n_frames: int, centre: bool) -> tuple[np.ndarray, tuple[int, ...], int]:
        """Samples by hops, with zeros beyond the ends: ``blocks, edges, hops`` of `Frames`."""
        n_fft, hop = self.settings.n_fft, self.settings.hop_length
        hops = n_fft // hop
        padded = np.zeros((n_frames + hops - 1) * hop, np.float32)
        offset = n_fft // 2 if centre else 0
        inside = y[: len(padded) - offset]
        padded[offset : offset + len(inside)] = inside
        return padded.reshape(-1, hop), (offset, offset + len(inside)) if centre else (), hops


def _blocks(bank: np.ndarray, groups: int) -> list[tuple[slice, slice, np.ndarray]]:
    """Split a filter bank [bands, bins] into groups of bands: (bands, bins they reach, that part of the bank)."""
    blocks = []
    edges = np.linspace(0, len(bank), groups + 1).astype(int)
    for low, high in itertools.pairwise(edges):
        reached = np.flatnonzero(bank[low:high].any(axis=0))
        bins = slice(int(reached[0]), int(reached[-1]) + 1)
        blocks.append((slice(int(low), int(high)), bins, np.ascontiguousarray(bank[low:high, bins])))
    return blocks
