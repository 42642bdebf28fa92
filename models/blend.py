"""The weighted geometric mean of other models' probabilities."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from features.store import FeatureSet

from .base import Model, ModelError, Validation, check_range, genre_weights, read_settings, write_settings

FLOOR = 1e-6


class Blend:
    """``p ~ prod(p_member ** weight)``: members come trained, the weights are learned from validation data only.

    Parameters
    ----------
    members : dict of str to Model
        Trained members by name.
    weights : dict of str to float, optional
        Fixed weights; without them :meth:`fit` learns them.
    toward_equal : float
        Strength of the pull toward equal weights, which keeps a small validation split from naming one winner.
    """

    kind = "blend"

    def __init__(
        self,
        genres: list[str],
        seed: int = 0,
        *,
        members: dict[str, Model] | None = None,
        weights: dict[str, float] | None = None,
        toward_equal: float = 0.05,
    ) -> None:
        check_range("blend", "toward_equal", toward_equal, 0.0, 100.0)
        self.genres, self.seed = list(genres), seed
        self.members = dict(members or {})
        for name, member in self.members.items():
            if member.genres != self.genres:
                raise ModelError(f"blend: member {name!r} knows other genres: train all members on one corpus")
        self.weights = dict(weights or {})
        if self.weights and set(self.weights) != set(self.members):
            raise ModelError(f"blend.weights={sorted(self.weights)} must name the members {sorted(self.members)}")
        self.settings = {"toward_equal": toward_equal}
        self.history: dict[str, list[float]] = {}

    @property
    def inputs(self) -> tuple[str, ...]:
        """Arrays that any member reads; ``heard`` is a part of ``summary`` and is not named beside it."""
        used = {name for member in self.members.values() for name in member.inputs}
        if "summary" in used:
            used.discard("heard")
        return tuple(name for name in ("mfcc", "summary", "heard") if name in used)

    def fit(
        self, features: FeatureSet, labels: np.ndarray, groups: np.ndarray | None = None, validation: Validation = None
    ) -> Blend:
        """Learn the weights from ``validation``; the members are left as they are."""
        if validation is None:
            raise ModelError("blend: needs validation data: its weights may not be learned from training data")
        held, held_labels = validation
        logs = {name: _logs(member.predict_proba(held)) for name, member in self.members.items()}
        self.weights = learn_weights(logs, np.asarray(held_labels), len(self.genres), self.settings["toward_equal"])
        return self

    def predict_proba(self, features: FeatureSet) -> np.ndarray:
        """Blended probabilities, float32 [n, genres]."""
        if not self.weights:
            raise ModelError("blend: has no weights yet: call fit or load first")
        logs = {name: _logs(member.predict_proba(features)) for name, member in self.members.items()}
        return pool(logs, self.weights)

    def save(self, folder: str | Path) -> None:
        """Write each member into a folder of its name, and ``model.json``."""
        folder = Path(folder)
        for name, member in self.members.items():
            member.save(folder / name)
        write_settings(folder, self.kind, self.genres, self.seed, self.settings, weights=self.weights)

    @classmethod
    def load(cls, folder: str | Path) -> Blend:
        """Inverse of :meth:`save`."""
        from . import load

        folder = Path(folder)
        document = read_settings(folder)
        members = {name: load(folder / name) for name in document["weights"]}
        return cls(
            document["genres"],
            document["seed"],
            members=members,
            weights=document["weights"],
            **document["settings"],
        )


def _logs(p: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(p, FLOOR))


def pool(logs: dict[str, np.ndarray], weights: dict[str, float]) -> np.ndarray:
    """Softmax of the weighted sum of log probabilities, float32 [n, genres]."""
    score = sum(weights[name] * value for name, value in logs.items())
    score = score - score.max(axis=1, keepdims=True)
    p = np.exp(score)
    return (p / p.sum(axis=1, keepdims=True)).astype(np.float32)


def learn_weights(
    logs: dict[str, np.ndarray], labels: np.ndarray, n_genres: int, toward_equal: float
) -> dict[str, float]:
    """Non-negative weights of least log loss, genres weighted equally, pulled toward their own mean."""
    from scipy.optimize import minimize

    names = list(logs)
    weight = genre_weights(labels, np.ones(len(labels)), n_genres)
    rows = np.arange(len(labels))

    def loss(w: np.ndarray) -> float:
        p = pool(logs, dict(zip(names, w, strict=True)))
        return float(np.average(-np.log(np.maximum(p[rows, labels], FLOOR)), weights=weight)) + toward_equal * float(
            np.sum((w - w.mean()) ** 2)
        )

    start = np.full(len(names), 1.0 / len(names))
    found = minimize(loss, start, method="L-BFGS-B", bounds=[(0.0, 5.0)] * len(names))
    if found.x.sum() <= 0:
        found.x = start
    return {name: round(float(w), 6) for name, w in zip(names, found.x, strict=True)}
