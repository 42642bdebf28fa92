"""Training of one network: AdamW over sampled batches, with losses of what else it is to predict beside the genre."""

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
    from .teaching import Lessons

EVALUATION_BATCH = 256
SEEN = 512  # training segments whose accuracy is told after each epoch
_VARIATIONS = ("eq_db", "shift_bands", "tempo", "mask_bands", "mask_frames", "mixup")

TAUGHT = "taught"
"""Name of the task that is to predict what a network hears that was trained elsewhere."""


@dataclass(frozen=True)
class Held:
    """Validation segments.

    Attributes
    ----------
    shown : float32 [n, ...]
    labels : int64 [n]
    heard : float32 [n, components], optional
        What the network is taught, of these segments.
    """

    shown: np.ndarray | Rows
    labels: np.ndarray
    heard: np.ndarray | None = None


@dataclass(frozen=True)
class Task:
    """What a network learns to predict beside the genre, from its embedding; the layer for it is dropped afterwards.

    Attributes
    ----------
    name : str
        Of that layer.
    targets : float32 [n, columns]
        Of mean square 1; made when they are asked for where they are too much for memory.
    weight : float
        Of its mean squared error; that of the genre's loss is 1.
    """

    name: str
    targets: np.ndarray | Standardised | Lessons
    weight: float

    @property
    def width(self) -> int:
        """Columns of the targets."""
        return self.targets.shape[1]


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
    tasks : tuple of Task
        What it predicts beside the genre.
    n_genres : int
    """

    shown: np.ndarray | Rows
    labels: np.ndarray
    weight: np.ndarray
    tasks: tuple[Task, ...]
    n_genres: int

    @property
    def widths(self) -> list[int]:
        """Columns of the targets: the genres', then each task's."""
        return [self.n_genres, *(task.width for task in self.tasks)]

    def targets(self, smoothing: float) -> np.ndarray | Targets:
        """Smoothed genres, then what the tasks ask for, float32 [n, sum of widths]."""
        genres = np.eye(self.n_genres, dtype=np.float32) * (1 - smoothing) + smoothing / self.n_genres
        asked = [task.targets for task in self.tasks]
        if all(isinstance(targets, np.ndarray) for targets in asked):
            return np.concatenate((genres[self.labels], *asked), axis=1)
        return Targets(genres, self.labels, asked)


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


def train(network: Any, data: Data, held: Held | None, *, settings: CNNSettings, seed: int) -> dict[str, list[float]]:
    """Train a network in place; returns its curves.

    Parameters
    ----------
    network : keras.Model
        With a layer ``embedding`` where there are tasks beside the genre.
    data : Data
    held : Held, optional
        With ``patience`` the weights of the epoch are kept that is best on it.
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
            row |= _validate(network, held.shown, held.labels, n_genres)
            if row["val_loss"] < best_loss:
                best, best_loss, waited = network.get_weights(), row["val_loss"], 0
            else:
                waited += 1
        if held is not None and held.heard is not None:
            row["val_taught"] = explained(trainee, held.shown, held.heard)
        for name, number in row.items():
            history.setdefault(name, []).append(round(float(number), 6))
        if held is not None and s.patience and waited >= s.patience:
            break
    if best is not None and s.patience:
        network.set_weights(best)
    return history


def _epoch(trainee: Any, sampler: Sampler, data: Data, steps: int) -> float:
    """Learn from one epoch's batches; their mean loss."""
    if len(devices()) > 1:  # Keras gives each device its share of a batch
        batches = stream.ahead(sampler, steps, data.widths, data.shown.shape[1:])
        told = trainee.fit(batches, steps_per_epoch=steps, shuffle=False, verbose=0)
        return float(told.history["loss"][0])
    total = 0.0
    for x, wanted in _batches(sampler, steps, data.widths, data.shown):
        total += float(np.ravel(trainee.train_on_batch(x, wanted, return_dict=False))[0])
        trainee.reset_metrics()
    return total / steps


def _batches(sampler: Sampler, steps: int, widths: list[int], shown: np.ndarray | Rows) -> Iterator[tuple]:
    """Batches and what is wanted of them, a list."""
    if streamed(shown):
        for x, t in stream.ahead(sampler, steps, widths, shown.shape[1:]):
            yield x, [*t] if len(widths) > 1 else [t]
        return
    for x, t in sampler.batches(steps):
        yield x, stream.parted(t, widths)


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
    outputs, losses, weights = [network.output], [keras.losses.CategoricalCrossentropy()], [1.0]
    for task in data.tasks:
        outputs.append(keras.layers.Dense(task.width, name=task.name)(network.get_layer("embedding").output))
        losses.append(keras.losses.MeanSquaredError())
        weights.append(task.weight)
    trainee = keras.Model(network.input, outputs) if data.tasks else network
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=s.weight_decay, clipnorm=1.0)
    trainee.compile(optimizer=optimizer, loss=losses, loss_weights=weights)
    return trainee


def predict(network: Any, shown: np.ndarray | Rows) -> np.ndarray:
    """Probabilities, float32 [n, genres]."""
    out = [np.asarray(network(block, training=False)) for block in _blocks(shown)]
    return np.concatenate(out) if out else np.zeros((0, network.output_shape[-1]), np.float32)


def explained(trainee: Any, shown: np.ndarray | Rows, heard: np.ndarray) -> float:
    """Share of the variance of what is taught that the network predicts: 1 is all of it, 0 no more than the mean."""
    at = trainee.output_names.index(TAUGHT)
    said = np.concatenate([np.asarray(trainee(block, training=False)[at]) for block in _blocks(shown)])
    return float(1 - np.square(heard - said).sum() / max(np.square(heard - heard.mean(axis=0)).sum(), 1e-12))


def _blocks(shown: np.ndarray | Rows) -> Iterator[np.ndarray]:
    """All rows, so many at a time as a network looks at together."""
    for at in range(0, len(shown), EVALUATION_BATCH):
        yield shown[at : at + EVALUATION_BATCH]


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
