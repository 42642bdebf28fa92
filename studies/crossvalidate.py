"""``python -m studies crossvalidate``: every model on every fold of a grouped cross-validation.

The functions are those of the stages: `corpora.split` deals the folds, `pipeline.fitting`
learns, `pipeline.scoring` scores.
Features of all tracks and of copies of all tracks are extracted once, into ``data/<corpus>/crossvalidate/``; a fold
learns from the copies of its training tracks only. Answers are kept there fold by fold, so that a run that was stopped
goes on where it was.

Writes ``reports/<corpus>/studies/crossvalidate/``: ``metrics.json`` (for each model: mean and deviation over folds,
pooled interval), ``folds.csv``, ``table.csv``, ``models.svg``, and for each model ``<kind>/``: ``predictions.csv``
(every track once, answered by the fold that did not know it), ``confusion.csv``, ``confusion.svg``,
``reliability.svg``, ``coverage.svg``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import models
from corpora import split as splitting
from corpora import tracks
from corpora.check import sha256
from features.store import FeatureSet, open_store
from features.store import write as write_store
from pipeline import cutting, scores
from pipeline.copying import copies
from pipeline.errors import ParamsError, PipelineError
from pipeline.extraction import features_of
from pipeline.files import fresh_folder, plain, read_json, write_csv, write_json
from pipeline.fitting import fit_with
from pipeline.layout import Layout
from pipeline.naming import title
from pipeline.params import Params
from pipeline.plots.answers import answers as draw_answers
from pipeline.plots.comparison import comparison
from pipeline.scoring import score
from pipeline.tables import labels_of, probabilities_of

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


@dataclass(frozen=True)
class Fold:
    """One fold's features; `test` is for scoring alone."""

    number: int
    train: FeatureSet
    valid: FeatureSet
    test: FeatureSet


def _key(*parts: Any) -> str:
    """A short name for what a result depends on."""
    return hashlib.sha256(json.dumps(plain(list(parts)), default=repr, sort_keys=True).encode()).hexdigest()[:16]


def all_features(params: Params, layout: Layout) -> FeatureSet:
    """Originals and copies of all usable tracks, extracted once and kept."""
    every = tracks.read(layout.tracks)
    settings = params.features
    key = _key(sha256(layout.tracks), settings, params.rule, params.augment, params.base.seed)
    store = layout.data / "crossvalidate" / f"features-{key}"
    if not (store / "features.json").exists():
        pieces = cutting.cut(
            tracks.usable(every),
            rule=params.rule,
            sample_rate=settings.sample_rate,
            segment=settings.segment_samples,
            hop=settings.segment_hop_samples,
        )
        table = pd.concat([pieces, copies(pieces, params.augment, params.base.seed)], ignore_index=True)
        table = table.sort_values(["track_id", "segment", "copy"], kind="stable", ignore_index=True)
        blocks = features_of(
            table, every, layout.clips(params.corpus.path), settings=settings, rule=params.rule, words="all"
        )
        from features import Engine

        with fresh_folder(store) as partial:
            write_store(partial, table, blocks, settings=settings, statistics=Engine(settings).statistics)
    return open_store(store)


def deal(
    features: FeatureSet, every: pd.DataFrame, *, folds: int, number: int, protocol: str, valid: float, seed: int
) -> Fold:
    """One fold's features, checked by the guard against leaks.

    Parameters
    ----------
    features : FeatureSet
        Originals and copies of all usable tracks.
    every : DataFrame
        The tracks table.
    folds, number : int
        How many, and which (from 0).
    protocol : {"artist", "track"}
    valid : float
        Share of what is not tested.
    seed : int
    """
    table = splitting.split(
        tracks.usable(every), protocol=protocol, valid=valid, test=0.2, folds_n=folds, fold=number, seed=seed
    )
    side = features.table["track_id"].map(table.set_index("track_id")["split"]).to_numpy()
    original = features.table["copy"].to_numpy() == 0
    keep = (side == "train") | original
    segments = features.table[keep].assign(split=side[keep])
    splitting.check_split(table, every, protocol=protocol, segments=segments)
    return Fold(
        number,
        features.take(side == "train"),
        features.take((side == "valid") & original),
        features.take((side == "test") & original),
    )


def answer(fold: Fold, kinds: list[str], params: Params, genres: list[str]) -> dict[str, tuple[dict, pd.DataFrame]]:
    """Fit each kind of model on a fold and score it on the fold's test side."""
    found, fitted = {}, {}
    combined = set(kinds) & set(models.combining())
    for kind in [k for k in models.names() if k in kinds or (combined and k in models.trained())]:
        members = {k: fitted[k].model for k in models.trained()} if kind in combined else None
        fitted[kind] = fit_with(
            params,
            kind,
            getattr(params, kind),
            genres=genres,
            seed=params.base.seed,
            train=fold.train,
            valid=fold.valid,
            members=members,
        )
        if kind not in kinds:
            continue
        measures, answers, arrays = score(
            fold.test,
            fitted[kind].model.predict_proba(fold.test),
            genres,
            temperature=fitted[kind].calibration.temperature,
            uncertain_below=fitted[kind].calibration.uncertain_below,
            vote=params.rule.vote,
            bins=params.evaluate.bins,
            draws=params.evaluate.bootstrap,
            seed=params.base.seed,
        )
        for k, genre in enumerate(genres):
            answers[f"before_{genre}"] = arrays["before"][:, k]
        found[kind] = ({"fold": fold.number, "train_s": fitted[kind].seconds} | measures["track"], answers)
    return found


