"""``python -m studies crossvalidate``: every model on every fold of a grouped cross-validation.

The functions are those of the stages: `corpora.split` deals the folds, `pipeline.fitting` learns, `pipeline.scoring`
scores; `studies.folds` goes through the folds and keeps the answers, so that a run that was stopped goes on where it
was. Features of all tracks and of copies of all tracks are extracted once, into
``data/<corpus>/studies/crossvalidate/``; a fold learns from the copies of its training tracks only.

Writes ``reports/<corpus>/studies/crossvalidate/``: ``metrics.json`` (for each model: mean and deviation over folds,
pooled interval), ``folds.csv``, ``table.csv``, ``models.svg``, and for each model ``<kind>/``: ``predictions.csv``
(every track once, answered by the fold that did not know it), ``confusion.csv``, ``confusion.svg``,
``reliability.svg``, ``coverage.svg``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import models
from corpora import split as splitting
from corpora import tracks
from features.store import FeatureSet
from pipeline import scores
from pipeline.copying import copies
from pipeline.errors import ParamsError
from pipeline.fitting import Fitted, fit_with
from pipeline.layout import Layout
from pipeline.naming import title
from pipeline.params import Params
from pipeline.plots.answers import answers as draw_answers
from pipeline.plots.comparison import comparison
from pipeline.scoring import score
from pipeline.tables import labels_of, probabilities_of
from studies import material
from studies.folds import Answer, cross_validate
from studies.keys import key
from studies.reporting import measures, report

NAME = "crossvalidate"
READS = (
    "base.seed",
    "corpus",
    "split",
    "segments",
    "features",
    "rule",
    "augment",
    "train",
    "evaluate",
    *models.names(),
)


def rows_of(usable: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Originals and copies of all tracks: a fold learns from the copies of its own training tracks only."""
    originals = material.pieces(usable, rule=params.rule, settings=params.features)
    rows = pd.concat([originals, copies(originals, params.augment, params.base.seed)], ignore_index=True)
    return rows.sort_values(["track_id", "segment", "copy"], kind="stable", ignore_index=True)


def deal(rows: pd.DataFrame, every: pd.DataFrame, params: Params, *, folds: int, number: int) -> pd.DataFrame:
    """The rows of one fold with their sides (``split``), checked by the guard against leaks.

    Parameters
    ----------
    rows : DataFrame
        Of `rows_of`.
    every : DataFrame
        The tracks table.
    params : Params
    folds, number : int
        How many, and which (from 0).
    """
    protocol = params.split.protocol
    table = splitting.split(
        tracks.usable(every),
        protocol=protocol,
        valid=params.split.valid,
        test=0.2,
        folds_n=folds,
        fold=number,
        seed=params.base.seed,
    )
    sided = material.sided(rows, table)
    splitting.check_split(table, every, protocol=protocol, segments=sided)
    return sided


def learned_for(kind: str) -> list[str]:
    """The kinds that learn for a kind of model: itself, or all trained ones for one that combines them."""
    return list(models.trained()) if kind in models.combining() else [kind]


def answer(sides: dict[str, FeatureSet], kinds: list[str], params: Params, genres: list[str]) -> dict[str, Answer]:
    """Fit each kind of model on a fold and let it answer the fold's test side."""
    fitted: dict[str, Fitted] = {}
    wanted = {name for kind in kinds for name in (kind, *learned_for(kind))}
    for kind in [kind for kind in models.names() if kind in wanted]:
        members = {k: fitted[k].model for k in learned_for(kind)} if kind in models.combining() else None
        fitted[kind] = fit_with(
            params,
            kind,
            getattr(params, kind),
            genres=genres,
            seed=params.base.seed,
            train=sides["train"],
            valid=sides["valid"],
            members=members,
        )
    found = {}
    for kind in kinds:
        fit = fitted[kind].calibration
        told = {"temperature": fit.temperature, "uncertain_below": fit.uncertain_below}
        told["train_s"] = fitted[kind].seconds
        found[kind] = Answer(fitted[kind].model.predict_proba(sides["test"]), told)
    return found


def answer_keys(
    kinds: list[str], rows: pd.DataFrame, params: Params, files: list[Path], *, folds: int
) -> dict[str, str]:
    """What the answers of each kind of model depend on (`studies.keys`)."""
    asked = key(params.features, params.rule, params.train, params.split, params.base.seed, folds, rows, files=files)
    found = {}
    for kind in kinds:
        learned = sorted({kind, *learned_for(kind)})
        code = ["pipeline.extraction", "pipeline.fitting", "corpora.split", *(f"models.kinds.{k}" for k in learned)]
        found[kind] = key(asked, {name: getattr(params, name) for name in learned}, files=[__file__], code=code)
    return found


