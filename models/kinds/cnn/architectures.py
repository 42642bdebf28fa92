"""Keras networks over MFCC matrices [frames, coefficients], and one over the embedding of another network.

Keras is imported by whoever calls these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from features import filters

#: Names that ``cnn.architecture`` may take.
ARCHITECTURES = ("two_view", "original", "pretrained")


SAMPLE = 2000  # segments or a few more, that the bands' mean and deviation are taken of


def band_transform(mfcc: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Linear map from MFCCs to standardised, smooth log-mel bands.

    Convolution wants neighbours that mean the same: pitch moves a pattern along mel bands, not along cepstral
    coefficients. The truncated cosine transform is undone at as many bands as there are coefficients.

    Parameters
    ----------
    mfcc : float32 [n, frames, coefficients]
        Training matrices, for the mean and deviation of each band.

    Returns
    -------
    kernel : float32 [coefficients, bands]
    bias : float32 [bands]
    """
    n = mfcc.shape[2]
    inverse = filters.dct_matrix(n, n)
    sample = mfcc[:: max(1, len(mfcc) // SAMPLE)].reshape(-1, n) @ inverse
    mean, std = sample.mean(axis=0), sample.std(axis=0) + 1e-3
    return (inverse / std).astype(np.float32), (-mean / std).astype(np.float32)


def two_view(
    shape: tuple[int, int],
    n_genres: int,
    kernel: np.ndarray,
    bias: np.ndarray,
    *,
    filters: Sequence[int],
    dropout: float,
    second_view: bool,
) -> Any:
    """The project's CNN.

    View one is the standardised log-mel without the segment's overall level; view two has each band's mean over
    time taken out, which removes the sound of the record. Convolutions and pooling, then mean and maximum over time.
    """
    import keras
    from keras import layers, ops

    inputs = keras.Input(shape, name="mfcc")
    bands = layers.Dense(shape[1], trainable=False, name="bands")(inputs)
    over_time = ops.mean(bands, axis=1, keepdims=True)
    level = ops.mean(over_time, axis=2, keepdims=True)
    views = [ops.expand_dims(bands - level, -1)]
    if second_view:
        views.append(ops.expand_dims(bands - over_time, -1))
    x = layers.Concatenate(axis=-1)(views) if second_view else views[0]
    x = layers.AveragePooling2D((2, 1))(x)  # 46 ms a frame: half the cost, and no worse
    for width in filters:
        x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
        x = layers.MaxPooling2D(2)(x)
        x = layers.SpatialDropout2D(dropout / 3)(x)
    x = layers.Conv2D(filters[-1], (1, x.shape[2]), use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.ReLU()(x)
    x = layers.Reshape((x.shape[1], filters[-1]))(x)
    x = layers.Concatenate(name="embedding")([layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)])
    x = layers.Dropout(dropout)(x)
    outputs = layers.Dense(n_genres, activation="softmax", name="probabilities")(x)
    model = keras.Model(inputs, outputs, name="two_view")
    model.get_layer("bands").set_weights([kernel, bias])
    return model


def original(shape: tuple[int, int], n_genres: int) -> Any:
    """Version 15 of the original MusiClassify (2023): 2 986 250 weights at 220 x 25 inputs and ten genres."""
    import keras
    from keras import layers

    inputs = keras.Input(shape, name="mfcc")
    x = layers.Reshape((*shape, 1))(inputs)
    for width, kernel, pool in ((128, 3, 3), (256, 3, 3), (512, 3, 3), (256, 2, 2)):
        x = layers.Conv2D(width, kernel, activation="relu")(x)
        x = layers.MaxPooling2D(pool, strides=2, padding="same")(x)
        x = layers.BatchNormalization()(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Flatten()(x)
    for width in (256, 256, 128, 128, 64, 64):
        x = layers.Dense(width, activation="relu")(x)
    outputs = layers.Dense(n_genres, activation="softmax", name="probabilities")(x)
    return keras.Model(inputs, outputs, name="original")


def pretrained(kernel: np.ndarray, bias: np.ndarray) -> Any:
    """The last layer of networks whose other layers were learned elsewhere (`features.taggers`) and are kept.

    Parameters
    ----------
    kernel : float32 [statistics, genres]
    bias : float32 [genres]
        From `last_layer.learn`.
    """
    import keras
    from keras import layers

    inputs = keras.Input((len(kernel),), name="embedding")
    outputs = layers.Dense(len(bias), activation="softmax", name="probabilities")(inputs)
    model = keras.Model(inputs, outputs, name="pretrained")
    model.get_layer("probabilities").set_weights([kernel, bias])
    return model
