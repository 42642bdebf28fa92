"""musicnn's own extractor: librosa's mel spectrogram, and the network in TensorFlow, one patch of 3 s at a time.

The wheel's code asks for TensorFlow 1 and does not run on TensorFlow 2, so its graph is built here anew from the
description (Pons and Serra, arXiv:1909.06654): the same layers, sizes and batches of one. Its weights are random, since
only its time counts.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.clips import RATE

__all__ = ["extractor"]

NETWORK_RATE, PATCH, BANDS = 16_000, 187, 96
FILTERS = ((7, 38, 204), (7, 67, 204), (128, 1, 51), (64, 1, 51), (32, 1, 51))
"""Frames, bands and number of the convolutions over the spectrogram; the first two without padding over the bands."""


def extractor() -> Callable[[np.ndarray], np.ndarray]:
    """Function of a signal (float32 [n] at 22 050 Hz) to the mean of its patches' tags [50]."""
    import librosa

    network = _network()

    def extract(y: np.ndarray) -> np.ndarray:
        sound = librosa.resample(y, orig_sr=RATE, target_sr=NETWORK_RATE)
        mel = librosa.feature.melspectrogram(y=sound, sr=NETWORK_RATE, n_fft=512, hop_length=256, n_mels=BANDS).T
        mel = np.log10(10_000 * mel + 1).astype(np.float32)
        patches = [mel[at : at + PATCH] for at in range(0, len(mel) - PATCH + 1, PATCH)]
        return np.mean([network(patch) for patch in patches], axis=0)

    return extract


def _network() -> Callable[[np.ndarray], np.ndarray]:
    """Function of one patch (float32 [frames, bands]) to its tags [50], in one thread."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    run = _graph()
    return lambda patch: run(tf.constant(patch[None, ..., None])).numpy()[0]


def _graph() -> Callable:
    """The network as one compiled function of [1, frames, bands, 1]."""
    import tensorflow as tf

    rng = np.random.default_rng(0)

    def weights(*shape: int) -> tf.Tensor:
        return tf.constant(rng.normal(0, np.prod(shape[:-1]) ** -0.5, shape).astype(np.float32))

    front = [weights(*FILTERS[k][:2], 1, FILTERS[k][2]) for k in range(len(FILTERS))]
    middle = [weights(7, width, 1, 64) for width in (561, 64, 64)]
    dense, tags = weights(1506, 200), weights(200, 50)
    scales = {n: (weights(1, n), weights(1, n)) for n in (1, 204, 51, 64, 1506, 200)}

    def normalised(x: tf.Tensor) -> tf.Tensor:
        scale, shift = scales[x.shape[-1]]
        return x * scale[0] + shift[0]

    def convolved(x: tf.Tensor, kernel: tf.Tensor, padding: str) -> tf.Tensor:
        return normalised(tf.nn.relu(tf.nn.conv2d(x, kernel, 1, padding)))

    def over_time(x: tf.Tensor) -> tf.Tensor:
        return tf.pad(x, [[0, 0], [3, 3], [0, 0], [0, 0]])

    @tf.function
    def run(x: tf.Tensor) -> tf.Tensor:
        x = normalised(x)
        parts = [
            convolved(over_time(x), kernel, "VALID") if k < 2 else convolved(x, kernel, "SAME")
            for k, kernel in enumerate(front)
        ]
        layers = [tf.concat([tf.reduce_max(part, axis=2) for part in parts], axis=2)]
        for k, kernel in enumerate(middle):
            made = tf.squeeze(convolved(over_time(layers[-1][..., None]), kernel, "VALID"), 2)
            layers.append(made if k == 0 else made + layers[-1])
        every = tf.concat(layers, axis=2)
        pooled = tf.concat([tf.reduce_max(every, axis=1), tf.reduce_mean(every, axis=1)], axis=1)
        return tf.sigmoid(normalised(tf.nn.relu(normalised(pooled) @ dense)) @ tags)

    return run
