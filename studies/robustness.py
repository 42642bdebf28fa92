"""Study ``robustness``: accuracy of the trained models when a song has gone through something.

Each held-out track is decoded once, changed in memory by each of `augment.degrade.DEGRADATIONS`, analysed by the one
feature engine and answered by the classification rule, as a user's song would be. The models are those of
``models/trained/<corpus>/``; beside them stand models of the same settings that learned from originals alone, without
copies and (CNN) without variations of the features. The side is validation unless another one is asked for.

Writes ``reports/<corpus>/studies/robustness/``: ``table.csv`` (drops, a row a degradation), ``scores.csv`` (everything,
a row a model and degradation), ``metrics.json``, ``robustness.svg``, ``section.json``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import models
from augment import TRANSFORMS, Recipe
from augment.degrade import DEGRADATIONS
from corpora import tracks
from features import FeatureSettings
from features.store import FeatureSet, open_store
from musiclassify.audio.decode import decode
from musiclassify.audio.excerpts import Rule, excerpts
from pipeline import calibration, scores, workers
from pipeline.errors import PipelineError
from pipeline.extraction import engine
from pipeline.families import heard
from pipeline.layout import Layout
from pipeline.naming import describe
from pipeline.params import Params
from pipeline.tables import labels_of
from studies import material, plots
from studies.reporting import ENDS, measures, report
from studies.training import AS_SET, VARIATIONS, Training, told, trained

NAME = "robustness"
READS = ("base.seed", "corpus", "split", "segments", "features", "rule", "train", "cnn", "svm", "xgb", "evaluate")
CLEAN = "as it is"
TELEPHONE = "telephone 8 kHz"


@dataclass(frozen=True)
class Judge:
    """A model that answers, with the temperature that belongs to it.

    Parameters
    ----------
    kind : {"cnn", "svm", "xgb", "blend"}
    augmented : bool
        Whether it learned from augmented material.
    model : models.Model
    temperature : float
    """

    kind: str
    augmented: bool
    model: Any
    temperature: float


def degraded(
    path: Path, row: dict[str, Any], names: list[str], settings: FeatureSettings, rule: Rule
) -> list[tuple[pd.DataFrame, np.ndarray, np.ndarray]]:
    """Features of one track after each degradation, the first of them none.

    Parameters
    ----------
    path : path
    row : dict
        ``track_id, genre, group``, put beside each segment.
    names : list of str
        `CLEAN` or keys of `DEGRADATIONS`.
    settings : FeatureSettings
    rule : Rule

    Returns
    -------
    list of (DataFrame, np.ndarray [K, frames, coefficients], np.ndarray [K, statistics])
        One entry a name; K differs where the tempo does.
    """
    rate = settings.sample_rate
    y = decode(path, sample_rate=rate)
    found = []
    for name in names:
        changed = y if name == CLEAN else np.asarray(DEGRADATIONS[name](y, rate), np.float32)
        made = [engine(settings).extract(e.samples) for e in excerpts([changed], rule, rate)]
        counts = [len(part.starts) for part in made]
        table = pd.DataFrame({"excerpt": np.repeat(np.arange(len(made)), counts)}).assign(**row)
        found.append((table, np.concatenate([p.segments for p in made]), np.concatenate([p.summary for p in made])))
    return found


def extract(
    rows: pd.DataFrame, names: list[str], where: Path, settings: FeatureSettings, rule: Rule
) -> dict[str, FeatureSet]:
    """Features of the tracks `rows` (``track_id, path, genre, group``) after each degradation, by its name."""
    calls = [
        (where / row["path"], {key: row[key] for key in ("track_id", "genre", "group")}, names, settings, rule)
        for row in rows.to_dict("records")
    ]
    parts = list(workers.spread(degraded, calls, NAME))
    statistics = engine(settings).statistics
    return {
        name: FeatureSet(
            pd.concat([part[k][0] for part in parts], ignore_index=True),
            np.concatenate([part[k][1] for part in parts]),
            np.concatenate([part[k][2] for part in parts]),
            statistics,
            settings,
        )
        for k, name in enumerate(names)
    }


def answer(judge: Judge, features: FeatureSet, vote: str) -> tuple[pd.DataFrame, np.ndarray]:
    """A judge's answers by the classification rule: the tracks, and the predicted label of each, int64 [tracks]."""
    soft = calibration.soften(judge.model.predict_proba(features), judge.temperature)
    found, probabilities = calibration.by_track(features.table, soft, vote)
    return found, probabilities.argmax(axis=1)


