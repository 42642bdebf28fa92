"""Study ``leak-price``: how much better the same models look when the split leaks.

The originals (and ``--copies`` of them) are extracted once; each protocol then splits the same rows in memory, the
models learn from its train side, stop and are calibrated on its valid side, and are scored on its held-out side, with
the functions of the stages ``train`` and ``evaluate``. With ``--repeats`` the splits are drawn from several seeds and
the answers are pooled (``--kinds svm,original:1@artist`` gives a kind fewer, and one protocol); intervals are always
over tracks. Answers are kept as they come, so a run that was stopped goes on, and one kind more costs that kind alone.

Writes ``reports/<corpus>/studies/leak-price/``: ``table.csv`` (a row a model and protocol), ``gaps.csv``,
``metrics.json``, ``leak-price.svg``, ``section.json``. Nothing that the stages use is chosen or changed by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from corpora import published, tracks
from corpora import split as splitting
from features.store import FeatureSet
from pipeline import scoring
from pipeline.copying import copies as draw_copies
from pipeline.errors import PipelineError
from pipeline.files import read_json, write_json
from pipeline.layout import Layout
from pipeline.params import Params
from pipeline.tables import labels_of, with_subsets
from studies import material, plots
from studies.keys import key
from studies.reporting import measures, report
from studies.training import AS_SET, MODELS, Training, seen, told

NAME = "leak-price"
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
PROTOCOLS = ("segment", "track", "artist", "fault_filtered")
HONEST = "artist"
_LEAK_WORDS = {
    "segment": "LEAKS: pieces of one track on both sides",
    "track": "LEAKS: artists on both sides",
    "artist": "no",
    "fault_filtered": "no",
}


@dataclass(frozen=True)
class Scored:
    """The pooled answers of one model under one protocol.

    Parameters
    ----------
    answers : DataFrame
        A row an answer: ``track_id, genre, predicted``.
    segments : int
        Held-out segments.
    segment_accuracy : float
        Accuracy of single segments.
    training : str
        How long the model learned, in words.
    """

    answers: pd.DataFrame
    segments: int
    segment_accuracy: float
    training: str = ""


def missing(table: pd.DataFrame, usable: pd.DataFrame) -> list[str]:
    """Genres that some side of a split lacks."""
    sided = table.merge(usable[["track_id", "genre"]], on="track_id")
    found = sided.groupby("genre")["split"].nunique().reindex(sorted(usable["genre"].unique()), fill_value=0)
    return found.index[found < len(splitting.SIDES)].tolist()


def make_split(
    protocol: str, usable: pd.DataFrame, rows: pd.DataFrame, params: Params, seed: int
) -> tuple[pd.DataFrame | None, str]:
    """A split in memory.

    Returns
    -------
    (DataFrame or None, str)
        ``track_id, segment, split``; None where the corpus cannot have this protocol, and the reason in words.
    """
    lists = published(params.corpus.kind)
    try:
        table = splitting.split(
            usable,
            protocol=protocol,
            valid=params.split.valid,
            test=params.split.test,
            seed=seed,
            segments=rows[rows["copy"] == 0]["track_id"].value_counts().to_dict(),
            published=lists,
        )
    except splitting.SplitError as error:
        return None, str(error)
    lacking = missing(table, usable)
    if protocol == "fault_filtered" and lacking:
        return None, f"these tracks are not the whole of GTZAN: a published list has no {', '.join(lacking)}"
    return table, ""


def score(model: str, made: dict[str, FeatureSet], params: Params, seed: int, training: Training) -> Scored:
    """Learn on train and valid, answer for the held-out side."""
    made = {side: seen(model, features) for side, features in made.items()}
    fitted = training.fit(params, model, made["train"], made["valid"], seed=seed)
    held = made["test"]
    found, answers, _ = scoring.score(
        held.table,
        fitted.model.predict_proba(held),
        fitted.model.genres,
        temperature=fitted.calibration.temperature,
        uncertain_below=fitted.calibration.uncertain_below,
        vote=params.rule.vote,
        bins=params.evaluate.bins,
        draws=params.evaluate.bootstrap,
        seed=seed,
    )
    words = told(fitted.model.kind, fitted.model.settings)
    accuracy = found["segment"]["accuracy"]
    return Scored(answers[["track_id", "genre", "predicted"]], found["segments"], accuracy, words)


def kept(model: str, made: dict[str, FeatureSet], params: Params, seed: int, training: Training, where: Path) -> Scored:
    """`score`, or what it gave before under the same key; `where` has the features, answers stand beside it."""
    rows = [features.table[["track_id", "segment", "recipe"]] for features in made.values()]
    kind, settings = training.settings(params, model)
    asked = (model, seed, training, settings, vars(params.train), params.rule, rows, read_json(where / "key.json"))
    name = key(*asked, code=["studies.leak_price", f"models.kinds.{kind}"])
    path = where.with_name(f"{NAME}-answers") / f"{model}-{name}.json"
    if path.exists():
        found = read_json(path)
        return Scored(**found | {"answers": pd.DataFrame(found["answers"])})
    scored = score(model, made, params, seed, training)
    right = (scored.answers["genre"] == scored.answers["predicted"]).mean()
    material.say(f"{NAME}: {model}, seed {seed}: {right:.3f} of {len(scored.answers)} tracks")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, vars(scored) | {"answers": scored.answers.to_dict("list")})
    return scored


def pool(parts: list[Scored]) -> Scored:
    """The answers of several repeats as one."""
    counts = [part.segments for part in parts]
    accuracy = float(np.average([part.segment_accuracy for part in parts], weights=counts))
    answers = pd.concat([part.answers for part in parts], ignore_index=True)
    return Scored(answers, sum(counts), accuracy, parts[0].training)


def gap(leaking: dict, honest: dict, name: str) -> tuple[float, float, float]:
    """Difference of two independent scores with its 95 % interval, from the intervals of the two.

    Zou and Donner, "Construction of confidence limits about effect measures", Statistics in Medicine 27, 2008 (the
    method of variance estimates recovery).

    >>> a = {"accuracy": 0.9, "accuracy_low": 0.87, "accuracy_high": 0.93}
    >>> b = {"accuracy": 0.6, "accuracy_low": 0.56, "accuracy_high": 0.64}
    >>> [round(value, 3) for value in gap(a, b, "accuracy")]
    [0.3, 0.25, 0.35]
    """
    a, a_low, a_high = (leaking[name + end] for end in ("", "_low", "_high"))
    b, b_low, b_high = (honest[name + end] for end in ("", "_low", "_high"))
    between = a - b
    below, above = np.hypot(a - a_low, b_high - b), np.hypot(a_high - a, b - b_low)
    return float(between), float(between - below), float(between + above)


def gaps(table: pd.DataFrame) -> pd.DataFrame:
    """What each leaking protocol adds to each model's scores over the artist split."""
    rows = []
    for model, part in table.groupby("model", sort=False):
        by = part.set_index("protocol").to_dict("index")
        for protocol in splitting.LEAKS:
            if protocol in by and HONEST in by:
                row = {"model": model, "from": HONEST, "to": protocol}
                for name in ("accuracy", "macro_recall"):
                    values = gap(by[protocol], by[HONEST], name)
                    row |= {f"{name}_gap{e}": v for e, v in zip(("", "_low", "_high"), values, strict=True)}
                rows.append(row)
    return pd.DataFrame(rows)


