"""The main model: a small convolutional network over MFCC matrices (Keras on TensorFlow).

With ``architecture: pretrained`` its convolutions are those of `features.tagger`, learned elsewhere and kept, and only
the last layer is learned here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.rows import Rows, streamed
from features.store import FeatureSet
from features.taggers import statistics as embedding_statistics
from models.base import Model, Validation, check_labels, genre_weights, moments
from models.canonical import fixed_archive
from models.errors import ModelError
from settings import SettingError, field, settings

from . import architectures, last_layer, stream, teaching, training

if TYPE_CHECKING:
    from models.graph import Graph

RANK = 10


@settings
class CNNSettings:
    """Convolutional network; several seeds can be trained and averaged.

    An epoch is a fixed number of sampled segments: more copies do not cost more time. AdamW's learning rate falls by
    a cosine over all epochs. The auxiliary loss asks the network, from the same embedding, for the segment's
    statistics (mean squared error, standardised; ``two_view`` only): for what is known to tell genres apart, rhythm
    and texture, without level and the record's equalisation. Its layer is dropped afterwards: the trained network
    reads the MFCC matrix alone. A taught network predicts in the same way what ``features.tagger`` hears in the
    segment (``taught``), so that it learns to hear like that network and does without it where it answers."""

    def __post_init__(self) -> None:
        if self.taught and self.architecture != "two_view":
            raise SettingError(
                f"taught={self.taught:g} needs architecture=two_view, not {self.architecture}: set it to 0"
            )

    architecture: str = field(
        "two_view",
        "the last one reads features.tagger",
        choices=architectures.ARCHITECTURES,
    )
    filters: tuple[int, ...] = field(
        (24, 48, 64, 96), "widths of the convolutions (two_view)", low=1, high=512, count=(1, 5)
    )
    second_view: bool = field(True, "also show each segment with its mean over time taken out")
    ensemble_size: int = field(1, "networks of different seeds, averaged", low=1, high=10)
    epochs: int = field(30, "passes of samples_per_epoch segments", low=1, high=1000)
    samples_per_epoch: int = field(2048, "sampled segments of an epoch", low=1, high=1_000_000)
    batch_size: int = field(32, "segments of a step", low=1, high=1024)
    learning_rate: float = field(2e-3, "highest, of AdamW", low=1e-6, high=1.0)
    weight_decay: float = field(1e-3, "of AdamW", low=0.0, high=1.0)
    label_smoothing: float = field(0.1, "share of the target that is spread over all genres", low=0.0, high=0.9)
    dropout: float = field(0.3, "before the last layer; a third of it after each convolution", low=0.0, high=0.9)
    patience: int = field(0, "epochs without a better validation loss before stopping; 0 trains all", low=0, high=1000)
    auxiliary_loss: float = field(
        1.0, "weight of the auxiliary loss: predict the statistics too; 0 turns it off", low=0.0, high=100.0
    )
    taught: float = field(
        0.0, "weight of predicting what features.tagger hears (two_view); 0: not taught by it", low=0.0, high=100.0
    )
    taught_components: int = field(100, "principal components of it that are predicted", low=1, high=2000)
    eq_db: float = field(4.0, "largest gain of a random equaliser, drawn anew for each sample, dB", low=0.0, high=30.0)
    shift_bands: float = field(1.0, "largest shift over the bands", low=0.0, high=8.0)
    tempo: float = field(0.05, "largest relative change of tempo", low=0.0, high=0.4)
    mask_bands: int = field(4, "most bands that are masked", low=0, high=20)
    mask_frames: int = field(20, "most frames that are masked", low=0, high=100)
    mixup: float = field(0.2, "parameter of mixup's beta distribution; 0 turns it off", low=0.0, high=10.0)
    components: int = field(200, "principal components that the last layer reads (pretrained)", low=1, high=9999)
    C: float = field(1e-3, "inverse of the last layer's L2 penalty (pretrained)", low=1e-8, high=1e4)


class CNN(Model):
    """Convolutional network; see `CNNSettings`."""

    kind = "cnn"
    label = "CNN"
    help = "convolutional network over MFCC matrices, or a new last layer on a network trained elsewhere"
    Settings = CNNSettings
    renamed = {"members": "ensemble_size", "auxiliary": "auxiliary_loss"}  # noqa: RUF012 - declared in the base

    def __init__(self, genres: list[str], seed: int = 0, settings: CNNSettings | None = None) -> None:
        super().__init__(genres, seed, settings)
        self.networks: list[Any] = []

    @property
    def inputs(self) -> tuple[str, ...]:
        """The arrays of a :class:`FeatureSet` that the network reads."""
        return ("embedding",) if self.settings.architecture == "pretrained" else ("mfcc",)

    def _read(self, features: FeatureSet) -> np.ndarray | Rows:
        """What the network is shown of each segment, float32 [n, ...]; unread where it is too much for memory."""
        (name,) = self.inputs
        shown = getattr(features, name)
        return shown if streamed(shown) else np.ascontiguousarray(shown, dtype=np.float32)

    def build(self, shape: tuple[int, ...], kernel: np.ndarray | None = None, bias: np.ndarray | None = None) -> Any:
        """An untrained Keras network for MFCC matrices of ``shape`` (frames, coefficients)."""
        s, n = self.settings, shape[-1]
        if s.architecture == "original":
            return architectures.original(shape, len(self.genres))
        if kernel is None or bias is None:
            kernel, bias = np.eye(n, dtype=np.float32), np.zeros(n, np.float32)
        return architectures.two_view(
            shape,
            len(self.genres),
            kernel,
            bias,
            filters=s.filters,
            dropout=s.dropout,
            second_view=s.second_view,
        )

    def fit(
        self, features: FeatureSet, labels: np.ndarray, groups: np.ndarray | None = None, validation: Validation = None
    ) -> CNN:
        """Train all networks; ``history`` keeps the first one's curves."""
        s, labels = self.settings, check_labels("cnn", labels, self.genres)
        weight = genre_weights(labels, features.weight, len(self.genres))
        shown = self._read(features)
        if s.architecture == "pretrained":
            layer = last_layer.learn(shown, labels, weight, components=s.components, C=s.C)
            self.networks = [architectures.pretrained(*layer)]
            return self
        kernel, bias = architectures.band_transform(shown)
        lessons = teaching.Lessons(features.embedding, weight, s.taught_components) if s.taught else None
        data = training.Data(shown, labels, weight, self._tasks(features, weight, lessons), len(self.genres))
        held = None
        if validation is not None:
            known = None if lessons is None else lessons.of(validation[0].embedding[:])
            held = training.Held(self._read(validation[0]), np.asarray(validation[1], np.int64), known)
        self.networks, self.taught_by = [], features.settings.tagger if s.taught else ""
        for number in range(s.ensemble_size):
            seed = self.seed * 1000 + number
            training.begin(seed, bfloat16=s.architecture == "original")
            with training.shared():
                network = self.build(shown.shape[1:], kernel, bias)
                history = training.train(network, data, held, settings=s, seed=seed)
            self.history = self.history if number else history
            self.networks.append(network)
        return self

    def _tasks(
        self, features: FeatureSet, weight: np.ndarray, lessons: teaching.Lessons | None
    ) -> tuple[training.Task, ...]:
        """What the network learns to predict beside the genre."""
        s = self.settings
        if s.architecture != "two_view":
            return ()
        found = []
        statistics = self._auxiliary(features, weight) if s.auxiliary_loss else None
        if statistics is not None and statistics.shape[1]:
            found.append(training.Task("statistics", statistics, s.auxiliary_loss))
        if lessons is not None:
            found.append(
                training.Task(training.TAUGHT, lessons if streamed(features.summary) else lessons[:], s.taught)
            )
        return tuple(found)

    def _auxiliary(self, features: FeatureSet, weight: np.ndarray) -> np.ndarray | stream.Standardised:
        """Standardised statistics to predict, float32 [n, statistics]."""
        heard = set(embedding_statistics(features.settings.tagger))
        columns = [i for i, s in enumerate(features.statistics) if s not in heard and not _tells_of_the_record(s)]
        if streamed(features.summary):
            return stream.Standardised(features.summary.columns(columns), weight)
        x = np.asarray(features.summary[:, columns], np.float64)
        mean, std = moments(x, weight)
        return np.clip((x - mean) / std, -4.0, 4.0).astype(np.float32)

    def predict_proba(self, features: FeatureSet) -> np.ndarray:
        """Mean probability of the networks, float32 [n, genres]."""
        if not self.networks:
            raise ModelError("cnn: not trained yet: call fit or load first")
        shown = self._read(features)
        return np.mean([training.predict(network, shown) for network in self.networks], axis=0, dtype=np.float32)

    def grow(self, graph: Graph, given: dict[str, str]) -> str:
        """The networks as tf2onnx writes them, and their mean."""
        from models.graph import inline

        (name,) = self.inputs
        parts = [inline(graph, _converted(network), {"shown": given[name]}) for network in self.networks]
        total = parts[0]
        for other in parts[1:]:
            total = graph.add(total, other)
        return graph.mul(total, 1.0 / len(parts)) if len(parts) > 1 else total

    def write(self, folder: Path) -> dict[str, Any]:
        """``network-<number>.keras``."""
        for number, network in enumerate(self.networks):
            path = folder / f"network-{number}.keras"
            network.save(path)
            fixed_archive(path)
        return {"history": self.history} | ({"taught_by": self.taught_by} if self.taught_by else {})

    def read(self, folder: Path, document: dict[str, Any]) -> None:
        """Inverse of :meth:`write`; Keras loads in safe mode, so no code of the file runs."""
        import keras

        self.taught_by = document.get("taught_by", "")
        self.networks = [
            keras.models.load_model(folder / f"network-{number}.keras", compile=False, safe_mode=True)
            for number in range(1 if self.settings.architecture == "pretrained" else self.settings.ensemble_size)
        ]

    @property
    def embedding_width(self) -> int:
        """How many statistics of taggers it reads."""
        return self.networks[0].input_shape[-1] if "embedding" in self.inputs else 0


MODEL = CNN


def _tells_of_the_record(statistic: str) -> bool:
    """Whether a statistic is one of level or equalisation, or of no use to the auxiliary loss."""
    level = statistic.startswith("mfcc_") and statistic.endswith(("_mean", "_p10", "_p50", "_p90"))
    return level or statistic.startswith(("rms", "mfcc_correlation"))


def _converted(network: Any) -> Any:
    """A Keras network as an ONNX model; batch normalisation is folded into the convolutions by the converter."""
    import tensorflow as tf
    import tf2onnx

    from models.graph import OPSET

    shape = (None, *network.input_shape[1:])
    spec = (tf.TensorSpec(shape, tf.float32, name="shown"),)
    call = tf.function(lambda shown: network(shown, training=False), input_signature=spec)
    converted, _ = tf2onnx.convert.from_function(call, input_signature=spec, opset=OPSET)
    return converted
