"""Support vector machine with an RBF kernel over summary statistics (trained by scikit-learn)."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np

from features.store import FeatureSet

from .base import ModelError, Validation, check_labels, check_range, genre_weights, read_settings, write_settings
from .columns import chosen_columns


class SVM:
    """One-against-one RBF machines, their decisions coupled into probabilities.

    Parameters
    ----------
    C : float
        Cost of an error; samples are weighted so that genres count the same.
    gamma : float
        Kernel width in units of 1 / number of statistics.
    clip : float
        Standardised statistics are held within this many deviations.
    slope : float
        A pair's decision d says probability 1 / (1 + exp(-slope * d)); a genre's score is the mean logarithm of
        its pairs' probabilities (the product rule of pairwise coupling, Hastie and Tibshirani 1998), and
        probabilities are the softmax of ``sharpness`` times the scores. Calibration on validation follows.
    sharpness : float
    leave_out : list of str
        Statistics whose names begin so are not used.
    """

    kind = "svm"
    inputs = ("summary",)

    def __init__(
        self,
        genres: list[str],
        seed: int = 0,
        *,
        C: float = 3.0,
        gamma: float = 0.3,
        clip: float = 4.0,
        slope: float = 3.0,
        sharpness: float = 2.0,
        leave_out: list[str] | tuple[str, ...] = ("mfcc_correlation",),
    ) -> None:
        for name, value, low, high in (
            ("C", C, 1e-4, 1e6),
            ("gamma", gamma, 1e-4, 1e3),
            ("clip", clip, 1.0, 100.0),
            ("slope", slope, 0.1, 20.0),
            ("sharpness", sharpness, 0.01, 100.0),
        ):
            check_range("svm", name, value, low, high)
        self.genres, self.seed = list(genres), seed
        self.settings = {
            "C": C,
            "gamma": gamma,
            "clip": clip,
            "slope": slope,
            "sharpness": sharpness,
            "leave_out": list(leave_out),
        }
        self.history: dict[str, list[float]] = {}
        self.arrays: dict[str, np.ndarray] = {}

    def fit(
        self, features: FeatureSet, labels: np.ndarray, groups: np.ndarray | None = None, validation: Validation = None
    ) -> SVM:
        """Standardise by the weighted training segments and train every pair of genres; validation is not used."""
        from sklearn.svm import SVC

        labels = check_labels("svm", labels, self.genres)
        weight = genre_weights(labels, features.weight, len(self.genres))
        columns = chosen_columns("svm", features.statistics, self.settings["leave_out"])
        x = np.asarray(features.summary[:, columns], np.float64)
        mean = np.average(x, axis=0, weights=weight)
        scale = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=weight))
        scale = np.where(scale > 1e-9, scale, 1.0)
        gamma = self.settings["gamma"] / len(columns)
        clip = self.settings["clip"]
        machine = SVC(C=self.settings["C"], gamma=gamma, decision_function_shape="ovo", cache_size=500)
        machine.fit(np.clip((x - mean) / scale, -clip, clip), labels, weight)
        self.arrays = {
            "columns": np.asarray(columns, np.int64),
            "mean": mean.astype(np.float32),
            "scale": scale.astype(np.float32),
            # Half precision halves the file; answers on both sides come from these very numbers.
            "support": machine.support_vectors_.astype(np.float16),
            "weights": _pair_weights(machine).astype(np.float32),
            "intercept": machine.intercept_.astype(np.float32) * (-1 if len(self.genres) == 2 else 1),
        }
        return self

    def predict_proba(self, features: FeatureSet) -> np.ndarray:
        """Coupled probabilities, float32 [n, genres]."""
        if not self.arrays:
            raise ModelError("svm: not trained yet: call fit or load first")
        a, s = self.arrays, self.settings
        x = (np.asarray(features.summary[:, a["columns"]], np.float32) - a["mean"]) / a["scale"]
        x = np.clip(x, -s["clip"], s["clip"])
        support = a["support"].astype(np.float32)
        square = (x * x).sum(axis=1)[:, None] + (support**2).sum(axis=1) - 2.0 * (x @ support.T)
        kernel = np.exp(-s["gamma"] / len(a["columns"]) * np.maximum(square, 0.0))
        decision = kernel @ a["weights"] + a["intercept"]
        for_first = -np.logaddexp(0.0, -s["slope"] * decision)
        for_second = -np.logaddexp(0.0, s["slope"] * decision)
        first, second = pair_columns(len(self.genres))
        score = (for_first @ first + for_second @ second) * (s["sharpness"] / (len(self.genres) - 1))
        score -= score.max(axis=1, keepdims=True)
        p = np.exp(score)
        return (p / p.sum(axis=1, keepdims=True)).astype(np.float32)

    def save(self, folder: str | Path) -> None:
        """Write ``svm.npz`` (plain arrays) and ``model.json``."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / "svm.npz", **self.arrays)
        write_settings(folder, self.kind, self.genres, self.seed, self.settings)

    @classmethod
    def load(cls, folder: str | Path) -> SVM:
        """Inverse of :meth:`save`."""
        folder = Path(folder)
        document = read_settings(folder)
        model = cls(document["genres"], document["seed"], **document["settings"])
        with np.load(folder / "svm.npz", allow_pickle=False) as stored:
            model.arrays = dict(stored)
        return model


def pair_columns(n_genres: int) -> tuple[np.ndarray, np.ndarray]:
    """Which genre is first and which second in each pair, float32 [pairs, genres] each."""
    pairs = list(combinations(range(n_genres), 2))
    first, second = np.zeros((2, len(pairs), n_genres), np.float32)
    for row, (a, b) in enumerate(pairs):
        first[row, a] = second[row, b] = 1.0
    return first, second


def _pair_weights(machine) -> np.ndarray:
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
