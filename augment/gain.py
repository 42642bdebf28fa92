"""Gain. Samples may go beyond +-1: they stay floats and nothing clips them."""

from __future__ import annotations

import numpy as np

from augment import check

LIMITS_DB = (-60.0, 40.0)


def apply(y: np.ndarray, gain_db: float) -> np.ndarray:
    """Scale a signal.

    Parameters
    ----------
    y : np.ndarray [shape=(n,)]
        Mono signal.
    gain_db : float [-60 .. 40]

    Returns
    -------
    np.ndarray [shape=(n,), float32]

    Examples
    --------
    >>> import numpy as np
    >>> apply(np.ones(2, dtype=np.float32), -20.0)
    array([0.1, 0.1], dtype=float32)
    """
    gain_db = check.number("gain_db", gain_db, *LIMITS_DB)
    return check.signal(y) * np.float32(10 ** (gain_db / 20))
