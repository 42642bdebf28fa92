"""Families of models: what those of one family hear with, and the settings that pay then.

A run learns the models that the sections of params.yaml describe. Those of ``families.beside`` learn beside them from
the same segments, and all stand in one comparison. A model of a family is called ``<kind>-<family>``, such as
``svm-clean``; it lies and is reported below that name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.store import FeatureSet


NONE = "none"
UNREAD = ("mfcc_correlation",)  # statistics that the SVM is better without


@dataclass(frozen=True)
class Family:
    """What the models of a family have in common.

    Parameters
    ----------
    tagger : str
        Their ``features.tagger``.
    words : str
        What is said behind a model's name.
    settings : dict
        Kind of model -> what differs from the section of that kind. Chosen by cross-validation
        (``docs/experiments.md``); the released models have the same (``studies/released.yaml``).
    """

    tagger: str
    words: str
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)


def _hearing(tagger: str, words: str, prefix: str) -> Family:
    """A family that hears with one of musicnn's networks."""
    changes = {
        "svm": {"components": 200, "C": 1.0, "gamma": 0.1, "leave_out": UNREAD},
        "xgb": {"leave_out": (f"{prefix}_max_", f"{prefix}_mean_")},
        "cnn": {"architecture": "pretrained", "taught": 0.0},
    }
    return Family(tagger, words, changes)


FAMILIES = {
    "scratch": Family(
        NONE,
        "from scratch",
        {
            "svm": {"components": 0, "C": 3.0, "gamma": 0.3, "leave_out": UNREAD},
            "xgb": {"leave_out": ()},
            "cnn": {"architecture": "two_view", "taught": 0.0},
        },
    ),
    "clean": _hearing("mtt-musicnn", "clean", "mtt"),
    "best": _hearing("msd-musicnn", "best", "msd"),
}


def parted(name: str) -> tuple[str, str]:
    """The kind and the family of a model; no family where it is one of the sections'.

    >>> parted("svm-clean"), parted("svm")
    (('svm', 'clean'), ('svm', ''))
    """
    kind, _, family = name.partition("-")
    return kind, family


def joined(kind: str, family: str = "") -> str:
    """Inverse of `parted`."""
    return f"{kind}-{family}" if family else kind


def settings_of(name: str, section: Any) -> Any:
    """The settings of a model, from those of its kind's section."""
    kind, family = parted(name)
    return replace(section, **FAMILIES[family].settings.get(kind, {})) if family else section


def tagger_of(name: str, own: str) -> str:
    """The ``features.tagger`` of a model; `own` is that of the sections."""
    family = parted(name)[1]
    return FAMILIES[family].tagger if family else own


def together(own: str, beside: Iterable[str]) -> str:
    """The ``features.tagger`` by which all that these families hear is extracted once.

    >>> together("none", ["clean", "best"]), together("msd-musicnn", ["best"])
    ('mtt-musicnn+msd-musicnn', 'msd-musicnn')
    """
    wanted = [own, *(FAMILIES[family].tagger for family in beside)]
    named = [one for setting in wanted if setting != NONE for one in setting.split("+")]
    return "+".join(dict.fromkeys(named)) or NONE


def heard(features: FeatureSet, tagger: str) -> FeatureSet:
    """Extracted features as they would be with one of the taggers that they were extracted with."""
    return features if features.settings.tagger == tagger else features.hearing(tagger)
