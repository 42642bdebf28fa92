"""Study ``ablation``: what each part of the recipe gives, scored on the validation side.

The split is that of the stages; its train side is learned from and its valid side is scored, so nothing here looks at
test tracks. The valid side also fits the temperature (and stops XGBoost), the same for every row: differences between
rows are what to read. Copies that two rows share are extracted once: leaving a transform out changes only the copies
that had it.

Writes ``reports/<corpus>/studies/ablation/``: ``table.csv``, ``metrics.json``, ``ablation.svg``, ``section.json``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

import augment
from augment import AugmentSettings
from corpora import tracks
from features import taggers
from pipeline import scores
from pipeline.copying import copies as draw_copies
from pipeline.errors import PipelineError
from pipeline.fitting import Fitted
from pipeline.layout import Layout
from pipeline.naming import describe
from pipeline.params import Params
from pipeline.tables import labels_of, with_subsets
from studies import material, plots
from studies.reporting import ENDS, measures, report
from studies.training import AS_SET, MODELS, VARIATIONS, Training, told

NAME = "ablation"
READS = (
    "base.seed",
    "corpus",
    "split",
    "segments",
    "features",
    "rule",
    "augment",
    "train",
    "cnn",
    "svm",
    "xgb",
    "evaluate",
)
WHOLE = "all of it"


@dataclass(frozen=True)
class Variant:
    """One row: which copies are learned from, and what is changed in the model's settings."""

    name: str
    augment: AugmentSettings
    settings: dict[str, Any] = field(default_factory=dict)


def variants(
    kind: str, recipe: AugmentSettings, settings: Any, seeds: int, tagger: str = taggers.NONE
) -> list[Variant]:
    """What is tried for a kind of model: the whole first, then one part less (or more seeds) each.

    Parameters
    ----------
    kind : {"cnn", "svm", "xgb", "original"}
    recipe : AugmentSettings
    settings : object
        The model's, as params.yaml has them.
    seeds : int
        Networks averaged in the row "several seeds"; below 2 there is no such row.
    tagger : str
        ``features.tagger``, whose statistics one row goes without.
    """
    found = [Variant(WHOLE, recipe)]
    if recipe.copies:
        found.append(Variant("without copies", replace(recipe, copies=0)))
        for name in augment.used(recipe):
            less = augment.with_probability(recipe, 0.0, name)
            found.append(Variant(f"without {augment.TRANSFORMS.get(name).LABEL}", less))
    if tagger != taggers.NONE and kind in ("svm", "xgb"):
        less = [*settings.leave_out, *taggers.statistics(tagger)]
        found.append(Variant("without the tagger", recipe, {"leave_out": less}))
    if kind in ("cnn", "original"):
        used = [name for name in VARIATIONS if getattr(settings, name) and name != "mixup"]
        if used:
            found.append(Variant("without feature variations", recipe, dict.fromkeys(used, 0)))
        if settings.mixup:
            found.append(Variant("without mixup", recipe, {"mixup": 0.0}))
        if settings.label_smoothing:
            found.append(Variant("without label smoothing", recipe, {"label_smoothing": 0.0}))
    if kind == "cnn":
        if settings.taught:
            found.append(Variant("not taught by the tagger", recipe, {"taught": 0.0}))
        if settings.second_view:
            found.append(Variant("without the second view", recipe, {"second_view": False}))
        if settings.ensemble_size > 1:
            found.append(Variant("one seed", recipe, {"ensemble_size": 1}))
        elif seeds > 1:
            found.append(Variant(f"{seeds} seeds averaged", recipe, {"ensemble_size": seeds}))
    return found


def chosen(found: list[Variant], only: list[str]) -> list[Variant]:
    """The whole and those variants whose names hold one of the words; no words choose all."""
    if not only:
        return found
    kept = [v for v in found if v.name == WHOLE or any(word.lower() in v.name for word in only)]
    if len(kept) == 1:
        raise PipelineError(f"--only {','.join(only)}: fits none of: {', '.join(v.name for v in found[1:])}")
    return kept


