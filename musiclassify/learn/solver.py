"""Multinomial logistic regression by L-BFGS, in numpy: small, convex, the same answer every time.

Nocedal, "Updating quasi-Newton matrices with limited storage", Mathematics of Computation 35 (1980); the two-loop
recursion with a backtracking line search (Armijo's condition; a pair is kept where its curvature is positive).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

__all__ = ["fit_softmax", "minimise", "softmax"]

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities of scores, over the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def fit_softmax(
    x: np.ndarray, labels: np.ndarray, count: int, *, strength: float, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Fit weights and offsets of a softmax: the mean log loss, and a penalty on the squares of the weights.

    Parameters
    ----------
    x : np.ndarray [n, features]
        Standardised: the penalty treats all features alike.
    labels : int [n]
        From 0 to ``count - 1``.
    count : int
        Labels that there are.
    strength : float
        Of the penalty, above 0: ``strength / 2 * sum(w²)`` beside the mean loss.
    weights : np.ndarray [n], optional
        How much each row counts; default: all the same.

    Returns
    -------
    (np.ndarray [features, count], np.ndarray [count])
        In float64.
    """
    if not strength > 0:
        raise ValueError(f"strength={strength} must be above 0")
    x = np.asarray(x, np.float64)
    share = np.full(len(x), 1 / len(x)) if weights is None else np.asarray(weights, np.float64) / np.sum(weights)
    right = np.zeros((len(x), count))
    right[np.arange(len(x)), labels] = 1.0

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w, b = flat[count:].reshape(-1, count), flat[:count]
        scores = x @ w + b
        top = scores.max(axis=1)
        total = top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
        loss = float(share @ (total - scores[np.arange(len(x)), labels])) + strength / 2 * float((w**2).sum())
        off = share[:, None] * (np.exp(scores - total[:, None]) - right)
        return loss, np.concatenate([off.sum(axis=0), (x.T @ off + strength * w).ravel()])

    flat = minimise(objective, np.zeros(count * (x.shape[1] + 1)))
    return flat[count:].reshape(-1, count), flat[:count]


def minimise(
    objective: Objective, start: np.ndarray, *, tolerance: float = 1e-4, rounds: int = 500, memory: int = 12
) -> np.ndarray:
    """Minimise a smooth convex function.

    Parameters
    ----------
    objective : callable
        Gives the value and the gradient at a point.
    start : np.ndarray [n]
    tolerance : float
        It is done when no part of the gradient is larger.
    rounds : int
        Steps at most; what was reached by then is good enough, for every step goes down.
    memory : int
        Pairs of steps that tell the curvature.

    Returns
    -------
    np.ndarray [n]
    """
    at, (value, slope) = start.copy(), objective(start)
    pairs: deque[tuple[np.ndarray, np.ndarray, float]] = deque(maxlen=memory)
    for _ in range(rounds):
        if np.abs(slope).max() <= tolerance:
            break
        way = -_curved(slope, pairs)
        down = float(way @ slope)
        if down >= 0:  # rounding spoiled the curvature: begin anew from the gradient
            pairs.clear()
            way, down = -slope, -float(slope @ slope)
        step = 1.0 if pairs else min(1.0, 1.0 / float(np.linalg.norm(slope)))
        while True:
            there = at + step * way
            new_value, new_slope = objective(there)
            if new_value <= value + 1e-4 * step * down:
                break
            step /= 2
            if step < 1e-12:  # no step goes down any more: this is the bottom, as far as floats tell
                return at
        moved, turned = there - at, new_slope - slope
        curvature = float(moved @ turned)
        if curvature > 1e-12 * float(turned @ turned):
            pairs.append((moved, turned, curvature))
        at, value, slope = there, new_value, new_slope
    return at


def _curved(slope: np.ndarray, pairs: deque[tuple[np.ndarray, np.ndarray, float]]) -> np.ndarray:
    """Multiply a gradient by the inverse of the curvature that the last steps met."""
    found, kept = slope.copy(), []
    for moved, turned, curvature in reversed(pairs):
        share = float(moved @ found) / curvature
        found -= share * turned
        kept.append(share)
    if pairs:
        moved, turned, curvature = pairs[-1]
        found *= curvature / float(turned @ turned)
    for (moved, turned, curvature), share in zip(pairs, reversed(kept), strict=True):
        found += (share - float(turned @ found) / curvature) * moved
    return found
