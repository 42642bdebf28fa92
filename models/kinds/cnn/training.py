"""Training of one network: AdamW over sampled batches, with an auxiliary loss where there are targets for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.base import genre_weights

from .sampling import Sampler

if TYPE_CHECKING:
    from . import CNNSettings

EVALUATION_BATCH = 256
_VARIATIONS = ("eq_db", "shift_bands", "tempo", "mask_bands", "mask_frames", "mixup")

Held = tuple[np.ndarray, np.ndarray] | None


@dataclass(frozen=True)
class Data:
    """What a network learns from.

    Attributes
    ----------
    shown : float32 [n, ...]
        What it is shown of each segment.
    labels : int64 [n]
    weight : float64 [n]
        Of each segment, genres balanced.
    auxiliary : float32 [n, statistics]
        Targets of the auxiliary loss; no columns without one.
    n_genres : int
    """

    shown: np.ndarray
    labels: np.ndarray
    weight: np.ndarray
    auxiliary: np.ndarray
    n_genres: int

    def targets(self, smoothing: float) -> np.ndarray:
        """Smoothed genres, then the auxiliary targets, float32 [n, genres + statistics]."""
        genres = np.eye(self.n_genres, dtype=np.float32) * (1 - smoothing) + smoothing / self.n_genres
        return np.concatenate((genres[self.labels], self.auxiliary), axis=1)


def begin(seed: int, *, bfloat16: bool) -> None:
    """Set every source of chance, and let names of layers start anew: same seed, same bytes.

    The original's wide convolutions take most of a study's time: bfloat16 products, where the processor has them,
    halve it.
    """
    import keras
    import tensorflow as tf

    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": bfloat16})


def train(network: Any, data: Data, held: Held, *, settings: CNNSettings, seed: int) -> dict[str, list[float]]:
    """Train a network in place; returns its curves.

    Parameters
    ----------
    network : keras.Model
        With a layer ``embedding`` where there are auxiliary targets.
    data : Data
    held : (np.ndarray, np.ndarray), optional
        Validation segments and their labels; with ``patience`` the best epoch's weights are kept.
    settings : CNNSettings
    seed : int
    """
    s, n_genres = settings, data.n_genres
    steps = max(1, s.samples_per_epoch // s.batch_size)
    trainee = _compiled(network, data, s, steps)
    varied = {name: getattr(s, name) for name in _VARIATIONS}
    targets = data.targets(s.label_smoothing)
    sampler = Sampler(data.shown, targets, data.weight, seed=seed, batch_size=s.batch_size, **varied)
    history: dict[str, list[float]] = {}
    best, best_loss, waited = None, np.inf, 0
    for _ in range(s.epochs):
        total = 0.0
        for x, t in sampler.batches(steps):
            wanted = [t[:, :n_genres], t[:, n_genres:]] if data.auxiliary.shape[1] else [t]
            total += float(np.ravel(trainee.train_on_batch(x, wanted, return_dict=False))[0])
            trainee.reset_metrics()
        row = {"loss": total / steps, "accuracy": _accuracy(network, data)}
        if held is not None:
            row |= _validate(network, *held, n_genres)
            if row["val_loss"] < best_loss:
                best, best_loss, waited = network.get_weights(), row["val_loss"], 0
            else:
                waited += 1
        for name, number in row.items():
            history.setdefault(name, []).append(round(float(number), 6))
        if held is not None and s.patience and waited >= s.patience:
            break
    if best is not None and s.patience:
        network.set_weights(best)
    return history


def _compiled(network: Any, data: Data, s: CNNSettings, steps: int) -> Any:
    """The network with its losses and its optimiser."""
    import keras

    schedule = keras.optimizers.schedules.CosineDecay(
        s.learning_rate / 10, s.epochs * steps, warmup_target=s.learning_rate, warmup_steps=steps
    )
    trainee, losses, weights = network, [keras.losses.CategoricalCrossentropy()], [1.0]
    if data.auxiliary.shape[1]:
        embedding = network.get_layer("embedding").output
        statistics = keras.layers.Dense(data.auxiliary.shape[1], name="statistics")(embedding)
        trainee = keras.Model(network.input, [network.output, statistics])
        losses, weights = [*losses, keras.losses.MeanSquaredError()], [1.0, s.auxiliary_loss]
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=s.weight_decay, clipnorm=1.0)
    trainee.compile(optimizer=optimizer, loss=losses, loss_weights=weights)
    return trainee


def predict(network: Any, shown: np.ndarray) -> np.ndarray:
    """Probabilities, float32 [n, genres]."""
    out = [
        np.asarray(network(shown[at : at + EVALUATION_BATCH], training=False))
        for at in range(0, len(shown), EVALUATION_BATCH)
    ]
    return np.concatenate(out) if out else np.zeros((0, network.output_shape[-1]), np.float32)


def _accuracy(network: Any, data: Data, limit: int = 512) -> float:
    """Weighted accuracy on an even pick of the training segments as they are, without variations."""
    index = np.unique(np.linspace(0, len(data.shown) - 1, min(limit, len(data.shown))).astype(int))
    hit = predict(network, data.shown[index]).argmax(axis=1) == data.labels[index]
    return float(np.average(hit, weights=data.weight[index]))


def _validate(network: Any, shown: np.ndarray, labels: np.ndarray, n_genres: int) -> dict[str, float]:
    """Loss and accuracy on validation, genres weighted equally."""
    p = predict(network, shown)
    weight = genre_weights(labels, np.ones(len(labels)), n_genres)
    chosen = p[np.arange(len(labels)), labels]
    return {
        "val_loss": float(np.average(-np.log(np.maximum(chosen, 1e-7)), weights=weight)),
        "val_accuracy": float(np.average(p.argmax(axis=1) == labels, weights=weight)),
    }
