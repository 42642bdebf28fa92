"""The check that every transform makes of its signal."""

from __future__ import annotations

import numpy as np

from augment.errors import SignalError


def checked(y: np.ndarray, name: str = "y") -> np.ndarray:
    """Return `y` as float32, refusing what is not a finite mono signal.

    Parameters
    ----------
    y : np.ndarray [n]
        Mono signal, n >= 1.
    name : str
        What to call it in the error.

    Returns
    -------
    float32 [n]

    Raises
    ------
    SignalError
        If it is not one-dimensional, is empty, or holds NaN or infinity.
    """
    y = np.asarray(y, dtype=np.float32)
    if y.ndim != 1:
        raise SignalError(f"{name}.shape={y.shape}: must be one-dimensional; mix the channels to mono first")
    if y.size == 0:
        raise SignalError(f"{name} is empty: there must be at least one sample; leave the clip out")
    if not np.isfinite(y).all():
        raise SignalError(f"{name} holds NaN or infinite samples: leave the clip out or decode it again")
    return y
