"""The short-time transform of a graph: two matrix products a frame, several times faster than ONNX's own `STFT`.

A transform of ``n = rows * columns`` points is one over the rows of the samples laid out as [rows, columns], a turn of
each value, and one over the columns (Cooley and Tukey 1965). Each is a product with a constant matrix, the turn goes
into the second, and of a real signal half of the first one's frequencies say everything. Frames run along the last
axis, as in `features.frames`: no value has to be moved between the products.
"""

from __future__ import annotations

import numpy as np

from .graph import Graph


def split(n: int) -> int:
    """Rows of the layout that takes the fewest multiplications, ``2 n (rows + 2 columns)``; any n, best if composite.

    >>> split(2048)
    64
    """
    divisors = [rows for rows in range(1, n + 1) if n % rows == 0]
    return min(divisors, key=lambda rows: rows + 2 * (n // rows))


def power(g: Graph, frames: str, n: int) -> str:
    """Power spectra of windowed frames.

    Parameters
    ----------
    frames : str
        float32 [batch, n, frames].

    Returns
    -------
    str
        float32 [batch, 1 + n // 2, frames].
    """
    rows = split(n)
    columns, kept = n // rows, rows // 2 + 1
    low = np.arange(kept)
    high = low[:, None] + rows * np.arange(columns)  # the frequencies that come out, [kept, columns]
    by_row = g.reshape(g.op("Concat", *_turns(g, low[:, None, None], columns * np.arange(rows), n), axis=1), [-1, rows])
    real, imaginary = _turns(g, high[..., None], np.arange(columns), n)
    by_column = g.concat([g.concat([real, g.op("Neg", imaginary)], 2), g.concat([imaginary, real], 2)], 1)
    half = g.reshape(g.matmul(by_row, g.reshape(frames, [0, rows, -1])), [0, kept, 2 * columns, -1])
    parts = g.op("Split", g.square(g.matmul(by_column, half)), outputs=2, axis=2, num_outputs=2)
    return g.op("Gather", g.reshape(g.add(*parts), [0, kept * columns, -1]), _places(high, n), axis=1)


def _turns(g: Graph, frequency: np.ndarray, sample: np.ndarray, n: int) -> tuple[str, str]:
    """Real and imaginary part of ``exp(-2 pi i frequency sample / n)``.

    They are looked up when a graph is opened, not stored: its file stays small.
    """
    at = g.op("Mod", g.mul(frequency.astype(np.int64), sample.astype(np.int64)), [n])
    angle = 2 * np.pi * np.arange(n) / n
    return g.op("Gather", np.cos(angle), at), g.op("Gather", -np.sin(angle), at)


def _places(frequencies: np.ndarray, n: int) -> np.ndarray:
    """Where each frequency up to n // 2 came out; those above mirror those below: int64 [1 + n // 2]."""
    natural = np.minimum(frequencies, n - frequencies).ravel()
    return np.unique(natural, return_index=True)[1].astype(np.int64)
