"""The JSON form ``{"mapping": [...], "mfcc": [...], "labels": [...]}`` in which the original kept its MFCCs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np

from .errors import FeatureError


def save_json(path: str | Path, mfcc: np.ndarray, labels: np.ndarray, mapping: list[str]) -> None:
    """Write MFCC matrices.

    Parameters
    ----------
    mfcc : float [n, frames, coefficients]
    labels : int [n]
        Positions in ``mapping``.
    mapping : list of str
        Genres.
    """
    path = Path(path)
    temporary = path.with_name(path.name + ".part")
    with open(temporary, "w", encoding="utf-8") as file:
        file.write('{"mapping": ' + json.dumps(list(mapping), ensure_ascii=False) + ', "mfcc": [')
        for i, matrix in enumerate(mfcc):
            rows = [[float(f"{v:.6g}") for v in row] for row in np.asarray(matrix, np.float64)]
            file.write((",\n" if i else "") + json.dumps(rows))
        file.write('], "labels": ' + json.dumps([int(label) for label in labels]) + "}\n")
    os.replace(temporary, path)


def load_json(path: str | Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Read what :func:`save_json`, or the original MusiClassify, wrote.

    Returns
    -------
    mfcc : float32 [n, frames, coefficients]
    labels : int64 [n]
    mapping : list of str

    Raises
    ------
    FeatureError
        If a key is missing, the matrices differ in shape, a value is not finite, or a label is not in the mapping.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise FeatureError(f"{path}: not JSON ({error}): export it again") from None
    missing = [key for key in ("mapping", "mfcc", "labels") if not isinstance(document, dict) or key not in document]
    if missing:
        raise FeatureError(f"{path}: {missing} missing: the form is {{'mapping': [], 'mfcc': [], 'labels': []}}")
    try:
        mfcc = np.asarray(document["mfcc"], np.float32)
    except (ValueError, TypeError):
        raise FeatureError(
            f"{path}: 'mfcc' must hold matrices of one shape: cut the segments to equal length"
        ) from None
    labels = np.asarray(document["labels"], np.int64)
    mapping = [str(name) for name in document["mapping"]]
    if mfcc.ndim != 3 or len(mfcc) != len(labels):
        raise FeatureError(
            f"{path}: 'mfcc' {mfcc.shape} must be [n, frames, coefficients], one label each ({len(labels)})"
        )
    if not np.isfinite(mfcc).all():
        raise FeatureError(f"{path}: 'mfcc' holds values that are not finite: export it again")
    if len(labels) and not (labels.min() >= 0 and labels.max() < len(mapping)):
        raise FeatureError(f"{path}: 'labels' must be positions in 'mapping' (0 to {len(mapping) - 1})")
    return mfcc, labels, mapping
