"""What every model shares: labels, seeds, settings, and a folder that is saved whole."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from features.rows import Rows
from features.store import FeatureSet
from settings import SettingError, asdict

from .errors import ModelError

if TYPE_CHECKING:
    from .graph import Graph

Validation = tuple[FeatureSet, np.ndarray] | None


class Model:
    """The one interface of all models; a kind fills it in (``models/kinds/<kind>/``).

    Parameters
    ----------
    genres : list of str
        Label order.
    seed : int
    settings : object, optional
        Of the class's ``Settings``; its defaults where none are given.

    Attributes
    ----------
    kind, label, help : str
        Its name, what pictures call it, and what it is in a line.
    inputs : tuple of str
        The arrays of a :class:`FeatureSet` that it reads: ``mfcc``, ``summary``, ``embedding``.
    embedding_width : int
        How many statistics of taggers it reads, where its inputs name ``embedding``.
    taught_by : str
        The ``features.tagger`` that it learned to predict and does not read; empty where there was none.
    combines : bool
        Whether it is made of trained models instead of learning from features.
    renamed : dict of str to str
        Settings that older saved models call otherwise, old name to new.
    history : dict of str to list of float
        Training curves by name, where there are any.
    told : dict of str to str
        What a report should say of how it was fitted; empty where that goes without saying.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    help: ClassVar[str]
    Settings: ClassVar[Any]
    combines: ClassVar[bool] = False
    renamed: ClassVar[dict[str, str]] = {}
    inputs: tuple[str, ...] = ("summary",)
    embedding_width: int = 0
    taught_by: str = ""

    def __init__(self, genres: list[str], seed: int = 0, settings: Any = None) -> None:
        self.genres, self.seed = list(genres), seed
        self.settings = settings if settings is not None else self.Settings()
        self.history: dict[str, list[float]] = {}

    @property
    def told(self) -> dict[str, str]:
        return {}

    def fit(
        self, features: FeatureSet, labels: np.ndarray, groups: np.ndarray | None = None, validation: Validation = None
    ) -> Self:
        """Learn from segments; labels are positions in ``genres``, groups must not be parted."""
        raise NotImplementedError

    def predict_proba(self, features: FeatureSet) -> np.ndarray:
        """Probabilities, float32 [n, genres]."""
        raise NotImplementedError

    def grow(self, graph: Graph, given: dict[str, str]) -> str:
        """Its ONNX form: add the trained model to a graph.

        Parameters
        ----------
        graph : Graph
        given : dict of str to str
            The values that ``inputs`` name: ``mfcc`` [n, frames, coefficients], ``summary`` [n, statistics],
            ``embedding`` [n, the tagger's statistics].

        Returns
        -------
        str
            Probabilities, float32 [n, genres].
        """
        raise ModelError(f"{self.kind}: cannot be written as an ONNX graph: its class has no grow()")

    def write(self, folder: Path) -> dict[str, Any]:
        """Write what was learned; returns what ``model.json`` is to hold beside the settings."""
        raise NotImplementedError

    def read(self, folder: Path, document: dict[str, Any]) -> None:
        """Inverse of :meth:`write`."""
        raise NotImplementedError

    def take(self, members: dict[str, Model]) -> None:
        """Be made of these trained models."""
        raise ModelError(f"{self.kind}: is not made of other models, and was given {', '.join(members)}")

    @classmethod
    def settings_from(cls, given: dict[str, Any]) -> Any:
        """Its settings from plain values; what does not fit is refused as ``<kind>.<name>``."""
        try:
            return cls.Settings(**given)
        except SettingError as error:
            raise ModelError(f"{cls.kind}.{error}") from None

    def save(self, folder: str | Path) -> None:
        """Write all that :func:`models.load` needs; ``model.json``, written last, makes a folder a model."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        more = self.write(folder)
        document = {"kind": self.kind, "genres": self.genres, "seed": self.seed, "settings": asdict(self.settings)}
        (folder / "model.json").write_text(json.dumps(document | more, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Inverse of :meth:`save`."""
        folder = Path(folder)
        document = read_document(folder)
        given = {cls.renamed.get(name, name): value for name, value in document["settings"].items()}
        model = cls(document["genres"], document["seed"], cls.settings_from(given))
        model.history = document.get("history", {})
        model.read(folder, document)
        return model


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


def streamed_moments(rows: Rows, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `moments`, in two readings of rows that are too many for memory."""

    def mean_of(what: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        total, at = np.zeros(rows.shape[1]), 0
        for block in rows.blocks():
            total += weight[at : at + len(block)] @ what(np.asarray(block, np.float64))
            at += len(block)
        return total / weight.sum()

    mean = mean_of(lambda x: x)
    std = np.sqrt(mean_of(lambda x: (x - mean) ** 2))
    return mean, np.where(std > 1e-9, std, 1.0)


def moments(x: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean and deviation of each column; the deviation of a constant one is 1."""
    mean = np.average(x, axis=0, weights=weight)
    std = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=weight))
    return mean, np.where(std > 1e-9, std, 1.0)


def read_document(folder: Path) -> dict[str, Any]:
    """Read ``model.json``."""
    try:
        return json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{folder}: holds no model.json: train the model first") from None


def write_bytes(path: Path, data: bytes) -> None:
    """Write whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(data)
    os.replace(temporary, path)