def run(
    params: Params,
    layout: Layout,
    *,
    kinds: list[str],
    only: list[str],
    clips: int = 0,
    seeds: int = 3,
    training: Training = AS_SET,
) -> pd.DataFrame:
    """Score every variant of every kind on the validation side.

    Parameters
    ----------
    params, layout
    kinds : list of {"cnn", "svm", "xgb", "original"}
    only : list of str
        Words of the variants that are wanted, such as ``pitch``; empty tries all.
    clips : int
        At most so many tracks of each genre; 0 takes all.
    seeds : int
        Networks averaged in the row "several seeds" of the CNN.
    training : Training

    Returns
    -------
    DataFrame
        What table.csv holds.
    """
    kinds = material.known(kinds, MODELS)
    every = material.read_tracks(layout)
    train, valid = _sides(params, layout, every, clips)
    plans = {
        kind: chosen(
            variants(kind, params.augment, training.settings(params, kind)[1], seeds, params.features.tagger), only
        )
        for kind in kinds
    }
    rows = {
        recipe: pd.concat([train, draw_copies(train, recipe, params.base.seed)], ignore_index=True)
        for recipe in {variant.augment for plan in plans.values() for variant in plan}
    }
    features = material.features(NAME, pd.concat([valid, *rows.values()], ignore_index=True), every, params, layout)
    held = material.taken(features, valid)
    found = []
    for kind, plan in plans.items():
        whole: np.ndarray | None = None
        for variant in plan:
            learned = material.taken(features, rows[variant.augment])
            fitted = training.fit(params, kind, learned, held, seed=params.base.seed, **variant.settings)
            whole = _right(fitted) if whole is None else whole
            words = told(*training.settings(params, kind, **variant.settings))
            row = {"model": kind, "variant": variant.name, **_scores(fitted, whole, params)}
            found.append(row | {"training_segments": len(learned), "training": words})
            material.say(f"{NAME}: {kind}, {variant.name}: {row['accuracy']:.3f}, {fitted.seconds:.0f} s")
    table = pd.DataFrame(found)
    used = pd.concat([train, valid])["track_id"].nunique()
    _report(table, params, layout, used=used, held=valid["track_id"].nunique())
    return table


def _sides(params: Params, layout: Layout, every: pd.DataFrame, clips: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The original segments of the stages' train and valid sides."""
    split = material.read_split(layout)
    split = split[split["split"].isin(["train", "valid"])]
    usable = tracks.usable(every)
    usable = material.some(usable[usable["track_id"].isin(split["track_id"])].reset_index(drop=True), clips)
    originals = with_subsets(material.pieces(usable, rule=params.rule, settings=params.features), split)
    train, valid = (originals[originals["split"] == side] for side in ("train", "valid"))
    if valid.empty:
        raise PipelineError("--clips: leaves no validation track; take more")
    return train, valid


def _right(fitted: Fitted) -> np.ndarray:
    """Which validation tracks are answered rightly."""
    return fitted.probabilities.argmax(axis=1) == labels_of(fitted.tracks, fitted.model.genres)


def _scores(fitted: Fitted, whole: np.ndarray, params: Params) -> dict[str, Any]:
    """A variant's scores, and their difference from the whole's right answers to the same tracks."""
    right, genres = _right(fitted), fitted.model.genres
    difference = scores.paired_difference(right, whole, draws=params.evaluate.bootstrap, seed=params.base.seed)
    return {
        **measures(
            labels_of(fitted.tracks, genres),
            fitted.probabilities.argmax(axis=1),
            fitted.tracks["track_id"].to_numpy(),
            params,
            genres=len(genres),
        ),
        **{f"difference{end}": value for end, value in zip(ENDS, difference, strict=True)},
        "mcnemar_p": scores.mcnemar(right, whole),
    }


def _report(table: pd.DataFrame, params: Params, layout: Layout, *, used: int, held: int) -> None:
    where = f"{describe(params.split)}, validation side, {held} tracks"
    text = (
        f"One part of the recipe is left out at a time ({where}; {used} tracks in train and valid together). "
        "The test side is not looked at. Differences are paired: the same tracks, the variant minus the whole; an "
        "interval that holds 0 says that this corpus is too small to tell. Bars are 95 % bootstrap intervals over "
        "tracks."
    )
    metrics = {"corpus": params.corpus.name, "split": where, "tracks": held, "scores": table.to_dict("records")}
    title, tables = "What each part gives (ablation)", {"table.csv": (table, 4)}
    with report(layout, NAME, title=title, text=text, metrics=metrics, tables=tables) as folder:
        plots.ablation(table, folder / "ablation.svg", title=f"{params.corpus.name}: {where}")
    for row in table.to_dict("records"):
        print(
            f"{row['model']:<9} {row['variant']:<28} accuracy {row['accuracy']:.3f} "
            f"({100 * row['difference']:+.1f} points), macro recall {row['macro_recall']:.3f}"
        )
