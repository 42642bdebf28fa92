"""Cut a signal into segments, by counting samples.

The same arithmetic cuts clips for training and excerpts for answering. A clip that is a little longer or
shorter than a whole number of segments (GTZAN's last 29.98 to 30.7 s) still gives the expected number: the
last segment ends where the signal ends, and a remainder of up to a fifth of a segment is left out.
"""

from __future__ import annotations

import numpy as np

__all__ = ["HOP", "SEGMENT", "count", "loop", "starts"]

SEGMENT = 110_250
"""Samples in a segment: 5 s at 22 050 Hz."""

HOP = SEGMENT
"""Samples from one segment's start to the next one's."""


def count(n: int, segment: int = SEGMENT, hop: int = HOP) -> int:
    """Count the segments of a signal.

    Parameters
    ----------
    n : int
        Length of the signal, samples (>= 1).
    segment, hop : int
        Length of a segment and distance of their starts, samples.

    Returns
    -------
    int
        ``1 + ceil(max(0, n - segment - segment // 5) / hop)``; 1 for a signal shorter than a segment.

    Examples
    --------
    >>> count(30 * 22_050)
    6
    """
    for name, value in (("n", n), ("segment", segment), ("hop", hop)):
        if value < 1:
            raise ValueError(f"{name}={value} must be 1 or more samples")
    return 1 + -(-max(0, n - segment - segment // 5) // hop)


def starts(n: int, segment: int = SEGMENT, hop: int = HOP) -> np.ndarray:
    """Give the first sample of each segment of a signal.

    Parameters
    ----------
    n, segment, hop : int
        As for `count`.

    Returns
    -------
    int64 [K]
        ``min(k * hop, n - segment)``, and 0 for a signal shorter than a segment (which is to be looped).
    """
    first = np.arange(count(n, segment, hop), dtype=np.int64) * hop
    return np.minimum(first, max(0, n - segment))


def loop(y: np.ndarray, n: int) -> np.ndarray:
    """Repeat a signal that is shorter than ``n`` samples until it has exactly ``n``.

    Parameters
    ----------
    y : np.ndarray [m]
        At least one sample.
    n : int
        Samples that are needed.

    Returns
    -------
    np.ndarray [max(m, n)]
        ``y`` itself where it is long enough.
    """
    if y.ndim != 1 or not len(y):
        raise ValueError(f"y of shape {y.shape} must be one row of at least one sample")
    return y if len(y) >= n else np.resize(y, n)
