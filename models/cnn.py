"""The main model: a small convolutional network over MFCC matrices (Keras on TensorFlow).

With ``architecture: pretrained`` its convolutions are those of `features.tagger`, learned elsewhere and kept, and only
the last layer is learned here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from features.store import FeatureSet
from features.tagger import STATISTICS as HEARD

from . import architectures
from .base import (
    ModelError,
    Validation,
    check_labels,
    check_range,
    genre_weights,
    read_settings,
    write_settings,
)
from .sampling import Sampler

EVALUATION_BATCH = 256


class CNN:
    """Convolutional network; several seeds can be trained and averaged.

    Parameters
    ----------
    genres : list of str
        Label order.
    seed : int
    architecture : {"two_view", "original", "pretrained"}
        ``pretrained`` reads the statistics of ``features.tagger``, the others the MFCC matrix.
    filters : sequence of int
        Widths of the convolutions (``two_view``).
    second_view : bool
        Also show the network the segment with each band's mean over time taken out.
    members : int
        Networks trained from different seeds, whose probabilities are averaged.
    epochs, samples_per_epoch, batch_size : int
        An epoch is a fixed number of sampled segments: more copies do not cost more time.
    learning_rate, weight_decay, label_smoothing : float
        AdamW with a cosine decay over all epochs.
    patience : int
        Epochs without a better validation loss after which training stops; best weights are kept. 0 trains all
        epochs and keeps the last weights. Without validation data all epochs are trained.
    auxiliary : float
        Weight of a second task in training: from the same embedding, predict the segment's summary statistics
        (mean squared error, standardised; ``two_view`` only). It asks the network for what is known to tell genres
        apart, rhythm and texture, and is dropped afterwards: the trained network reads the MFCC matrix alone.
        Statistics that tell of level or of the record's equalisation are left out of it.
    eq_db, shift_bands, tempo, mask_bands, mask_frames, mixup
        See :class:`models.sampling.Sampler`.
    """

    kind = "cnn"

    def __init__(
        self,
        genres: list[str],
        seed: int = 0,
        *,
        architecture: str = "two_view",
        filters: Sequence[int] = (24, 48, 64, 96),
        second_view: bool = True,
        members: int = 1,
        epochs: int = 30,
        samples_per_epoch: int = 2048,
        batch_size: int = 32,
        learning_rate: float = 2e-3,
        weight_decay: float = 1e-3,
        label_smoothing: float = 0.1,
        dropout: float = 0.3,
        patience: int = 0,
        auxiliary: float = 1.0,
        eq_db: float = 4.0,
        shift_bands: float = 1.0,
        tempo: float = 0.05,
        mask_bands: int = 4,
        mask_frames: int = 20,
        mixup: float = 0.2,
    ) -> None:
        if architecture not in architectures.ARCHITECTURES:
            raise ModelError(f"cnn.architecture={architecture!r} must be one of {list(architectures.ARCHITECTURES)}")
        if not 1 <= len(filters) <= 5 or any(not isinstance(f, int) or not 1 <= f <= 512 for f in filters):
            raise ModelError(f"cnn.filters={list(filters)} must be 1 to 5 whole numbers from 1 to 512")
        for name, value, low, high in (
            ("members", members, 1, 10),
            ("epochs", epochs, 1, 1000),
            ("samples_per_epoch", samples_per_epoch, 1, 1_000_000),
            ("batch_size", batch_size, 1, 1024),
            ("learning_rate", learning_rate, 1e-6, 1.0),
            ("weight_decay", weight_decay, 0.0, 1.0),
            ("label_smoothing", label_smoothing, 0.0, 0.9),
            ("dropout", dropout, 0.0, 0.9),
            ("patience", patience, 0, 1000),
            ("auxiliary", auxiliary, 0.0, 100.0),
            ("eq_db", eq_db, 0.0, 30.0),
            ("shift_bands", shift_bands, 0.0, 8.0),
            ("tempo", tempo, 0.0, 0.4),
            ("mask_bands", mask_bands, 0, 20),
            ("mask_frames", mask_frames, 0, 100),
            ("mixup", mixup, 0.0, 10.0),
        ):
            check_range("cnn", name, value, low, high)
        self.genres, self.seed = list(genres), seed
        self.settings: dict[str, Any] = {
            "architecture": architecture,
            "filters": list(filters),
            "second_view": second_view,
            "members": members,
            "epochs": epochs,
            "samples_per_epoch": samples_per_epoch,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            "weight_decay": weight_decay,
            "label_smoothing": label_smoothing,
            "dropout": dropout,
            "patience": patience,
            "auxiliary": auxiliary,
            "eq_db": eq_db,
            "shift_bands": shift_bands,
            "tempo": tempo,
            "mask_bands": mask_bands,
            "mask_frames": mask_frames,
            "mixup": mixup,
        }
        self.networks: list[Any] = []
        self.history: dict[str, list[float]] = {}

    @property
    def inputs(self) -> tuple[str, ...]:
        """The arrays of a :class:`FeatureSet` that the network reads."""
        return ("heard",) if self.settings["architecture"] == "pretrained" else ("mfcc",)

    def _read(self, features: FeatureSet) -> np.ndarray:
        """What the network is shown of each segment, float32 [n, ...]."""
        (name,) = self.inputs
        return np.ascontiguousarray(getattr(features, name), dtype=np.float32)

    def build(self, shape: tuple[int, int], kernel: np.ndarray | None = None, bias: np.ndarray | None = None) -> Any:
        """An untrained Keras network for MFCC matrices of ``shape`` (frames, coefficients).

        ``pretrained`` takes ``shape`` (statistics,), and their means and deviations as `kernel` and `bias`.
        """
        s = self.settings
        if s["architecture"] == "pretrained":
            n = shape[0]
            mean, std = (np.zeros(n), np.ones(n)) if kernel is None else (kernel, bias)
            return architectures.pretrained(mean, std, len(self.genres), dropout=s["dropout"])
        if s["architecture"] == "original":
            return architectures.original(shape, len(self.genres))
        if kernel is None or bias is None:
            kernel, bias = np.eye(shape[1], dtype=np.float32), np.zeros(shape[1], np.float32)
        return architectures.two_view(
            shape,
            len(self.genres),
            kernel,
            bias,
            filters=s["filters"],
            dropout=s["dropout"],
            second_view=s["second_view"],
        )

    def fit(
        self,
        features: FeatureSet,
        labels: np.ndarray,
        groups: np.ndarray | None = None,
        validation: Validation = None,
        progress: Callable[[str], None] | None = None,
    ) -> CNN:
        """Train all members; ``history`` keeps the first one's curves."""
        labels = check_labels("cnn", labels, self.genres)
        weight = genre_weights(labels, features.weight, len(self.genres))
        shown = self._read(features)
        kernel, bias = architectures.band_transform(shown) if shown.ndim == 3 else _moments(shown, weight)
        second_task = self._second_task(features, weight)
        self.networks = []
        for member in range(self.settings["members"]):
            network, history = self._train(
                shown, labels, weight, second_task, kernel, bias, validation, member, progress
            )
            self.networks.append(network)
            if member == 0:
                self.history = history
        return self

    def _second_task(self, features: FeatureSet, weight: np.ndarray) -> np.ndarray:
        """Standardised statistics to predict beside the genre, float32 [n, statistics]; no columns without one."""
        if not self.settings["auxiliary"] or self.settings["architecture"] != "two_view":
            return np.zeros((len(features), 0), np.float32)
        columns = [i for i, name in enumerate(features.statistics) if not _tells_of_the_record(name)]
        x = np.asarray(features.summary[:, columns], np.float64)
        mean, std = _moments(x, weight)
        return np.clip((x - mean) / std, -4.0, 4.0).astype(np.float32)

    def _train(self, shown, labels, weight, second_task, kernel, bias, validation, member, progress):
        import keras
        import tensorflow as tf

        s = self.settings
        seed = self.seed * 1000 + member
        keras.utils.set_random_seed(seed)
        tf.config.experimental.enable_op_determinism()
        # The original's wide convolutions take most of a study's time: bfloat16 products, where the processor has
        # them, halve it.
        halves = {"auto_mixed_precision_onednn_bfloat16": s["architecture"] == "original"}
        tf.config.optimizer.set_experimental_options(halves)
        network = self.build(shown.shape[1:], kernel, bias)
        steps = max(1, s["samples_per_epoch"] // s["batch_size"])
        schedule = keras.optimizers.schedules.CosineDecay(
            s["learning_rate"] / 10, s["epochs"] * steps, warmup_target=s["learning_rate"], warmup_steps=steps
        )
        n_genres, smooth = len(self.genres), s["label_smoothing"]
        trainee, losses, loss_weights = network, [keras.losses.CategoricalCrossentropy()], [1.0]
        if second_task.shape[1]:
            embedding = network.get_layer("embedding").output
            statistics = keras.layers.Dense(second_task.shape[1], name="statistics")(embedding)
            trainee = keras.Model(network.input, [network.output, statistics])
            losses, loss_weights = [*losses, keras.losses.MeanSquaredError()], [1.0, s["auxiliary"]]
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=s["weight_decay"], clipnorm=1.0)
        trainee.compile(optimizer=optimizer, loss=losses, loss_weights=loss_weights)
        targets = np.eye(n_genres, dtype=np.float32) * (1 - smooth) + smooth / n_genres
        sampler = Sampler(
            shown,
            np.concatenate((targets[labels], second_task), axis=1),
            weight,
            seed=seed,
            batch_size=s["batch_size"],
            **{name: s[name] for name in ("eq_db", "shift_bands", "tempo", "mask_bands", "mask_frames", "mixup")},
        )
        history: dict[str, list[float]] = {}
        best, best_loss, waited = None, np.inf, 0
        for epoch in range(s["epochs"]):
            started = time.monotonic()
            total = 0.0
            for x, t in sampler.batches(steps):
                wanted = [t[:, :n_genres], t[:, n_genres:]] if second_task.shape[1] else [t]
                total += float(np.ravel(trainee.train_on_batch(x, wanted, return_dict=False))[0])
                trainee.reset_metrics()
            row = {"loss": total / steps, "accuracy": _accuracy(network, shown, labels, weight)}
            if validation is not None:
                held, held_labels = validation
                row |= _validate(network, self._read(held), held_labels, n_genres)
                if row["val_loss"] < best_loss:
                    best, best_loss, waited = network.get_weights(), row["val_loss"], 0
                else:
                    waited += 1
            for name, number in row.items():
                history.setdefault(name, []).append(round(float(number), 6))
            if progress:
                text = "  ".join(f"{name} {number:.3f}" for name, number in row.items())
                progress(
                    f"member {member + 1}/{s['members']}  epoch {epoch + 1}/{s['epochs']}  {text}  "
                    f"{time.monotonic() - started:.1f} s"
                )
            if validation is not None and s["patience"] and waited >= s["patience"]:
                break
        if best is not None and s["patience"]:
            network.set_weights(best)
        return network, history

    def predict_proba(self, features: FeatureSet) -> np.ndarray:
        """Mean probability of the members, float32 [n, genres]."""
        if not self.networks:
            raise ModelError("cnn: not trained yet: call fit or load first")
        shown = self._read(features)
        return np.mean([_predict(network, shown) for network in self.networks], axis=0, dtype=np.float32)

    def save(self, folder: str | Path) -> None:
        """Write ``network-<member>.keras`` and ``model.json``."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for member, network in enumerate(self.networks):
            network.save(folder / f"network-{member}.keras")
        write_settings(folder, self.kind, self.genres, self.seed, self.settings, history=self.history)

    @classmethod
    def load(cls, folder: str | Path) -> CNN:
        """Inverse of :meth:`save`; Keras loads in safe mode, so no code of the file runs."""
        import keras

        folder = Path(folder)
        document = read_settings(folder)
        model = cls(document["genres"], document["seed"], **document["settings"])
        model.history = document["history"]
        model.networks = [
            keras.models.load_model(folder / f"network-{member}.keras", compile=False, safe_mode=True)
            for member in range(model.settings["members"])
        ]
        return model


def _predict(network: Any, shown: np.ndarray) -> np.ndarray:
    out = [
        np.asarray(network(shown[at : at + EVALUATION_BATCH], training=False))
        for at in range(0, len(shown), EVALUATION_BATCH)
    ]
    return np.concatenate(out) if out else np.zeros((0, network.output_shape[-1]), np.float32)


def _moments(x: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean and deviation of each column; the deviation of a constant one is 1."""
    mean = np.average(x, axis=0, weights=weight)
    std = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=weight))
    return mean, np.where(std > 1e-9, std, 1.0)


