"""Gradient-boosted trees over summary statistics (XGBoost)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from features.store import FeatureSet

from .base import ModelError, Validation, check_labels, check_range, genre_weights, read_settings, write_settings
from .columns import chosen_columns


class XGB:
    """Boosted trees with a softmax over genres.

    Parameters
    ----------
    rounds : int
        Boosting rounds, each one tree a genre.
    max_depth, learning_rate, subsample, colsample, min_child_weight, reg_lambda
        As XGBoost's ``max_depth``, ``eta``, ``subsample``, ``colsample_bynode``, ``min_child_weight``, ``lambda``.
    early_stopping : int
        With validation data, stop after so many rounds without a better log loss; 0 never stops.
    leave_out : list of str
        Statistics whose names begin so are not used.
    threads : int
    """

    kind = "xgb"
    inputs = ("summary",)

    def __init__(
        self,
        genres: list[str],
        seed: int = 0,
        *,
        rounds: int = 250,
        max_depth: int = 3,
        learning_rate: float = 0.1,
        subsample: float = 0.7,
        colsample: float = 0.1,
        min_child_weight: float = 2.0,
        reg_lambda: float = 2.0,
        early_stopping: int = 50,
        leave_out: list[str] | tuple[str, ...] = (),
        threads: int = 2,
    ) -> None:
        for name, value, low, high in (
            ("rounds", rounds, 1, 10_000),
            ("max_depth", max_depth, 1, 12),
            ("learning_rate", learning_rate, 1e-4, 1.0),
            ("subsample", subsample, 0.05, 1.0),
            ("colsample", colsample, 0.005, 1.0),
            ("min_child_weight", min_child_weight, 0.0, 1000.0),
            ("reg_lambda", reg_lambda, 0.0, 1000.0),
            ("early_stopping", early_stopping, 0, 10_000),
            ("threads", threads, 1, 256),
        ):
            check_range("xgb", name, value, low, high)
        self.genres, self.seed = list(genres), seed
        self.settings = {
            "rounds": rounds,
            "max_depth": max_depth,
            "learning_rate": learning_rate,
            "subsample": subsample,
            "colsample": colsample,
            "min_child_weight": min_child_weight,
            "reg_lambda": reg_lambda,
            "early_stopping": early_stopping,
            "leave_out": list(leave_out),
            "threads": threads,
        }
        self.history: dict[str, list[float]] = {}
        self.statistics: list[str] = []
        self.columns: list[int] = []
        self.booster = None

    def fit(
        self, features: FeatureSet, labels: np.ndarray, groups: np.ndarray | None = None, validation: Validation = None
    ) -> XGB:
        """Boost; with validation data the best round is kept."""
        import xgboost

        s = self.settings
        labels = check_labels("xgb", labels, self.genres)
        weight = genre_weights(labels, features.weight, len(self.genres))
        self.columns = chosen_columns("xgb", features.statistics, s["leave_out"])
        self.statistics = [features.statistics[i] for i in self.columns]
        data = self._matrix(features, labels, weight)
        watched = [(data, "train")]
        if validation is not None:
            held, held_labels = validation
            held_labels = np.asarray(held_labels, np.int64)
            held_weight = genre_weights(held_labels, np.ones(len(held_labels)), len(self.genres))
            watched.append((self._matrix(held, held_labels, held_weight), "valid"))
        curves: dict[str, dict[str, list[float]]] = {}
        self.booster = xgboost.train(
            {
                "objective": "multi:softprob",
                "num_class": len(self.genres),
                "eval_metric": "mlogloss",
                "tree_method": "hist",
                "max_depth": s["max_depth"],
                "eta": s["learning_rate"],
                "subsample": s["subsample"],
                "colsample_bynode": s["colsample"],
                "min_child_weight": s["min_child_weight"],
                "lambda": s["reg_lambda"],
                "nthread": s["threads"],
                "seed": self.seed,
            },
            data,
            s["rounds"],
            evals=watched,
            early_stopping_rounds=s["early_stopping"] if s["early_stopping"] and validation is not None else None,
            evals_result=curves,
            verbose_eval=False,
        )
        if validation is not None and s["early_stopping"]:
            self.booster = self.booster[: self.booster.best_iteration + 1]
        names = {"train": "loss", "valid": "val_loss"}
        self.history = {names[part]: [round(v, 6) for v in c["mlogloss"]] for part, c in curves.items()}
        return self

    def _matrix(self, features: FeatureSet, labels: np.ndarray | None = None, weight: np.ndarray | None = None):
        import xgboost

        x = np.ascontiguousarray(features.summary[:, self.columns], dtype=np.float32)
        return xgboost.DMatrix(x, label=labels, weight=weight, nthread=self.settings["threads"])

    def predict_proba(self, features: FeatureSet) -> np.ndarray:
        """Softmax probabilities, float32 [n, genres]."""
        if self.booster is None:
            raise ModelError("xgb: not trained yet: call fit or load first")
        return self.booster.predict(self._matrix(features)).reshape(len(features), len(self.genres))

    def importance(self) -> dict[str, float]:
        """Share of the total gain of each statistic that a tree used, largest first."""
        gains = self.booster.get_score(importance_type="total_gain")
        total = sum(gains.values()) or 1.0
        named = {self.statistics[int(key[1:])]: gain / total for key, gain in gains.items()}
        return dict(sorted(named.items(), key=lambda item: -item[1]))

    def save(self, folder: str | Path) -> None:
        """Write ``xgb.ubj`` (XGBoost's own format) and ``model.json``."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.booster.save_model(folder / "xgb.ubj")
        write_settings(
            folder,
            self.kind,
            self.genres,
            self.seed,
            self.settings,
            columns=self.columns,
            statistics=self.statistics,
            history=self.history,
        )

    @classmethod
    def load(cls, folder: str | Path) -> XGB:
        """Inverse of :meth:`save`."""
        import xgboost

        folder = Path(folder)
        document = read_settings(folder)
        model = cls(document["genres"], document["seed"], **document["settings"])
        model.columns, model.statistics = document["columns"], document["statistics"]
        model.history = document["history"]
        model.booster = xgboost.Booster()
        model.booster.load_model(folder / "xgb.ubj")
        return model