def drops(judge: Judge, sets: dict[str, FeatureSet], params: Params) -> list[dict[str, Any]]:
    """A row a degradation: the scores, and how many points of accuracy are lost (paired: the same tracks)."""
    rows, clean, genres = [], None, judge.model.genres
    for name, features in sets.items():
        found, predicted = answer(judge, features, params.rule.vote)
        actual = labels_of(found, genres)
        right = predicted == actual
        clean = right if clean is None else clean
        lost = scores.paired_difference(clean, right, draws=params.evaluate.bootstrap, seed=params.base.seed)
        rows.append(
            {"model": judge.kind, "augmented": judge.augmented, "degradation": name}
            | measures(actual, predicted, found["track_id"].to_numpy(), params, genres=len(genres))
            | {f"drop{end}": value for end, value in zip(ENDS, lost, strict=True)}
        )
    return rows


def plain(params: Params, layout: Layout, kinds: list[str], training: Training) -> Iterator[Judge]:
    """Models of the same settings that learn from the originals of train alone."""
    if not kinds:
        return
    stored = {side: heard(open_store(layout.features(side)), params.features.tagger) for side in ("train", "valid")}
    train, valid = (s.take((s.table["copy"] == 0).to_numpy()) for s in stored.values())
    for kind in kinds:
        off = dict.fromkeys(VARIATIONS, 0) if kind == "cnn" else {}
        material.say(f"{NAME}: training {kind} without augmentation")
        fitted = training.fit(params, kind, train, valid, seed=params.base.seed, **off)
        yield Judge(kind, False, fitted.model, fitted.calibration.temperature)


def learned_from(segments: pd.DataFrame) -> str:
    """The augmented copies among training segments in words: how many, and what was really done to them.

    >>> recipes = ["", '{"gain_db": -3.0}', '{"gain_db": 2.0, "tempo": 1.05}']
    >>> learned_from(pd.DataFrame({"copy": [0, 1, 2], "recipe": recipes}))
    '2 copies of each training segment (tempo in 50 %: 1.05 factor; gain in 100 %: -3 to 2 dB)'
    """
    recipes = [Recipe.from_json(text) for text in segments.loc[segments["copy"] > 0, "recipe"]]
    if not recipes:
        return "originals alone"
    told = []
    for name, transform in TRANSFORMS.all().items():
        having = [recipe for recipe in recipes if recipe.uses(name)]
        if having:
            used = [value for recipe in having for value in transform.strengths(recipe)]
            ends = dict.fromkeys((f"{min(used):.4g}", f"{max(used):.4g}"))
            share = 100 * len(having) / len(recipes)
            told.append(f"{transform.LABEL} in {share:.0f} %: {' to '.join(ends)} {transform.UNIT}")
    each = len(recipes) / (segments["copy"] == 0).sum()
    return f"{each:g} copies of each training segment ({'; '.join(told)})"


