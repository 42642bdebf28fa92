"""A new last layer on networks that were learned elsewhere: convex, so it is learned to its end and always alike."""

from __future__ import annotations

import numpy as np

from models.base import moments
from models.components import principal


def learn(
    x: np.ndarray, labels: np.ndarray, weight: np.ndarray, *, components: int, C: float
) -> tuple[np.ndarray, np.ndarray]:
    """Weights of a softmax layer over what the networks say of a segment.

    Parameters
    ----------
    x : float32 [n, statistics]
    labels : int [n]
    weight : float [n]
    components : int
        The layer reads no more than so many principal components of the standardised statistics.
    C : float
        Inverse of the L2 penalty (scikit-learn's); the components have a mean variance of 1.

    Returns
    -------
    (float32 [statistics, genres], float32 [genres])
        Standardisation and components are multiplied into them.
    """
    from sklearn.linear_model import LogisticRegression

    x = np.asarray(x, np.float64)
    mean, scale = moments(x, weight)
    scale = np.where(scale > 1e-6, scale, 1.0)
    z = (x - mean) / scale
    basis, offset = principal(z, weight, components)
    found = LogisticRegression(C=C, max_iter=2000).fit(z @ basis - offset, labels, weight)
    kernel, bias = found.coef_.T, found.intercept_
    if kernel.shape[1] == 1:  # of two genres scikit-learn tells the second one's side alone
        kernel, bias = np.concatenate((-kernel, kernel), 1) / 2, np.concatenate((-bias, bias)) / 2
    bias = bias - offset @ kernel
    kernel = (basis @ kernel) / scale[:, None]
    return kernel.astype(np.float32), (bias - mean @ kernel).astype(np.float32)
