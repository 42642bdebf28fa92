"""The models of a run, by name: each kind, and each kind of the families beside (`pipeline.families`)."""

from __future__ import annotations

from collections.abc import Iterable

import models
from pipeline import families


def every(beside: Iterable[str] = ()) -> list[str]:
    """The models of a run: each kind, as the sections say and of each of the families.

    >>> every(["clean"])
    ['cnn', 'svm', 'xgb', 'blend', 'cnn-clean', 'svm-clean', 'xgb-clean', 'blend-clean']
    """
    return [families.joined(kind, family) for family in ("", *beside) for kind in models.names()]


def label(name: str) -> str:
    """What a model is called in pictures and tables.

    >>> label("svm-scratch")
    'SVM, from scratch'
    """
    kind, family = families.parted(name)
    if family not in families.FAMILIES:
        return models.label(name)
    return f"{models.label(kind)}, {families.FAMILIES[family].words}"