def run(params: Params, layout: Layout, *, folds: int, kinds: list[str]) -> None:
    """Cross-validate and report."""
    if folds < 2:
        raise ParamsError(f"--folds={folds}: must be 2 or more")
    for kind in kinds:
        if kind not in models.names():
            raise ParamsError(f"--kinds={kind}: must be some of {', '.join(models.names())}")
    if params.split.protocol not in ("artist", "track"):
        raise ParamsError(f"split.protocol={params.split.protocol}: has no folds; take artist or track")
    every = material.read_tracks(layout)
    usable = tracks.usable(every)
    rows, where = rows_of(usable, params), layout.clips(params.corpus.path)
    features = material.features(NAME, rows, every, params, layout)
    genres = sorted(usable["genre"].unique())
    sided = [deal(rows, every, params, folds=folds, number=number) for number in range(folds)]
    found = cross_validate(
        answer_keys(kinds, rows, params, [where / path for path in usable["path"]], folds=folds),
        folds,
        layout.data / "studies" / f"{NAME}-answers",
        lambda number, missing: answer(material.sides(features, sided[number]), missing, params, genres),
        material.say,
    )
    results: dict[str, list[tuple[dict, pd.DataFrame]]] = {}
    for kind, answers in found.items():
        results[kind] = [
            _score(number, one, sided[number][sided[number]["split"] == "test"], params, genres)
            for number, one in enumerate(answers)
        ]
    _report(results, params, layout, genres, folds)


def _score(
    number: int, one: Answer, held: pd.DataFrame, params: Params, genres: list[str]
) -> tuple[dict[str, Any], pd.DataFrame]:
    """One fold's measures, and its answers with the probabilities before the temperature beside them."""
    measures, answers, arrays = score(
        held.reset_index(drop=True),
        one.probabilities,
        genres,
        temperature=one.told["temperature"],
        uncertain_below=one.told["uncertain_below"],
        vote=params.rule.vote,
        bins=params.evaluate.bins,
        draws=params.evaluate.bootstrap,
        seed=params.base.seed,
    )
    for k, genre in enumerate(genres):
        answers[f"before_{genre}"] = arrays["before"][:, k]
    return {"fold": number, "train_s": one.told["train_s"]} | measures["track"], answers


def _report(results: dict, params: Params, layout: Layout, genres: list[str], folds: int) -> None:
    words = f"{params.split.protocol} split, {folds} folds"
    told: dict[str, dict[str, Any]] = {}
    per_fold = []
    for kind, parts in results.items():
        measured = pd.DataFrame([m for m, _ in parts])
        told[kind] = _pooled(measured, pd.concat([a for _, a in parts], ignore_index=True), params, genres)
        per_fold.append(measured[["fold", "accuracy", "macro_recall", "macro_f1", "ece"]].assign(model=kind))
    rows = [{"model": kind} | {k: v for k, v in one.items() if k != "recall"} for kind, one in told.items()]
    table = pd.DataFrame(rows)
    text = (
        f"{words}: each track is answered once, by models that did not learn from its artist. "
        "Intervals are bootstrapped over all tracks."
    )
    heading = title(params.corpus.name, params.corpus.kind, params.split)
    metrics = {"title": heading, "split": words, "folds": folds, "models": told}
    tables = {"table.csv": (table, 4), "folds.csv": (pd.concat(per_fold, ignore_index=True), 4)}
    with report(layout, NAME, title="Cross-validation", text=text, metrics=metrics, tables=tables) as folder:
        for kind, parts in results.items():
            answers = pd.concat([a for _, a in parts], ignore_index=True)
            surest = probabilities_of(answers, genres).max(axis=1)
            draw_answers(
                answers[[c for c in answers if not c.startswith("before_")]],
                _before(answers, genres),
                genres,
                folder / kind,
                name=models.label(kind),
                title=f"{models.label(kind)} on {params.corpus.name}, {words}",
                bins=params.evaluate.bins,
                threshold=float(np.quantile(surest, told[kind]["uncertain_share"])),
            )
        comparison(table, folder / "models.svg", title=f"{params.corpus.name}: {words}", chance=1 / len(genres))
    for row in rows:
        print(
            f"{row['model']}: accuracy {row['accuracy']:.3f} [{row['accuracy_low']:.3f}, {row['accuracy_high']:.3f}] "
            f"(folds {row['accuracy_mean']:.3f} ± {row['accuracy_deviation']:.3f}), macro recall "
            f"{row['macro_recall']:.3f}, ECE {row['ece']:.3f}"
        )


def _before(answers: pd.DataFrame, genres: list[str]) -> np.ndarray:
    """Probabilities before the temperature, float64 [tracks, genres]."""
    return answers[[f"before_{genre}" for genre in genres]].to_numpy(float)


def _pooled(measured: pd.DataFrame, answers: pd.DataFrame, params: Params, genres: list[str]) -> dict[str, Any]:
    """One kind's scores over all folds: pooled with intervals, and the mean and deviation of the folds'."""
    after = probabilities_of(answers, genres)
    actual, predicted = labels_of(answers, genres), after.argmax(axis=1)
    certain = ~answers["uncertain"].to_numpy(bool)
    found: dict[str, Any] = {"tracks": len(answers)}
    found |= measures(actual, predicted, answers["track_id"].to_numpy(), params, genres=len(genres))
    for name in ("accuracy", "macro_recall", "macro_f1"):
        found |= {f"{name}_mean": float(measured[name].mean()), f"{name}_deviation": float(measured[name].std(ddof=1))}
    return found | {
        "ece_before": scores.ece(_before(answers, genres), actual, params.evaluate.bins),
        "ece": scores.ece(after, actual, params.evaluate.bins),
        "uncertain_share": float((~certain).mean()),
        "accuracy_when_certain": float((predicted == actual)[certain].mean()) if certain.any() else None,
        "accuracy_of_surest_70": float(scores.coverage(after, actual)[1][max(0, round(0.7 * len(actual)) - 1)]),
        "recall": dict(zip(genres, scores.recall(scores.confusion(actual, predicted, len(genres))), strict=True)),
    }
