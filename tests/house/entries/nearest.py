"""The genre whose middle is nearest. An example of the one file that a new kind of model is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.store import FeatureSet
from models.base import Model, Validation, check_labels, moments
from settings import field, settings

if TYPE_CHECKING:
    from models.graph import Graph

RANK = 35


@settings
class NearestSettings:
    """Nearest middle: the statistics of a genre's segments, averaged."""

    sharpness: float = field(4.0, "of the probabilities over the distances", low=0.01, high=100)


class Nearest(Model):
    """Softmax over the negative mean squared distances from the genres' middles, standardised."""

    kind = "nearest"
    label = "Nearest middle"
    help = "the genre whose mean statistics are nearest"
    Settings = NearestSettings

    def fit(
        self, features: FeatureSet, labels: np.ndarray, groups: np.ndarray | None = None, validation: Validation = None
    ) -> Nearest:
        """Average each genre's standardised statistics."""
        labels = check_labels(self.kind, labels, self.genres)
        x = np.asarray(features.summary, np.float64)
        mean, scale = moments(x, features.weight)
        z = (x - mean) / scale
        middles = np.stack([z[labels == k].mean(axis=0) for k in range(len(self.genres))])
        self.arrays = {"mean": mean, "scale": scale, "middles": middles}
        self.arrays = {name: array.astype(np.float32) for name, array in self.arrays.items()}
        return self

    def predict_proba(self, features: FeatureSet) -> np.ndarray:
        """Probabilities, float32 [n, genres]."""
        a = self.arrays
        z = (np.asarray(features.summary, np.float32) - a["mean"]) / a["scale"]
        distance = np.square(z[:, None] - a["middles"]).mean(axis=2)
        score = np.exp(-self.settings.sharpness * (distance - distance.min(axis=1, keepdims=True)))
        return (score / score.sum(axis=1, keepdims=True)).astype(np.float32)

    def grow(self, graph: Graph, given: dict[str, str]) -> str:
        """As `predict_proba`."""
        g, a = graph, self.arrays
        z = g.op("Unsqueeze", g.div(g.sub(given["summary"], a["mean"]), a["scale"]), [1])
        distance = g.mean(g.square(g.sub(z, a["middles"])), 2)
        return g.op("Softmax", g.mul(distance, -float(self.settings.sharpness)), axis=1)

    def write(self, folder: Path) -> dict[str, Any]:
        """``nearest.npz``: plain arrays."""
        np.savez(folder / "nearest.npz", **self.arrays)
        return {}

    def read(self, folder: Path, document: dict[str, Any]) -> None:
        """Inverse of `write`."""
        with np.load(folder / "nearest.npz", allow_pickle=False) as stored:
            self.arrays = dict(stored)


MODEL = Nearest
