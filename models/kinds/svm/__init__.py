"""Support vector machine with an RBF kernel over summary statistics (trained by scikit-learn)."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.rows import MEMORY_ROWS, Rows, blocks
from features.store import FeatureSet
from models.base import Model, Validation, check_labels, genre_weights, moments, streamed_moments
from models.columns import chosen_columns
from models.components import principal
from models.errors import ModelError
from settings import field, settings

from . import approximate

if TYPE_CHECKING:
    from models.graph import Graph

RANK = 20


@settings
class SVMSettings:
    """Support vector machine: a pair's decision d says probability 1 / (1 + exp(-slope * d)); a genre's score is the
    mean logarithm of its pairs' probabilities (the product rule of pairwise coupling, Hastie and Tibshirani 1998), and
    probabilities are the softmax of ``sharpness`` times the scores. Calibration on validation follows."""

    C: float = field(3.0, "cost of an error; samples are weighted so that genres count the same", low=1e-4, high=1e6)
    gamma: float = field(0.3, "width of the kernel, in units of 1 / number of statistics", low=1e-4, high=1e3)
    clip: float = field(4.0, "standardised statistics are held within so many deviations", low=1.0, high=100.0)
    slope: float = field(3.0, "of a pair's probability over its decision", low=0.1, high=20.0)
    sharpness: float = field(2.0, "of the probabilities over the scores", low=0.01, high=100.0)
    leave_out: tuple[str, ...] = field(("mfcc_correlation",), "statistics whose names begin so are not used")
    components: int = field(
        0, "principal components that the kernel is taken over; 0 takes the statistics themselves", low=0, high=9999
    )
    exact_up_to: int = field(
        20_000, "training segments; more are fitted approximately, over `landmarks`", low=0, high=1_000_000
    )
    landmarks: int = field(2000, "support points of the approximation (Nyström)", low=10, high=20_000)


class SVM(Model):
    """One-against-one RBF machines, their decisions coupled into probabilities."""

    kind = "svm"
    label = "SVM"
    help = "support vector machine with an RBF kernel over the statistics"
    Settings = SVMSettings

    def __init__(self, genres: list[str], seed: int = 0, settings: SVMSettings | None = None) -> None:
        super().__init__(genres, seed, settings)
        self.arrays: dict[str, np.ndarray] = {}
        self.exact = True

    @property
    def told(self) -> dict[str, str]:
        """Whether it is an approximation."""
        return {} if self.exact else {"fit": f"approximate, over {len(self.arrays['support'])} landmarks"}

    def fit(
        self, features: FeatureSet, labels: np.ndarray, groups: np.ndarray | None = None, validation: Validation = None
    ) -> SVM:
        """Standardise by the weighted training segments and train every pair of genres; validation is not used."""
        s, labels = self.settings, check_labels("svm", labels, self.genres)
        weight = genre_weights(labels, features.weight, len(self.genres))
        columns = chosen_columns("svm", features.statistics, s.leave_out)
        self.exact = len(labels) <= s.exact_up_to
        if self.exact:
            self._fit_exactly(features, labels, weight, columns)
        else:
            self._fit_nearly(features, labels, weight, columns)
        return self

    def _fit_exactly(self, features: FeatureSet, labels: np.ndarray, weight: np.ndarray, columns: list[int]) -> None:
        from sklearn.svm import SVC

        s = self.settings
        x = np.asarray(features.summary[:, columns], np.float64)
        mean, scale = moments(x, weight)
        x = np.clip((x - mean) / scale, -s.clip, s.clip)
        reduced = {}
        if s.components:
            basis, offset = principal(x, weight, s.components)
            x, reduced = x @ basis - offset, {"basis": basis.astype(np.float16), "offset": offset}
        machine = SVC(C=s.C, gamma=s.gamma / x.shape[1], decision_function_shape="ovo", cache_size=500)
        machine.fit(x, labels, weight)
        self.arrays = {
            **reduced,
            "columns": np.asarray(columns, np.int64),
            "mean": mean.astype(np.float32),
            "scale": scale.astype(np.float32),
            # Half precision halves the file; answers on both sides come from these very numbers.
            "support": machine.support_vectors_.astype(np.float16),
            "weights": _pair_weights(machine).astype(np.float32),
            "intercept": machine.intercept_.astype(np.float32) * (-1 if len(self.genres) == 2 else 1),
        }

    def _fit_nearly(self, features: FeatureSet, labels: np.ndarray, weight: np.ndarray, columns: list[int]) -> None:
        """As `models.kinds.svm.approximate` says; components are those of the rows that the landmarks come from."""
        s, rows = self.settings, features.summary
        if isinstance(rows, Rows):
            mean, scale = streamed_moments(rows.columns(columns), weight)
        else:
            mean, scale = moments(np.asarray(rows[:, columns], np.float64), weight)

        def standard(index: np.ndarray) -> np.ndarray:
            return np.clip((rows[index][:, columns] - mean) / scale, -s.clip, s.clip)

        read, reduced = standard, {}
        if s.components:
            some = approximate.draw(weight, MEMORY_ROWS, self.seed)
            basis, offset = principal(standard(some), weight[some], s.components)
            reduced = {"basis": basis.astype(np.float16), "offset": offset}

            def read(index: np.ndarray) -> np.ndarray:
                return standard(index) @ basis - offset

        width = len(reduced["offset"]) if reduced else len(columns)
        given = {"n_genres": len(self.genres), "landmarks": s.landmarks, "gamma": s.gamma / width, "C": s.C}
        support, weights, intercept = approximate.fit(read, labels, weight, **given, seed=self.seed)
        self.arrays = {
            **reduced,
            "columns": np.asarray(columns, np.int64),
            "mean": mean.astype(np.float32),
            "scale": scale.astype(np.float32),
            "support": support.astype(np.float16),
            "weights": weights.astype(np.float32),
            "intercept": intercept.astype(np.float32),
        }

    def predict_proba(self, features: FeatureSet) -> np.ndarray:
        """Coupled probabilities, float32 [n, genres]."""
        if not self.arrays:
            raise ModelError("svm: not trained yet: call fit or load first")
        found = [self._answer(block) for block in blocks(features.summary)]
        return np.concatenate(found) if found else np.zeros((0, len(self.genres)), np.float32)

    def _answer(self, summary: np.ndarray) -> np.ndarray:
        a, s = self.arrays, self.settings
        x = (np.asarray(summary[:, a["columns"]], np.float32) - a["mean"]) / a["scale"]
        x = np.clip(x, -s.clip, s.clip)
        if "basis" in a:
            x = x @ a["basis"].astype(np.float32) - a["offset"]
        support = a["support"].astype(np.float32)
        square = (x * x).sum(axis=1)[:, None] + (support**2).sum(axis=1) - 2.0 * (x @ support.T)
        kernel = np.exp(-s.gamma / support.shape[1] * np.maximum(square, 0.0))
        decision = kernel @ a["weights"] + a["intercept"]
        for_first = -np.logaddexp(0.0, -s.slope * decision)
        for_second = -np.logaddexp(0.0, s.slope * decision)
        first, second = pair_columns(len(self.genres))
        score = (for_first @ first + for_second @ second) * (s.sharpness / (len(self.genres) - 1))
        score -= score.max(axis=1, keepdims=True)
        p = np.exp(score)
        return (p / p.sum(axis=1, keepdims=True)).astype(np.float32)

    def grow(self, graph: Graph, given: dict[str, str]) -> str:
        """As :meth:`predict_proba`, operation by operation."""
        g, a, s = graph, self.arrays, self.settings
        x = g.op("Gather", given["summary"], a["columns"], axis=1)
        x = g.op("Clip", g.div(g.sub(x, a["mean"]), a["scale"]), -s.clip, s.clip)
        if "basis" in a:
            x = g.sub(g.matmul(x, g.halves(a["basis"].astype(np.float32))), a["offset"])
        support = a["support"].astype(np.float32)
        square = g.add(g.op("ReduceSumSquare", x, [1], keepdims=1), (support**2).sum(axis=1))
        stored = g.halves(np.ascontiguousarray(a["support"].T))
        distance = g.op("Relu", g.sub(square, g.mul(g.matmul(x, stored), 2.0)))
        kernel = g.op("Exp", g.mul(distance, float(-s.gamma / support.shape[1])))
        decision = g.add(g.matmul(kernel, a["weights"]), a["intercept"])
        first, second = pair_columns(len(self.genres))
        sharpness = np.float32(s.sharpness / (len(self.genres) - 1))
        for_first = g.op("Neg", g.op("Softplus", g.mul(decision, float(-s.slope))))
        for_second = g.op("Neg", g.op("Softplus", g.mul(decision, float(s.slope))))
        score = g.add(g.matmul(for_first, first * sharpness), g.matmul(for_second, second * sharpness))
        return g.op("Softmax", score, axis=1)

    def write(self, folder: Path) -> dict[str, Any]:
        """``svm.npz``: plain arrays."""
        np.savez(folder / "svm.npz", **self.arrays)
        return self.told

    def read(self, folder: Path, document: dict[str, Any]) -> None:
        """Inverse of :meth:`write`."""
        with np.load(folder / "svm.npz", allow_pickle=False) as stored:
            self.arrays = dict(stored)
        self.exact = "fit" not in document


MODEL = SVM


def pair_columns(n_genres: int) -> tuple[np.ndarray, np.ndarray]:
    """Which genre is first and which second in each pair, float32 [pairs, genres] each."""
    pairs = list(combinations(range(n_genres), 2))
    first, second = np.zeros((2, len(pairs), n_genres), np.float32)
    for row, (a, b) in enumerate(pairs):
        first[row, a] = second[row, b] = 1.0
    return first, second


def _pair_weights(machine: Any) -> np.ndarray:
    """Weight of each support vector in each pair's decision, [vectors, pairs].

    libsvm keeps, for a vector of genre i, its coefficient against genre j in row j - 1 (j > i) or j (j < i).
    """
    n = len(machine.n_support_)
    ends = np.cumsum(machine.n_support_)
    rows = [slice(end - count, end) for end, count in zip(ends, machine.n_support_, strict=True)]
    dual = machine.dual_coef_
    out = np.zeros((dual.shape[1], n * (n - 1) // 2))
    for pair, (i, j) in enumerate(combinations(range(n), 2)):
        out[rows[i], pair] = dual[j - 1, rows[i]]
        out[rows[j], pair] = dual[i, rows[j]]
    return -out if n == 2 else out
