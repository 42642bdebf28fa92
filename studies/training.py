"""The models of the studies: settings that a study's options change, learned on its own sides, or the trained ones."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import PipelineError
from pipeline.files import read_json
from settings import replace

if TYPE_CHECKING:
    from features.store import FeatureSet
    from pipeline.fitting import Fitted
    from pipeline.layout import Layout
    from pipeline.params import Params

ORIGINAL = "original"
#: What a model of a study is made of: the kind of `models`, and what it changes in that kind's settings.
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "cnn": ("cnn", {}),
    "svm": ("svm", {}),
    "xgb": ("xgb", {}),
    # Twenty passes over the 25 coefficients that it read; a step of it costs twenty times the CNN's.
    ORIGINAL: ("cnn", {"architecture": "original", "epochs": 20, "taught": 0.0}),
}
ORIGINAL_MFCC = 25

#: Settings of the CNN that vary the features while it learns; 0 turns each off.
VARIATIONS = ("eq_db", "shift_bands", "tempo", "mask_bands", "mask_frames", "mixup")


@dataclass(frozen=True)
class Training:
    """How long models learn, where it is not as params.yaml has it; None leaves it as it is there.

    An epoch of the original's network is one pass over its training segments unless `samples_per_epoch` says otherwise.

    Parameters
    ----------
    epochs, samples_per_epoch : int, optional
        Of the CNN.
    rounds : int, optional
        Most rounds of XGBoost.
    """

    epochs: int | None = None
    samples_per_epoch: int | None = None
    rounds: int | None = None

    def settings(self, params: Params, model: str, **changes: Any) -> tuple[str, Any]:
        """The kind and the settings of one of `MODELS` (another name is a kind); `changes` are a study's own.

        >>> import models
        >>> from pipeline.params import Params
        >>> given = Params(svm=models.create("svm", genres=[], C=1.0).settings)
        >>> kind, settings = Training(epochs=3).settings(given, "svm")
        >>> kind, settings.C
        ('svm', 1.0)
        """
        kind, own = MODELS.get(model, (model, {}))
        told = {"cnn": {"epochs": self.epochs, "samples_per_epoch": self.samples_per_epoch}}
        told["xgb"] = {"rounds": self.rounds}
        given = {name: value for name, value in told.get(kind, {}).items() if value is not None}
        return kind, replace(getattr(params, kind), **(own | given | changes))

    def fit(
        self, params: Params, model: str, train: FeatureSet, valid: FeatureSet, *, seed: int, **changes: Any
    ) -> Fitted:
        """One of `MODELS`, learned from `train`, stopped and calibrated on `valid`; genres are those of `train`."""
        from pipeline.fitting import fit_with

        if model == ORIGINAL and self.samples_per_epoch is None:
            changes = {"samples_per_epoch": len(train)} | changes
        kind, settings = self.settings(params, model, **changes)
        genres = sorted(train.table["genre"].unique())
        return fit_with(params, kind, settings, genres=genres, seed=seed, train=train, valid=valid)


def seen(model: str, features: FeatureSet) -> FeatureSet:
    """The features as a model of `MODELS` is shown them: the original's network reads the first 25 coefficients."""
    if model != ORIGINAL:
        return features
    return dataclasses.replace(features, mfcc=features.mfcc[..., :ORIGINAL_MFCC])


AS_SET = Training()
"""All as params.yaml has it."""


def told(kind: str, settings: Any) -> str:
    """The settings that cost time, in words for a table.

    >>> import models
    >>> told("xgb", models.create("xgb", genres=[], rounds=300).settings)
    'up to 300 rounds'
    """
    if kind == "cnn":
        seeds = f", {settings.ensemble_size} seeds" if settings.ensemble_size > 1 else ""
        return f"{settings.epochs} epochs of {settings.samples_per_epoch} segments{seeds}"
    if kind == "xgb":
        return f"up to {settings.rounds} rounds"
    return ""


def trained(layout: Layout, kind: str) -> tuple[Any, float]:
    """A model of the stages ``train`` and ``blend``, and its temperature."""
    import models

    where = layout.model(kind)
    if not (where / "calibration.json").exists():
        stage = kind if kind in models.combining() else f"train@{kind}"
        raise PipelineError(f"{where}: no trained model; run `dvc repro {stage}` or leave {kind} out of --kinds")
    return models.load(where), read_json(where / "calibration.json")["temperature"]