def limits(kinds: list[str], repeats: int) -> dict[str, tuple[int, str]]:
    """How many of the splits each kind of model takes, and under which protocol alone; an empty text is all.

    >>> limits(["svm", "original:1@artist"], 3)
    {'svm': (3, ''), 'original': (1, 'artist')}
    """
    found = {}
    for kind in kinds:
        counted, _, protocol = kind.partition("@")
        name, _, number = counted.partition(":")
        if number and not (number.isdecimal() and int(number)):
            raise PipelineError(f"--kinds {kind}: after the colon stands how many splits it takes, 1 or more")
        if protocol:
            material.known([protocol], PROTOCOLS, "kinds")
        found[name] = min(int(number or repeats), repeats), protocol
    return found


def run(
    params: Params,
    layout: Layout,
    *,
    kinds: list[str],
    protocols: list[str],
    repeats: int = 1,
    copies: int = 0,
    clips: int = 0,
    training: Training = AS_SET,
) -> pd.DataFrame:
    """Score every kind of model under every protocol; what table.csv holds.

    Parameters
    ----------
    params, layout
    kinds : list of {"cnn", "svm", "xgb", "original"}
        ``name`` or ``name:N``, which takes the first N of the repeats only; ``name@protocol`` takes one protocol.
    protocols : list of {"segment", "track", "artist", "fault_filtered"}
        One that the corpus cannot have is left out, and the section says why.
    repeats : int
        Splits (and model seeds) drawn for each protocol.
    copies : int
        Augmented copies of each training segment.
    clips : int
        At most so many tracks of each genre; 0 takes all.
    training : Training
    """
    times = limits(kinds, repeats)
    material.known(times, MODELS)
    protocols = material.known(protocols, PROTOCOLS, "protocols")
    if repeats < 1 or copies < 0 or clips < 0:
        raise PipelineError(f"--repeats {repeats} --copies {copies} --clips {clips}: at least 1, 0 and 0")
    every = material.read_tracks(layout)
    usable = material.some(tracks.usable(every), clips)
    rows = material.pieces(usable, rule=params.rule, settings=params.features)
    if copies:
        made = draw_copies(rows, replace(params.augment, copies=copies), params.base.seed)
        rows = pd.concat([rows, made], ignore_index=True)
    features = material.features(NAME, rows, every, params, layout)
    found, notes, where = [], [], layout.data / "studies" / NAME
    for protocol in protocols:
        scored: dict[str, list[Scored]] = {kind: [] for kind in times}
        for repeat in range(1 if protocol == "fault_filtered" else repeats):
            seed = params.base.seed + repeat
            table, reason = make_split(protocol, usable, rows, params, seed)
            if table is None:
                notes.append(f"{protocol} is left out: {reason}.")
                break
            originals = with_subsets(rows[rows["copy"] == 0], table)
            splitting.check_split(table, every, protocol=protocol, segments=originals)
            if repeat == 0:
                notes += [f"{protocol}: {words}." for words in splitting.notices(usable, table)]
            sides = material.sides(features, material.sided(rows, table))
            for kind in (kind for kind, (most, only) in times.items() if repeat < most and only in ("", protocol)):
                scored[kind].append(kept(kind, sides, params, seed, training, where))
        found += [_row(kind, protocol, parts, params, usable, copies) for kind, parts in scored.items() if parts]
    if not found:
        raise PipelineError("no protocol could be used: " + " ".join(notes))
    return _report(pd.DataFrame(found), notes, params, layout, usable, repeats)


