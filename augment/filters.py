"""Magnitude responses, and the one filter that applies several of them at once.

Equaliser and low-pass are zero-phase magnitude responses. Several are multiplied and applied with one pair
of Fourier transforms, so seven bands and a low-pass cost what one band costs; audiomentations'
``SevenBandParametricEQ`` runs seven recursive filters one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import scipy.fft

from augment import signals

Response = Callable[[np.ndarray], np.ndarray]

# Points at which the responses are computed between 0 Hz and Nyquist; the bins of the long transform lie
# between them and are interpolated. At 22 050 Hz they are 2.7 Hz apart.
GRID = 4097
# Zeros behind the signal so that the response of its end does not come round to its beginning.
PADDING = 4096


def apply(y: np.ndarray, responses: Sequence[Response], *, sample_rate: int) -> np.ndarray:
    """Filter a signal with the product of several magnitude responses.

    Parameters
    ----------
    y : np.ndarray [n]
        Mono signal.
    responses : sequence of functions
        Each takes frequencies in Hz, np.ndarray [m], and returns the gain at each of them.
    sample_rate : int
        In Hz.

    Returns
    -------
    float32 [n]
    """
    y = signals.checked(y)
    if not responses:
        return y
    n_fft = scipy.fft.next_fast_len(len(y) + PADDING, real=True)
    grid = np.linspace(0.0, sample_rate / 2, GRID)
    gain = np.prod([response(grid) for response in responses], axis=0)
    bins = np.arange(n_fft // 2 + 1) * (2 * (GRID - 1) / n_fft)
    spectrum = scipy.fft.rfft(y, n_fft)
    spectrum *= np.interp(bins, np.arange(GRID), gain).astype(np.float32)
    return scipy.fft.irfft(spectrum, n_fft)[: len(y)]