def _tells_of_the_record(statistic: str) -> bool:
    """Whether a statistic is one of level or equalisation, or of no use to the second task."""
    level = statistic.startswith("mfcc_") and statistic.endswith(("_mean", "_p10", "_p50", "_p90"))
    return level or statistic.startswith(("rms", "mfcc_correlation")) or statistic in HEARD


def _accuracy(network: Any, shown: np.ndarray, labels: np.ndarray, weight: np.ndarray, limit: int = 512) -> float:
    """Weighted accuracy on an even pick of the training segments as they are, without variations."""
    index = np.unique(np.linspace(0, len(shown) - 1, min(limit, len(shown))).astype(int))
    hit = _predict(network, shown[index]).argmax(axis=1) == labels[index]
    return float(np.average(hit, weights=weight[index]))


def _validate(network: Any, shown: np.ndarray, labels: np.ndarray, n_genres: int) -> dict[str, float]:
    """Loss and accuracy on validation, genres weighted equally."""
    p = _predict(network, shown)
    labels = np.asarray(labels)
    weight = genre_weights(labels, np.ones(len(labels)), n_genres)
    chosen = p[np.arange(len(labels)), labels]
    return {
        "val_loss": float(np.average(-np.log(np.maximum(chosen, 1e-7)), weights=weight)),
        "val_accuracy": float(np.average(p.argmax(axis=1) == labels, weights=weight)),
    }
