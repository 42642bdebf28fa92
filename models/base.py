"""What every model shares: labels, seeds, checked settings, and a folder that is saved whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from features.store import FeatureSet

Validation = tuple[FeatureSet, np.ndarray] | None


class ModelError(ValueError):
    """A setting, a data set or a folder that a model cannot work with; the text names it and the rule."""


@runtime_checkable
class Model(Protocol):
    """The one interface of all models.

    ``genres`` is the label order, ``inputs`` names the arrays of a :class:`FeatureSet` that the model reads,
    ``history`` holds training curves by name, where there are any.
    """

    kind: str
    genres: list[str]
    inputs: tuple[str, ...]
    history: dict[str, list[float]]

    def fit(
        self, features: FeatureSet, labels: np.ndarray, groups: np.ndarray | None = None, validation: Validation = None
    ) -> Model:
        """Learn from segments; labels are positions in ``genres``, groups must not be parted."""
        ...

    def predict_proba(self, features: FeatureSet) -> np.ndarray:
        """Probabilities, float32 [n, genres]."""
        ...

    def save(self, folder: str | Path) -> None:
        """Write all that :func:`models.load` needs."""
        ...


def check_range(kind: str, name: str, value: float, low: float, high: float) -> None:
    """Refuse a setting outside [low, high]."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise ModelError(f"{kind}.{name}={value!r} must be a number from {low:g} to {high:g}")


def check_labels(kind: str, labels: np.ndarray, genres: list[str]) -> np.ndarray:
    """Labels as int64, each genre present."""
    labels = np.asarray(labels, np.int64)
    missing = sorted(set(range(len(genres))) - set(labels.tolist()))
    if missing:
        names = [genres[i] for i in missing]
        raise ModelError(f"{kind}: no training segment of {names}: every genre needs a track in the training split")
    return labels


def genre_weights(labels: np.ndarray, weight: np.ndarray, n_genres: int, power: float = 1.0) -> np.ndarray:
    """Sample weights of mean 1 under which every genre counts the same (``power`` 1) or as it comes (0)."""
    total = np.bincount(labels, weight, minlength=n_genres)
    scaled = weight * (total.sum() / (n_genres * np.maximum(total, 1e-12)))[labels] ** power
    return scaled * len(scaled) / scaled.sum()


def write_settings(
    folder: Path, kind: str, genres: list[str], seed: int, settings: dict[str, Any], **more: Any
) -> None:
    """``model.json``: written last, it makes a folder a model."""
    document = {"kind": kind, "genres": genres, "seed": seed, "settings": settings, **more}
    (folder / "model.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read_settings(folder: Path) -> dict[str, Any]:
    """Read ``model.json``."""
    try:
        return json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{folder}: holds no model.json: train the model first") from None
