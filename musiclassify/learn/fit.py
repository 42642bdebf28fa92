"""A head learned and scored: artists apart, the strength of its penalty chosen without the songs that it is scored on.

A linear softmax over standardised columns is learned from single segments, each counting as much as it does in its
song's answer, and all labels count alike, however many songs they have. The score is nested: of every fold the strength
is chosen by an inner dealing of the other folds, and its temperature by their held-out answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .folds import deal
from .graph import Head
from .material import Material
from .scores import confusion, ece, interval_scores, pooled, temperature, threshold
from .solver import fit_softmax, softmax

__all__ = ["FOLDS", "STRENGTHS", "Learned", "learn"]

STRENGTHS = (3.0, 1.0, 0.3, 0.1, 0.03)
"""Of the penalty, from stiff to loose; one of them is chosen."""
FOLDS, INNER = 5, 3


@dataclass(frozen=True)
class Learned:
    """A head, and what it is worth.

    Attributes
    ----------
    head : Head
        Over the columns of the material; cooled by its temperature.
    strength, temperature, uncertain_below : float
    scores : dict
        As in metadata.json of a released model.
    probabilities : np.ndarray [songs, labels]
        Held-out answers.
    """

    head: Head
    strength: float
    temperature: float
    uncertain_below: float
    scores: dict[str, Any]
    probabilities: np.ndarray


def learn(material: Material, *, seed: int = 0) -> Learned:
    """Learn a head from all songs, and score it by folds.

    Parameters
    ----------
    material : Material
    seed : int
        Of the dealing and of the intervals; the fit itself draws nothing.
    """
    right, count = material.right, len(material.labels)
    everything = np.ones(len(right), bool)
    folds = _dealt(material, everything, FOLDS, seed)
    scores = np.zeros((len(material.x), count))
    for fold in range(folds.max() + 1):
        learned = folds != fold
        strength = _chosen(material, _dealt(material, learned, INNER, seed))
        rows = ~learned[material.song]
        scores[rows] = _fitted(material, learned, strength).scores(material.x[rows])
    probabilities = np.zeros((len(right), count))
    for fold in range(folds.max() + 1):
        others, rows = folds != fold, folds[material.song] == fold
        cooled = scores / _temperature(material, scores, others)
        probabilities[~others] = _songs(material, cooled, rows)[~others]
    strength = _chosen(material, folds)
    final = _temperature(material, scores, everything)
    head = _fitted(material, everything, strength).cooled(final)
    known = _scores(material, folds, probabilities, seed)
    return Learned(head, strength, final, threshold(probabilities), known, probabilities)


def _dealt(material: Material, songs: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Deal those songs into folds; the others get -1, and so do all where only one artist is left."""
    _, groups = np.unique(material.groups[songs], return_inverse=True)
    folds, count = np.full(len(songs), -1), min(most, int(groups.max()) + 1)
    if count > 1:
        folds[songs] = deal(material.right[songs], groups, count, seed=seed)
    return folds


def _fitted(material: Material, learned: np.ndarray, strength: float) -> Head:
    """Fit a head to the songs that are learned from; standardising is part of it afterwards."""
    rows = learned[material.song]
    x, label = material.x[rows].astype(np.float64), material.right[material.song[rows]]
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread[spread < 1e-6] = 1.0  # a column that never changes says nothing
    songs = np.bincount(material.right[learned], minlength=len(material.labels))
    weights = material.share[rows] / np.maximum(songs, 1)[label]
    w, b = fit_softmax((x - mean) / spread, label, len(material.labels), strength=strength, weights=weights)
    w /= spread[:, None]
    return Head(np.arange(x.shape[1]), w, b - mean @ w)


def _chosen(material: Material, folds: np.ndarray) -> float:
    """Choose the strength whose held-out answers are nearest to the right ones (Brier score); folds of -1 stay out."""
    inside = folds >= 0
    if not inside.any():
        return STRENGTHS[1]
    rows = inside[material.song]
    losses = []
    for strength in STRENGTHS:
        scores = np.zeros((len(material.x), len(material.labels)))
        for fold in range(folds.max() + 1):
            held = (folds == fold)[material.song]
            head = _fitted(material, inside & (folds != fold), strength)
            scores[held] = head.scores(material.x[held])
        cooled = scores / _temperature(material, scores, inside)
        p = _songs(material, cooled, rows)[inside]
        p[np.arange(len(p)), material.right[inside]] -= 1
        losses.append(float((p**2).sum(axis=1).mean()))
    return STRENGTHS[int(np.argmin(losses))]


def _temperature(material: Material, scores: np.ndarray, songs: np.ndarray) -> float:
    rows = songs[material.song]
    number = np.cumsum(songs) - 1
    return temperature(scores[rows], number[material.song[rows]], material.share[rows], material.right[songs])


def _songs(material: Material, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return pooled(softmax(scores[rows]), material.song[rows], material.share[rows], len(material.right))


def _scores(material: Material, folds: np.ndarray, probabilities: np.ndarray, seed: int) -> dict[str, Any]:
    right, answered = material.right, probabilities.argmax(axis=1)
    table = confusion(right, answered, len(material.labels))
    found = interval_scores(right, answered, material.groups, len(material.labels), seed=seed)
    recall = (np.diag(table) / np.maximum(table.sum(axis=1), 1)).round(6).tolist()
    order = np.argsort(-probabilities.max(axis=1), kind="stable")[: max(1, round(0.7 * len(right)))]
    return {
        "split": f"{folds.max() + 1} folds, artists apart, held-out songs",
        "tracks": len(right),
        "artists": len(set(material.groups.tolist())),
        "folds": int(folds.max()) + 1,
        "accuracy": _rounded(found["accuracy"]),
        "macro_recall": _rounded(found["macro_recall"]),
        "macro_f1": round(found["macro_f1"]["value"], 6),
        "ece": round(ece(probabilities, right), 6),
        "per_genre_recall": dict(zip(material.labels, recall, strict=True)),
        "confusion": table.tolist(),
        "accuracy_of_most_confident_70": round(float((answered == right)[order].mean()), 6),
    }


def _rounded(score: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in score.items()}
