"""Training batches for the CNN: sampled evenly over genres, with cheap variations of the features themselves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from features import filters


class Sampler:
    """Draws training segments with probability proportional to their weights and varies them.

    The variations are drawn afresh for every visit and act on log-mel bands, where they are cheap: a smooth
    random equaliser, a shift by up to one band (about a semitone), faster or slower playing, masked bands and
    stretches of time, and mixup (Zhang et al. 2018; masks: Park et al. 2019).

    Parameters
    ----------
    mfcc : float32 [n, frames, coefficients]
        Or any float32 [n, values], which only mixup varies.
    targets : float32 [n, genres]
    weight : float [n]
    eq_db, shift_bands, tempo, mask_bands, mask_frames, mixup
        Largest equaliser gain (deviation, dB), shift, relative change of tempo, widths of the masks, and the
        parameter of mixup's beta distribution; 0 turns each off.
    """

    def __init__(
        self,
        mfcc: np.ndarray,
        targets: np.ndarray,
        weight: np.ndarray,
        *,
        seed: int,
        batch_size: int,
        eq_db: float = 0.0,
        shift_bands: float = 0.0,
        tempo: float = 0.0,
        mask_bands: int = 0,
        mask_frames: int = 0,
        mixup: float = 0.0,
    ) -> None:
        self.mfcc, self.targets, self.batch_size = mfcc, targets, batch_size
        self.p = weight / weight.sum()
        self.rng = np.random.default_rng(seed)
        self.eq_db, self.shift_bands, self.tempo = eq_db, shift_bands, tempo
        self.mask_bands, self.mask_frames, self.mixup = mask_bands, mask_frames, mixup
        self.as_they_are = mfcc.ndim == 2 or not (eq_db or shift_bands or tempo or mask_bands or mask_frames)
        n = mfcc.shape[-1]
        self.to_bands = filters.dct_matrix(n, n)
        self.curves = filters.dct_matrix(6, n)[1:] * np.sqrt(n / 2.0)  # slow curves over the bands, no constant

    def batches(self, n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """``n`` batches of (mfcc, targets), both float32."""
        for _ in range(n):
            index = self.rng.choice(len(self.mfcc), self.batch_size, p=self.p)
            x, t = self.vary(np.asarray(self.mfcc[index], np.float32)), self.targets[index]
            if self.mixup:
                share = self.rng.beta(self.mixup, self.mixup, self.batch_size).astype(np.float32)
                order = self.rng.permutation(self.batch_size)
                x, t = (_mixed(values, values[order], share) for values in (x, t))
            yield x, t

    def vary(self, mfcc: np.ndarray) -> np.ndarray:
        """Varied copies of MFCC matrices [b, frames, coefficients]."""
        if self.as_they_are:
            return mfcc
        bands = mfcc @ self.to_bands
        b, frames, width = bands.shape
        if self.eq_db:
            gains = self.rng.normal(0, self.eq_db / 2, (b, len(self.curves))).astype(np.float32)
            bands += (gains @ self.curves)[:, None, :]
        if self.shift_bands:
            at = np.arange(width) + self.rng.uniform(-self.shift_bands, self.shift_bands, (b, 1))
            bands = _interpolate(bands, at, axis=2)
        if self.tempo:
            rate = 1.0 + self.rng.uniform(-self.tempo, self.tempo, (b, 1))
            centre = (frames - 1) / 2
            at = centre + (np.arange(frames) - centre) * rate
            bands = _interpolate(bands, _reflected(at, frames), axis=1)
        for size, axis in ((self.mask_bands, 2), (self.mask_frames, 1)):
            if size:
                length = bands.shape[axis]
                wide = self.rng.integers(0, size + 1, (b, 1))
                start = self.rng.integers(0, length - wide + 1)
                position = np.arange(length)
                mask = (position >= start) & (position < start + wide)
                mask = mask[:, :, None] if axis == 1 else mask[:, None, :]
                bands = np.where(mask, bands.mean(axis=1, keepdims=True), bands)
        return bands @ self.to_bands.T


def _mixed(a: np.ndarray, b: np.ndarray, share: np.ndarray) -> np.ndarray:
    share = share.reshape(-1, *[1] * (a.ndim - 1))
    return share * a + (1 - share) * b


def _reflected(at: np.ndarray, n: int) -> np.ndarray:
    at = np.abs(at)
    return np.where(at > n - 1, 2 * (n - 1) - at, at)


def _interpolate(x: np.ndarray, at: np.ndarray, axis: int) -> np.ndarray:
    """Linear interpolation of [b, frames, bands] at fractional positions [b, m] of an axis, held at the ends."""
    n = x.shape[axis]
    at = np.clip(at, 0, n - 1)
    low = np.minimum(at.astype(np.int64), n - 2)
    share = (at - low).astype(np.float32)
    shape = (len(x), -1, 1) if axis == 1 else (len(x), 1, -1)
    low, share = low.reshape(shape), share.reshape(shape)
    return np.take_along_axis(x, low, axis) * (1 - share) + np.take_along_axis(x, low + 1, axis) * share