def _row(
    kind: str, protocol: str, parts: list[Scored], params: Params, usable: pd.DataFrame, copies: int
) -> dict[str, Any]:
    """A row of the table: one model under one protocol, its repeats pooled."""
    scored, genres = pool(parts), sorted(usable["genre"].unique())
    answers = scored.answers
    return {
        "model": kind,
        "protocol": protocol,
        "leaks": _LEAK_WORDS[protocol],
        **measures(
            labels_of(answers, genres),
            labels_of(answers.assign(genre=answers["predicted"]), genres),
            answers["track_id"].to_numpy(),
            params,
            genres=len(genres),
        ),
        "segment_accuracy": scored.segment_accuracy,
        "held_out_tracks": answers["track_id"].nunique(),
        "genres_held_out": answers["genre"].nunique(),
        "splits": len(parts),
        "copies": copies,
        "training": scored.training,
    }


def _report(
    table: pd.DataFrame, notes: list[str], params: Params, layout: Layout, usable: pd.DataFrame, repeats: int
) -> pd.DataFrame:
    between = gaps(table)
    name = params.corpus.name
    how = f"{len(usable)} tracks of {usable['genre'].nunique()} genres"
    how += f", answers of up to {repeats} random splits pooled (see the table)" if repeats > 1 else ", one split each"
    text = (
        "The same models learn from the same features; only the split differs. “segment” lets pieces of one track "
        "stand on both sides and “track” lets an artist do so: both LEAK, and what they add is memory, not skill. "
        f"Track level, {how}; the held-out side is the study's own, made in memory; the protocols' held-out tracks "
        "differ, so the gaps are of independent scores. Bars are 95 % bootstrap intervals over tracks. "
        + " ".join(notes)
    )
    metrics = {
        "corpus": name,
        "tracks": len(usable),
        "held_out": "the study's own test shares of each protocol, split in memory",
        "notes": notes,
        "scores": table.to_dict("records"),
        "gaps": between.to_dict("records"),
    }
    title, tables = "The price of a leak", {"table.csv": (table, 4), "gaps.csv": (between, 4)}
    with report(layout, NAME, title=title, text=text, metrics=metrics, tables=tables) as folder:
        plots.leak_price(table, folder / "leak-price.svg", title=f"{name}: what a leak is worth, track level")
    for row in table.to_dict("records"):
        print(
            f"{row['protocol']:>14} {row['model']:<9} accuracy {row['accuracy']:.3f} [{row['accuracy_low']:.3f}, "
            f"{row['accuracy_high']:.3f}], macro recall {row['macro_recall']:.3f}  {row['leaks']}"
        )
    return table
