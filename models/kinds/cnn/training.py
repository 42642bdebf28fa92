"""Training of one network: AdamW over sampled batches, with an auxiliary loss where there are targets for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.rows import Rows, streamed
from models.base import genre_weights

from . import stream
from .sampling import Sampler
from .stream import Standardised, Targets

if TYPE_CHECKING:
    from . import CNNSettings

EVALUATION_BATCH = 256
SEEN = 512  # training segments whose accuracy is told after each epoch
_VARIATIONS = ("eq_db", "shift_bands", "tempo", "mask_bands", "mask_frames", "mixup")

Held = tuple[np.ndarray | Rows, np.ndarray] | None


@dataclass(frozen=True)
class Data:
    """What a network learns from.

    Attributes
    ----------
    shown : float32 [n, ...]
        What it is shown of each segment; `Rows` where it is too much for memory.
    labels : int64 [n]
    weight : float64 [n]
        Of each segment, genres balanced.
    auxiliary : float32 [n, statistics]
        Targets of the auxiliary loss; no columns without one.
    n_genres : int
    """

    shown: np.ndarray | Rows
    labels: np.ndarray
    weight: np.ndarray
    auxiliary: np.ndarray | Standardised
    n_genres: int

    def targets(self, smoothing: float) -> np.ndarray | Targets:
        """Smoothed genres, then the auxiliary targets, float32 [n, genres + statistics]."""
        genres = np.eye(self.n_genres, dtype=np.float32) * (1 - smoothing) + smoothing / self.n_genres
        if isinstance(self.auxiliary, Standardised):
            return Targets(genres, self.labels, self.auxiliary)
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
    held : (float32 [n, ...], int64 [n]), optional
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
        row = {"loss": _epoch(trainee, sampler, data, steps), "accuracy": _accuracy(network, data)}
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


def _epoch(trainee: Any, sampler: Sampler, data: Data, steps: int) -> float:
    """Learn from one epoch's batches; their mean loss."""
    widths = (data.n_genres, data.auxiliary.shape[1])
    if len(devices()) > 1:  # Keras gives each device its share of a batch
        batches = stream.ahead(sampler, steps, widths, data.shown.shape[1:])
        told = trainee.fit(batches, steps_per_epoch=steps, shuffle=False, verbose=0)
        return float(told.history["loss"][0])
    total = 0.0
    for x, wanted in _batches(sampler, steps, widths, data.shown):
        total += float(np.ravel(trainee.train_on_batch(x, wanted, return_dict=False))[0])
        trainee.reset_metrics()
    return total / steps


def _batches(sampler: Sampler, steps: int, widths: tuple[int, int], shown: np.ndarray | Rows) -> Iterator[tuple]:
    """Batches and what is wanted of them, a list."""
    if streamed(shown):
        for x, t in stream.ahead(sampler, steps, widths, shown.shape[1:]):
            yield x, [*t] if widths[1] else [t]
        return
    for x, t in sampler.batches(steps):
        yield x, [t[:, : widths[0]], t[:, widths[0] :]] if widths[1] else [t]


def devices() -> list[str]:
    """The GPUs that this process sees; with two or more, each learns from its share of every batch."""
    import tensorflow as tf

    return [device.name for device in tf.config.list_logical_devices("GPU")]


@contextmanager
def shared() -> Iterator[None]:
    """What is built and compiled inside stands on all devices, where there are several (synchronous, mirrored)."""
    names = devices()
    if len(names) < 2:
        yield
        return
    import tensorflow as tf

    with tf.distribute.MirroredStrategy(names).scope():
        yield


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


def predict(network: Any, shown: np.ndarray | Rows) -> np.ndarray:
    """Probabilities, float32 [n, genres]."""
    out = [
        np.asarray(network(shown[at : at + EVALUATION_BATCH], training=False))
        for at in range(0, len(shown), EVALUATION_BATCH)
    ]
    return np.concatenate(out) if out else np.zeros((0, network.output_shape[-1]), np.float32)


def _accuracy(network: Any, data: Data) -> float:
    """Weighted accuracy on an even pick of the training segments as they are, without variations."""
    index = np.unique(np.linspace(0, len(data.shown) - 1, min(SEEN, len(data.shown))).astype(int))
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