def run(params: Params, layout: Layout, *, folds: int, kinds: list[str]) -> None:
    """Cross-validate and report."""
    if folds < 2:
        raise ParamsError(f"--folds={folds}: must be 2 or more")
    for kind in kinds:
        if kind not in models.names():
            raise ParamsError(f"--kinds={kind}: must be some of {', '.join(models.names())}")
    protocol = params.split.protocol
    if protocol not in ("artist", "track"):
        raise ParamsError(f"split.protocol={protocol}: has no folds; take artist or track")
    if not layout.tracks.exists():
        raise PipelineError(f"{layout.tracks}: not there yet; run `dvc repro prepare` first")
    every = tracks.read(layout.tracks)
    features = all_features(params, layout)
    genres = sorted(tracks.usable(every)["genre"].unique())
    settings = [getattr(params, kind) for kind in models.names()]
    key = _key(
        sha256(layout.tracks),
        params.features,
        params.rule,
        params.augment,
        params.train,
        params.split.valid,
        protocol,
        params.base.seed,
        folds,
        params.evaluate,
        settings,
    )
    kept = layout.data / "crossvalidate" / f"answers-{key}"
    results: dict[str, list[tuple[dict, pd.DataFrame]]] = {kind: [] for kind in kinds}
    for number in range(folds):
        places = {kind: kept / f"{kind}-{number}" for kind in kinds}
        missing = [kind for kind in kinds if not places[kind].exists()]
        if missing:
            fold = deal(
                features,
                every,
                folds=folds,
                number=number,
                protocol=protocol,
                valid=params.split.valid,
                seed=params.base.seed,
            )
            for kind, (measures, answers) in answer(fold, missing, params, genres).items():
                with fresh_folder(places[kind]) as partial:
                    write_json(partial / "metrics.json", measures)
                    write_csv(partial / "answers.csv", answers, digits=8)
        for kind in kinds:
            measures = read_json(places[kind] / "metrics.json")
            results[kind].append((measures, pd.read_csv(places[kind] / "answers.csv", keep_default_na=False)))
            print(
                f"fold {number + 1} of {folds}: {kind}: accuracy {measures['accuracy']:.3f}, "
                f"macro recall {measures['macro_recall']:.3f}",
                flush=True,
            )
    _report(results, params, layout, genres, folds)


def _report(results: dict, params: Params, layout: Layout, genres: list[str], folds: int) -> None:
    words = f"{params.split.protocol} split, {folds} folds"
    rows, per_fold, metrics = [], [], {}
    with fresh_folder(layout.report("studies", NAME)) as report:
        for kind, parts in results.items():
            measures = pd.DataFrame([m for m, _ in parts])
            answers = pd.concat([a for _, a in parts], ignore_index=True)
            after = probabilities_of(answers, genres)
            before = answers[[f"before_{g}" for g in genres]].to_numpy(float)
            actual = labels_of(answers, genres)
            predicted = after.argmax(axis=1)
            pooled = scores.bootstrap(
                actual,
                predicted,
                answers["track_id"].to_numpy(),
                genres=len(genres),
                draws=params.evaluate.bootstrap,
                seed=params.base.seed,
            )
            counts = scores.confusion(actual, predicted, len(genres))
            certain = ~answers["uncertain"].astype(str).eq("True").to_numpy()
            summary: dict[str, Any] = {"tracks": len(answers)}
            for name, (value, low, high) in pooled.items():
                summary |= {
                    name: value,
                    f"{name}_low": low,
                    f"{name}_high": high,
                    f"{name}_mean": float(measures[name].mean()),
                    f"{name}_deviation": float(measures[name].std(ddof=1)),
                }
            summary |= {
                "ece_before": scores.ece(before, actual, params.evaluate.bins),
                "ece": scores.ece(after, actual, params.evaluate.bins),
                "uncertain_share": float((~certain).mean()),
                "accuracy_when_certain": float((predicted == actual)[certain].mean()) if certain.any() else None,
                "accuracy_of_surest_70": float(scores.coverage(after, actual)[1][max(0, round(0.7 * len(actual)) - 1)]),
                "recall": dict(zip(genres, scores.recall(counts), strict=True)),
            }
            metrics[kind] = summary
            rows.append({"model": kind} | {k: v for k, v in summary.items() if k != "recall"})
            per_fold.append(measures[["fold", "accuracy", "macro_recall", "macro_f1", "ece"]].assign(model=kind))
            where = report / kind
            name = models.label(kind)
            draw_answers(
                answers[[c for c in answers if not c.startswith("before_")]],
                before,
                genres,
                where,
                name=name,
                title=f"{name} on {params.corpus.name}, {words}",
                bins=params.evaluate.bins,
                threshold=float(np.quantile(after.max(axis=1), summary["uncertain_share"])),
            )
        table = pd.DataFrame(rows)
        write_csv(report / "table.csv", table, digits=4)
        write_csv(report / "folds.csv", pd.concat(per_fold, ignore_index=True), digits=4)
        heading = title(params.corpus.name, params.corpus.kind, params.split)
        write_json(report / "metrics.json", {"title": heading, "split": words, "folds": folds, "models": metrics})
        write_json(
            report / "section.json",
            {
                "title": "Cross-validation",
                "text": f"{words}: each track is answered once, by models that did not learn from its artist. "
                "Intervals are bootstrapped over all tracks.",
            },
        )
        comparison(table, report / "models.svg", title=f"{params.corpus.name}: {words}", chance=1 / len(genres))
    for row in rows:
        print(
            f"{row['model']}: accuracy {row['accuracy']:.3f} [{row['accuracy_low']:.3f}, {row['accuracy_high']:.3f}] "
            f"(folds {row['accuracy_mean']:.3f} ± {row['accuracy_deviation']:.3f}), macro recall "
            f"{row['macro_recall']:.3f}, ECE {row['ece']:.3f}"
        )
