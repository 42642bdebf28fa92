"""Constant matrices of the analysis: window, mel and chroma banks, cosine transform, delta and rhythm bases.

Each equals librosa 0.11's of the same name (held by a test); they are written out here because importing
librosa compiles for seconds, and because the ONNX front end is built from these very arrays.
"""

from __future__ import annotations

import itertools

import numpy as np


def hann(n: int) -> np.ndarray:
    """Periodic Hann window, float32 [n]."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)).astype(np.float32)


def fft_frequencies(sample_rate: int, n_fft: int) -> np.ndarray:
    """Centre frequencies of the bins in Hz, float64 [1 + n_fft // 2]."""
    return np.fft.rfftfreq(n_fft, 1.0 / sample_rate)


def hz_to_mel(hz: np.ndarray | float) -> np.ndarray:
    """Slaney's mel scale: linear to 1 kHz, logarithmic above (Auditory Toolbox, 1998)."""
    hz = np.asarray(hz, dtype=np.float64)
    linear = hz / (200.0 / 3)
    return np.where(hz < 1000.0, linear, 15.0 + np.log(np.maximum(hz, 1e-9) / 1000.0) / (np.log(6.4) / 27.0))


def mel_to_hz(mel: np.ndarray | float) -> np.ndarray:
    """Inverse of :func:`hz_to_mel`."""
    mel = np.asarray(mel, dtype=np.float64)
    return np.where(mel < 15.0, mel * (200.0 / 3), 1000.0 * np.exp((mel - 15.0) * (np.log(6.4) / 27.0)))


def mel_bank(sample_rate: int, n_fft: int, n_mels: int) -> np.ndarray:
    """Triangular mel filters of unit area from 0 Hz to Nyquist, float32 [n_mels, 1 + n_fft // 2]."""
    edges = mel_to_hz(np.linspace(0.0, hz_to_mel(sample_rate / 2), n_mels + 2))
    bins = fft_frequencies(sample_rate, n_fft)
    width = np.diff(edges)
    ramps = edges[:, None] - bins[None, :]
    rising = -ramps[:-2] / width[:-1, None]
    falling = ramps[2:] / width[1:, None]
    bank = np.maximum(0.0, np.minimum(rising, falling))
    return (bank * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


def dct_matrix(n_out: int, n_in: int) -> np.ndarray:
    """Orthonormal type-II cosine transform, float32 [n_out, n_in]."""
    k, i = np.arange(n_out)[:, None], np.arange(n_in)[None, :]
    basis = np.cos(np.pi * k * (2 * i + 1) / (2 * n_in)) * np.sqrt(2.0 / n_in)
    basis[0] /= np.sqrt(2.0)
    return basis.astype(np.float32)


def chroma_bank(sample_rate: int, n_fft: int, n_chroma: int = 12) -> np.ndarray:
    """Pitch-class filters at A440 (Ellis 2007, as in librosa with ``tuning=0``), float32 [12, 1 + n_fft // 2]."""
    frequencies = np.linspace(0, sample_rate, n_fft, endpoint=False)[1:]
    octaves = n_chroma * np.log2(frequencies / (440.0 / 16))
    octaves = np.concatenate(([octaves[0] - 1.5 * n_chroma], octaves))
    widths = np.concatenate((np.maximum(octaves[1:] - octaves[:-1], 1.0), [1]))
    distance = np.subtract.outer(octaves, np.arange(n_chroma)).T
    half = np.round(n_chroma / 2.0)
    distance = np.remainder(distance + half + 10 * n_chroma, n_chroma) - half
    bank = np.exp(-0.5 * (2 * distance / np.tile(widths, (n_chroma, 1))) ** 2)
    bank /= np.linalg.norm(bank, axis=0, keepdims=True)
    bank *= np.tile(np.exp(-0.5 * ((octaves / n_chroma - 5.0) / 2.0) ** 2), (n_chroma, 1))
    bank = np.roll(bank, -3 * (n_chroma // 12), axis=0)
    return np.ascontiguousarray(bank[:, : 1 + n_fft // 2]).astype(np.float32)


def contrast_bands(
    sample_rate: int, n_fft: int, f_min: float = 200.0, n_octaves: int = 6, f_max_share: float = 0.88
) -> list[tuple[int, int, int]]:
    """Octave bands of spectral contrast (Jiang et al. 2002).

    The last band ends at ``f_max_share`` of Nyquist: beyond it the weakest bins tell of the resampler's
    filter, not of the music. For the rest the bands are librosa's.

    Returns
    -------
    list of (first bin, number of bins, k)
        ``k`` is how many strongest (weakest) bins make the peak (valley): 2 % of the band, at least 1; the
        number of bins is cut to a multiple of ``k`` so that they can be dealt into ``k`` equal groups.
    """
    bins = fft_frequencies(sample_rate, n_fft)
    edges = np.concatenate(([0.0], f_min * 2.0 ** np.arange(n_octaves + 1)))
    bands = []
    for octave, (low, high) in enumerate(itertools.pairwise(edges)):
        inside = np.flatnonzero((bins >= low) & (bins <= high))
        first, last = inside[0] - (octave > 0), inside[-1] + 1
        if octave == n_octaves:
            last = int(np.searchsorted(bins, f_max_share * sample_rate / 2))
        k = max(1, int(np.rint(0.02 * (last - first))))
        width = last - first - (octave < n_octaves)
        bands.append((int(first), int(width // k * k), k))
    return bands


def savgol_row(width: int, order: int) -> np.ndarray:
    """Correlation weights of the Savitzky-Golay derivative behind librosa's ``delta``, float32 [width].

    The fitted polynomial has the degree of the derivative, so the derivative is one number per window:
    librosa's ``mode="interp"`` at the edges is the nearest whole window's value repeated.
    """
    x = np.arange(width) - width // 2
    fit = np.linalg.pinv(np.vander(x, order + 1, increasing=True).astype(np.float64))
    return (fit[order] * np.prod(np.arange(1, order + 1))).astype(np.float32)


def quantile_matrix(n: int, quantiles: tuple[float, ...]) -> np.ndarray:
    """Linear interpolation of sorted values: ``sorted [.., n] @ matrix [n, q]`` gives numpy's quantiles."""
    out = np.zeros((n, len(quantiles)), np.float32)
    for column, q in enumerate(quantiles):
        position = q * (n - 1)
        low = min(int(position), n - 2) if n > 1 else 0
        share = position - low
        out[low, column] += 1.0 - share
        if n > 1:
            out[low + 1, column] += share
    return out


def moving_average(n: int, around: int) -> np.ndarray:
    """Mean over ``around`` values to each side, the ends repeated: ``row [n] @ matrix``, float32 [n, n]."""
    taken = np.clip(np.arange(n)[:, None] + np.arange(-around, around + 1), 0, n - 1)
    out = np.zeros((n, n), np.float32)
    np.add.at(out, (taken, np.arange(n)[:, None]), 1.0 / (2 * around + 1))
    return out


def tempogram_windows(n: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """What librosa's tempogram, averaged over all frames, does to a row of ``n`` values before it correlates it.

    It continues the row by a ramp to 0 over half a window at both ends, and slides a Hann window of ``width``
    over it. Summed over the positions, the products of values ``lag`` apart are weighted by the window's own
    energy where they lie and by its autocorrelation at ``lag``; that is what is given here.

    Returns
    -------
    ramped : float64 [n, n + 2 * (width // 2)]
        ``row @ ramped`` is the continued row, weighted by the root of the energy.
    by_lag : float64 [width]
        Weight of each lag; 1 at lag 0.
    """
    half = width // 2
    ramped = np.zeros((n, n + 2 * half))
    ramped[np.arange(n), half + np.arange(n)] = 1.0
    ramped[0, :half] = np.arange(half) / half
    ramped[-1, half + n :] = np.arange(half)[::-1] / half
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(width) / width)
    energy = np.zeros(n + 2 * half)
    energy[: n + width - 1] = np.convolve(window**2, np.ones(n))[: len(energy)]
    by_lag = np.correlate(window, window, "full")[width - 1 :]
    return ramped * np.sqrt(energy / energy.max()), by_lag / by_lag[0]


def fourier_pair(n: int, frequencies: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Cosine and sine columns at ``frequencies`` (Hz) over ``n`` frames at ``rate`` a second, float32 [n, f]."""
    phase = 2 * np.pi * np.arange(n)[:, None] * np.asarray(frequencies)[None, :] / rate
    return np.cos(phase).astype(np.float32), np.sin(phase).astype(np.float32)


def pooling(n_in: int, edges: np.ndarray) -> np.ndarray:
    """Mean over consecutive groups ``edges[g] <= i < edges[g + 1]``, float32 [n_in, groups]."""
    out = np.zeros((n_in, len(edges) - 1), np.float32)
    for group, (low, high) in enumerate(itertools.pairwise(edges)):
        out[low:high, group] = 1.0 / (high - low)
    return out
