"""Gradient-boosted trees over summary statistics (XGBoost)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.rows import blocks
from features.store import FeatureSet
from models.base import Model, Validation, check_labels, genre_weights
from models.columns import chosen_columns
from models.errors import ModelError
from settings import field, settings

from . import stream

if TYPE_CHECKING:
    from models.graph import Graph

RANK = 30


@settings
class XGBSettings:
    """Gradient-boosted trees (XGBoost)."""

    rounds: int = field(250, "boosting rounds, each one tree a genre", low=1, high=10_000)
    max_depth: int = field(3, "of a tree", low=1, high=12)
    learning_rate: float = field(0.1, "XGBoost's eta", low=1e-4, high=1.0)
    subsample: float = field(0.7, "share of the rows that a tree sees", low=0.05, high=1.0)
    colsample: float = field(0.1, "share of the statistics that a split sees (colsample_bynode)", low=0.005, high=1.0)
    min_child_weight: float = field(2.0, "least weight in a leaf", low=0.0, high=1000.0)
    reg_lambda: float = field(2.0, "L2 penalty of the leaves", low=0.0, high=1000.0)
    early_stopping: int = field(
        50, "rounds without a better validation loss before stopping; 0 never stops", low=0, high=10_000
    )
    leave_out: tuple[str, ...] = field((), "statistics whose names begin so are not used")
    threads: int = field(2, "processor threads", low=1, high=256)


class XGB(Model):
    """Boosted trees with a softmax over genres."""

    kind = "xgb"
    label = "XGBoost"
    help = "gradient-boosted trees over the statistics"
    Settings = XGBSettings

    def __init__(self, genres: list[str], seed: int = 0, settings: XGBSettings | None = None) -> None:
        super().__init__(genres, seed, settings)
        self.statistics: list[str] = []
        self.columns: list[int] = []
        self.booster = None

    def fit(
        self, features: FeatureSet, labels: np.ndarray, groups: np.ndarray | None = None, validation: Validation = None
    ) -> XGB:
        """Boost; with validation data the best round is kept."""
        s = self.settings
        labels = check_labels("xgb", labels, self.genres)
        weight = genre_weights(labels, features.weight, len(self.genres))
        self.columns = chosen_columns("xgb", features.statistics, s.leave_out)
        self.statistics = [features.statistics[i] for i in self.columns]
        parts = [stream.Part("train", features.summary, labels, weight)]
        if validation is not None:
            held, held_labels = validation
            held_labels = np.asarray(held_labels, np.int64)
            held_weight = genre_weights(held_labels, np.ones(len(held_labels)), len(self.genres))
            parts.append(stream.Part("valid", held.summary, held_labels, held_weight))
        stops = s.early_stopping if s.early_stopping and validation is not None else None
        self.booster, curves = stream.train(self._parameters(), parts, self.columns, rounds=s.rounds, stops=stops)
        if stops:
            self.booster = self.booster[: self.booster.best_iteration + 1]
        names = {"train": "loss", "valid": "val_loss"}
        self.history = {names[part]: [round(v, 6) for v in c["mlogloss"]] for part, c in curves.items()}
        return self

    def _parameters(self) -> dict[str, Any]:
        """As XGBoost calls them."""
        s = self.settings
        return {
            "objective": "multi:softprob",
            "num_class": len(self.genres),
            "eval_metric": "mlogloss",
            "tree_method": "hist",
            "max_depth": s.max_depth,
            "eta": s.learning_rate,
            "subsample": s.subsample,
            "colsample_bynode": s.colsample,
            "min_child_weight": s.min_child_weight,
            "lambda": s.reg_lambda,
            "nthread": s.threads,
            "seed": self.seed,
        }

    def predict_proba(self, features: FeatureSet) -> np.ndarray:
        """Softmax probabilities, float32 [n, genres]."""
        if self.booster is None:
            raise ModelError("xgb: not trained yet: call fit or load first")
        found = [
            self.booster.predict(stream.matrix(block, self.columns, nthread=self.settings.threads))
            for block in blocks(features.summary)
        ]
        return np.concatenate(found).reshape(len(features), len(self.genres)) if found else self._nothing()

    def _nothing(self) -> np.ndarray:
        return np.zeros((0, len(self.genres)), np.float32)

    def importance(self) -> dict[str, float]:
        """Share of the total gain of each statistic that a tree used, largest first."""
        gains = self.booster.get_score(importance_type="total_gain")
        total = sum(gains.values()) or 1.0
        named = {self.statistics[int(key[1:])]: gain / total for key, gain in gains.items()}
        return dict(sorted(named.items(), key=lambda item: -item[1]))

    def grow(self, graph: Graph, given: dict[str, str]) -> str:
        """The trees as onnxmltools writes them."""
        from onnxmltools import convert_xgboost
        from onnxmltools.convert.common.data_types import FloatTensorType
        from xgboost import XGBClassifier

        from models.graph import inline

        classifier = XGBClassifier()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "xgb.ubj"
            self.booster.save_model(path)
            classifier.load_model(path)
        classifier.n_classes_ = len(self.genres)
        columns = FloatTensorType([None, len(self.columns)])
        converted = convert_xgboost(classifier, initial_types=[("summary", columns)], target_opset=15)
        x = graph.op("Gather", given["summary"], np.asarray(self.columns, np.int64), axis=1)
        return inline(graph, converted, {"summary": x}, "probabilities")

    def write(self, folder: Path) -> dict[str, Any]:
        """``xgb.ubj``, XGBoost's own format."""
        (folder / "xgb.ubj").write_bytes(self.booster.save_raw("ubj"))  # a full disk is an OSError that names the file
        return {"columns": self.columns, "statistics": self.statistics, "history": self.history}

    def read(self, folder: Path, document: dict[str, Any]) -> None:
        """Inverse of :meth:`write`."""
        import xgboost

        self.columns, self.statistics = document["columns"], document["statistics"]
        self.booster = xgboost.Booster()
        self.booster.load_model(folder / "xgb.ubj")


MODEL = XGB
