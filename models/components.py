"""Principal components of standardised statistics: a few directions that carry what thousands of columns say."""

from __future__ import annotations

import numpy as np


def principal(z: np.ndarray, weight: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Basis and offset of the first components, scaled by one number so that their mean variance is 1.

    Parameters
    ----------
    z : float [n, columns]
        Standardised.
    weight : float [n]
    count : int
        At most; no more than rows or columns are kept.

    Returns
    -------
    (float32 [columns, count], float32 [count])
        The components are ``z @ basis - offset``. What differs in sign only is the same component; here each one's
        largest entry is positive, so that the same data give the same basis.
    """
    share = weight / weight.sum()
    mean = share @ z
    centred = (z - mean) * np.sqrt(share)[:, None]
    return scaled(centred.T @ centred, mean, min(count, *z.shape))


def scaled(covariance: np.ndarray, mean: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """As `principal`, from the covariance [columns, columns] and the mean [columns] of the statistics."""
    values, vectors = np.linalg.eigh(covariance)
    order = np.argsort(values)[::-1][:count]
    values, basis = values[order], vectors[:, order]
    basis = basis * np.sign(basis[np.abs(basis).argmax(axis=0), np.arange(count)])
    basis = basis / np.sqrt(max(float(values.mean()), 1e-12))
    return basis.astype(np.float32), (mean @ basis).astype(np.float32)
