"""A steep low-pass, as a magnitude response: what poor codecs, old tapes and telephones leave."""

from __future__ import annotations

import numpy as np

from augment import check
from augment.filters import Response

CUTOFF_LIMITS_HZ = (500.0, 48_000.0)
ORDER = 16


def response(cutoff_hz: float) -> Response:
    """Make the response of a Butterworth low-pass of order 16: -3 dB at the cutoff, -96 dB an octave above.

    Parameters
    ----------
    cutoff_hz : float [500 .. 48000]
        Frequency at which the gain is -3 dB.

    Returns
    -------
    function
        From frequencies in Hz to gains, for `augment.filters.apply`.

    Examples
    --------
    >>> import numpy as np
    >>> np.round(20 * np.log10(response(4000.0)(np.array([1000.0, 4000.0, 8000.0]))))
    array([  0.,  -3., -96.])
    """
    cutoff_hz = check.number("low_pass_hz", cutoff_hz, *CUTOFF_LIMITS_HZ)

    def gain(frequencies: np.ndarray) -> np.ndarray:
        return 1.0 / np.sqrt(1.0 + (np.asarray(frequencies, dtype=np.float64) / cutoff_hz) ** (2 * ORDER))

    return gain