def worst(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The largest drop of each model over the list without the telephone, and of the telephone alone."""
    rows = []
    for (kind, augmented), part in table.groupby(["model", "augmented"], sort=False):
        by = part[part["degradation"] != CLEAN].set_index("degradation")["drop"]
        usual = by.drop(TELEPHONE, errors="ignore")
        row = {"model": kind, "augmented": augmented, "worst_drop": usual.max(), "worst": usual.idxmax()}
        rows.append(row | {"mean_drop": usual.mean(), "telephone_drop": by.get(TELEPHONE)})
    return rows


def run(
    params: Params,
    layout: Layout,
    *,
    kinds: list[str],
    without: list[str],
    side: str = "valid",
    limit: int = 0,
    training: Training = AS_SET,
) -> pd.DataFrame:
    """Score the models on degraded tracks.

    Parameters
    ----------
    params, layout
    kinds : list of {"cnn", "svm", "xgb", "blend"}
        Trained models.
    without : list of {"cnn", "svm", "xgb"}
        Kinds that also learn anew from originals alone.
    side : {"valid", "test"}
    limit : int
        At most so many tracks of each genre; 0 takes all.
    training : Training
        Of the models of `without`.

    Returns
    -------
    DataFrame
        What scores.csv holds.
    """
    kinds = material.known(kinds, models.names()) if kinds else []
    without = material.known(without, models.trained(), "without") if without else []
    if not kinds and not without:
        raise PipelineError("--kinds and --without: both name none; give some kinds of model")
    sided = material.read_split(layout)
    if (sided["segment"] >= 0).any():
        raise PipelineError("split.protocol=segment: its sides share tracks; robustness needs whole tracks")
    judges = [Judge(kind, True, *trained(layout, kind)) for kind in kinds]
    judges += plain(params, layout, without, training)
    usable = tracks.usable(material.read_tracks(layout))
    chosen = usable[usable["track_id"].isin(sided.loc[sided["split"] == side, "track_id"])].reset_index(drop=True)
    chosen = material.some(chosen, limit)
    names = [CLEAN, *DEGRADATIONS]
    material.say(f"{NAME}: {len(chosen)} tracks, {len(names)} versions of each")
    sets = extract(chosen, names, layout.clips(params.corpus.path), params.features, params.rule)
    table = pd.DataFrame([row for judge in judges for row in drops(judge, sets, params)])
    _report(table, params, layout, side, len(chosen), {k: training.settings(params, k) for k in without})
    return table


def wide(table: pd.DataFrame) -> pd.DataFrame:
    """A row a degradation: points of accuracy lost by each model, and by those that learned without augmentation."""
    names = table["model"].map(lambda kind: plots.NAMES.get(kind, kind))
    named = table.assign(column=names + np.where(table["augmented"], "", " without augmentation"))
    order = named["column"].drop_duplicates()
    clean = named[named["degradation"] == CLEAN].set_index("column")["accuracy"]
    lost = named[named["degradation"] != CLEAN].pivot(index="degradation", columns="column", values="drop")
    lost = 100 * lost.loc[[name for name in DEGRADATIONS if name in lost.index], order]
    top = pd.DataFrame([100 * clean[order]], index=["accuracy as it is, %"])
    return pd.concat([top, lost]).reset_index(names="points of accuracy lost")


def _report(table: pd.DataFrame, params: Params, layout: Layout, side: str, count: int, fresh: dict) -> None:
    where = f"{describe(params.split)}, {'validation' if side == 'valid' else 'test'} side, {count} tracks"
    found = worst(table)
    words = "; ".join(
        f"{plots.NAMES.get(row['model'], row['model'])} {'with' if row['augmented'] else 'without'} augmentation "
        f"{100 * row['worst_drop']:.1f} points ({row['worst']})"
        for row in found
    )
    trained_words = "; ".join(
        f"{kind}: {how}" for kind, (name, settings) in fresh.items() if (how := told(name, settings))
    )
    store = layout.features("train")
    copies = learned_from(open_store(store).table) if store.exists() else "unknown: its features are not here"
    text = (
        f"Whole tracks ({where}) are changed, analysed and answered as a user's song would be. A drop is paired: the "
        f"same tracks as they are and changed. The augmentation that was learned from: {copies}. “Without "
        "augmentation” learned from originals alone with the same "
        f"settings{' (' + trained_words + ')' if trained_words else ''}. Largest drop, telephone left out: {words}."
    )
    metrics = {
        "corpus": params.corpus.name,
        "split": where,
        "tracks": count,
        "augmentation": copies,
        "worst": found,
        "scores": table.to_dict("records"),
    }
    tables = {"table.csv": (wide(table), 1), "scores.csv": (table, 4)}
    with report(layout, NAME, title="Robustness", text=text, metrics=metrics, tables=tables) as folder:
        plots.robustness(table, folder / "robustness.svg", clean=CLEAN, title=f"{params.corpus.name}: {where}")
    print(f"{where}; largest drop, telephone left out: {words}")
