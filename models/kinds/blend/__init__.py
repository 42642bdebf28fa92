"""The weighted geometric mean of other models' probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.store import FeatureSet
from models.base import Model, Validation, genre_weights
from models.errors import ModelError
from settings import field, settings

if TYPE_CHECKING:
    from models.graph import Graph

RANK = 900
FLOOR = 1e-6


@settings
class BlendSettings:
    """Weighted geometric mean of the trained models; the weights are learned on validation."""

    toward_equal: float = field(
        0.05,
        "pull of the weights toward each other, so that a few tracks name no single winner",
        low=0.0,
        high=100.0,
    )


class Blend(Model):
    """``p ~ prod(p_member ** weight)``: members come trained, the weights are learned from validation data only.

    Attributes
    ----------
    members : dict of str to Model
        Trained models by name, from `take`.
    weights : dict of str to float
        From `fit`, or put here.
    """

    kind = "blend"
    label = "Blend"
    help = "weighted geometric mean of the trained models' probabilities"
    Settings = BlendSettings
    combines = True

    def __init__(self, genres: list[str], seed: int = 0, settings: BlendSettings | None = None) -> None:
        super().__init__(genres, seed, settings)
        self.members: dict[str, Model] = {}
        self.weights: dict[str, float] = {}

    def take(self, members: dict[str, Model]) -> None:
        """Be made of these trained models."""
        for name, member in members.items():
            if member.genres != self.genres:
                raise ModelError(f"blend: member {name!r} knows other genres: train all members on one corpus")
        self.members = dict(members)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Arrays that any member reads; ``embedding`` is a part of ``summary`` and is not named beside it."""
        used = {name for member in self.members.values() for name in member.inputs}
        if "summary" in used:
            used.discard("embedding")
        return tuple(name for name in ("mfcc", "summary", "embedding") if name in used)

    @property
    def embedding_width(self) -> int:
        """How many statistics of taggers the members read."""
        return max((member.embedding_width for member in self.members.values()), default=0)

    @property
    def taught_by(self) -> str:
        """What taught a member, and is read by none."""
        found = dict.fromkeys(member.taught_by for member in self.members.values() if member.taught_by)
        return "" if {"summary", "embedding"} & set(self.inputs) else "+".join(found)

    def fit(
        self, features: FeatureSet, labels: np.ndarray, groups: np.ndarray | None = None, validation: Validation = None
    ) -> Blend:
        """Learn the weights from ``validation``; the members are left as they are."""
        if validation is None:
            raise ModelError("blend: needs validation data: its weights may not be learned from training data")
        held, held_labels = validation
        logs = {name: _logs(member.predict_proba(held)) for name, member in self.members.items()}
        self.weights = learn_weights(logs, np.asarray(held_labels), len(self.genres), self.settings.toward_equal)
        return self

    def predict_proba(self, features: FeatureSet) -> np.ndarray:
        """Blended probabilities, float32 [n, genres]."""
        if not self.weights:
            raise ModelError("blend: has no weights yet: call fit or load first")
        logs = {name: _logs(member.predict_proba(features)) for name, member in self.members.items()}
        return pool(logs, self.weights)

    def grow(self, graph: Graph, given: dict[str, str]) -> str:
        """The members, those without weight left out, and their weighted mean."""
        from models.graph import LARGE

        if "embedding" not in given and any("embedding" in member.inputs for member in self.members.values()):
            given = given | {"embedding": graph.slice(given["summary"], -self.embedding_width, LARGE, 1)}
        score = None
        for name, member in self.members.items():
            if not self.weights[name]:
                continue
            p = member.grow(graph, given)
            part = graph.mul(graph.op("Log", graph.op("Max", p, FLOOR)), float(self.weights[name]))
            score = part if score is None else graph.add(score, part)
        return graph.op("Softmax", score, axis=1)

    def write(self, folder: Path) -> dict[str, Any]:
        """Each member in a folder of its name."""
        for name, member in self.members.items():
            member.save(folder / name)
        return {"weights": self.weights}

    def read(self, folder: Path, document: dict[str, Any]) -> None:
        """Inverse of :meth:`write`."""
        from models import load

        self.take({name: load(folder / name) for name in document["weights"]})
        self.weights = document["weights"]


MODEL = Blend


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
