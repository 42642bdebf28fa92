"""Models behind one interface: ``cnn``, ``svm``, ``xgb`` and their ``blend``.

Importing this package is cheap: TensorFlow, scikit-learn and XGBoost are loaded by the model that needs them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from .base import Model

_CLASSES = {"cnn": "CNN", "svm": "SVM", "xgb": "XGB", "blend": "Blend"}
KINDS = tuple(_CLASSES)


def kind_class(kind: str) -> type:
    """The class of a kind of model; an unknown kind is refused with the list of known ones."""
    if kind not in _CLASSES:
        from .base import ModelError

        raise ModelError(f"model kind {kind!r} must be one of {list(KINDS)}")
    return getattr(import_module(f"{__name__}.{kind}"), _CLASSES[kind])


def create(kind: str, *, genres: list[str], seed: int = 0, **settings: Any) -> Model:
    """An untrained model."""
    return kind_class(kind)(genres, seed, **settings)


def load(folder: str | Path) -> Model:
    """The model that was saved into a folder."""
    from pathlib import Path

    from .base import read_settings

    folder = Path(folder)
    return kind_class(read_settings(folder)["kind"]).load(folder)
