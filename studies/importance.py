"""Study ``importance``: what the models listen to, on the validation side.

- For models over statistics, families of statistics: the share of XGBoost's gain, and permutation importance (Breiman,
  "Random forests", Machine Learning 45, 2001): the columns of a family are dealt anew to the validation segments, all
  with the same shuffle, and the loss at track level is what the family was worth.
- For the CNN, occlusion maps (Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014):
  a patch of time and mel bands is replaced by each band's mean over the segment, and the fall of the answer's
  probability is the patch's part in it.

Writes ``reports/<corpus>/studies/importance/``: ``families.csv``, ``families.svg``, ``statistics.csv`` (XGBoost's 30
strongest), ``maps.png``, ``metrics.json``, ``section.json``; the parts of the kinds that are asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from features import filters
from features.families import label_of
from features.store import FeatureSet, open_store
from pipeline import calibration
from pipeline.errors import PipelineError
from pipeline.families import heard
from pipeline.files import write_csv
from pipeline.layout import Layout
from pipeline.naming import describe
from pipeline.params import Params
from pipeline.tables import labels_of
from studies import material, plots
from studies.reporting import report
from studies.training import trained

NAME = "importance"
READS = ("base.seed", "corpus.name", "corpus.kind", "split", "segments", "features", "rule", "evaluate")
KINDS = ("xgb", "svm", "cnn")
STRONGEST = 30

#: Patches of an occlusion map: over the frames of a segment, and over its bands.
PATCHES = (12, 10)


def shuffled(features: FeatureSet, columns: np.ndarray, rng: np.random.Generator) -> FeatureSet:
    """The features with some columns of the statistics dealt anew to the rows, all with one shuffle."""
    summary = np.array(features.summary)
    summary[:, columns] = summary[rng.permutation(len(summary))][:, columns]
    return FeatureSet(features.table, features.mfcc, summary, features.statistics, features.settings)


def track_scores(model: Any, features: FeatureSet, temperature: float, vote: str) -> dict[str, float]:
    """Accuracy and mean log-probability of the right genre over tracks."""
    soft = calibration.soften(model.predict_proba(features), temperature)
    found, p = calibration.by_track(features.table, soft, vote)
    actual = labels_of(found, model.genres)
    right = np.clip(p[np.arange(len(p)), actual], 1e-12, 1)
    return {"accuracy": float((p.argmax(axis=1) == actual).mean()), "log_probability": float(np.log(right).mean())}


def permutation(
    model: Any, features: FeatureSet, *, temperature: float, vote: str, repeats: int, seed: int
) -> pd.DataFrame:
    """What each family is worth to a model.

    Parameters
    ----------
    model : models.Model
    features : FeatureSet
        Originals that the model did not learn from.
    temperature : float
    vote : {"mean", "majority"}
    repeats : int
        Shuffles of each family.
    seed : int

    Returns
    -------
    DataFrame
        ``family, statistics`` (how many), ``accuracy_drop``, ``accuracy_drop_sd`` (deviation over the shuffles),
        ``log_probability_drop``; the most valuable first.
    """
    whole = track_scores(model, features, temperature, vote)
    names = np.array([label_of(name) for name in features.statistics])
    rng = np.random.default_rng(seed)
    rows = []
    for words in dict.fromkeys(names):
        columns = np.flatnonzero(names == words)
        lost = [track_scores(model, shuffled(features, columns, rng), temperature, vote) for _ in range(repeats)]
        accuracy = whole["accuracy"] - np.array([part["accuracy"] for part in lost])
        sureness = whole["log_probability"] - np.array([part["log_probability"] for part in lost])
        rows.append(
            {
                "family": words,
                "statistics": len(columns),
                "accuracy_drop": accuracy.mean(),
                "accuracy_drop_sd": accuracy.std(),
                "log_probability_drop": sureness.mean(),
            }
        )
    return pd.DataFrame(rows).sort_values("log_probability_drop", ascending=False, ignore_index=True)


def gain_by_family(importance: dict[str, float]) -> dict[str, float]:
    """Shares of the gain of the statistics, summed by family.

    >>> gain_by_family({"mfcc_1_mean": 0.5, "mfcc_2_std": 0.25, "chroma_0_mean": 0.25})
    {'MFCC': 0.75, 'chroma': 0.25}
    """
    shares: dict[str, float] = {}
    for name, share in importance.items():
        shares[label_of(name)] = shares.get(label_of(name), 0.0) + share
    return shares


def occlusion(model: Any, features: FeatureSet, label: int, patches: tuple[int, int] = PATCHES) -> np.ndarray:
    """How far a genre's probability falls when a patch of a segment is taken away.

    Parameters
    ----------
    model : models.Model
        One that reads ``mfcc`` alone.
    features : FeatureSet
        The segments to look at.
    label : int
        Number of the genre.
    patches : (int, int)
        Over the frames and over the bands.

    Returns
    -------
    np.ndarray [segments, *patches]
        Below 0 where the patch speaks against the genre.
    """
    n, frames, width = features.mfcc.shape
    if patches[0] > frames or patches[1] > width:
        raise PipelineError(f"patches={patches}: at most {frames} over the frames and {width} over the bands")
    to_bands = filters.dct_matrix(width, width)
    bands = np.asarray(features.mfcc) @ to_bands
    mean = bands.mean(axis=1, keepdims=True)
    before = model.predict_proba(features)[:, label]
    times = np.linspace(0, frames, patches[0] + 1).round().astype(int)
    rows = np.linspace(0, width, patches[1] + 1).round().astype(int)
    found = np.zeros((n, *patches))
    for i in range(patches[0]):
        for j in range(patches[1]):
            without = bands.copy()
            here = (slice(None), slice(times[i], times[i + 1]), slice(rows[j], rows[j + 1]))
            without[here] = np.broadcast_to(mean, bands.shape)[here]
            changed = FeatureSet(
                features.table,
                (without @ to_bands.T).astype(np.float32),
                features.summary,
                features.statistics,
                features.settings,
            )
            found[:, i, j] = before - model.predict_proba(changed)[:, label]
    return found


def whole_clip(parts: np.ndarray, starts_s: np.ndarray, segment_s: float) -> np.ndarray:
    """Matrices of segments laid along the time of their clip; where segments overlap, their mean.

    Parameters
    ----------
    parts : np.ndarray [segments, t, bands]
    starts_s : np.ndarray [segments]
        From the first segment's start, s.
    segment_s : float
        What `t` columns stand for.

    Returns
    -------
    np.ndarray [columns, bands]
        As many columns a second as the segments have.
    """
    each = parts.shape[1]
    at = np.round((starts_s - starts_s.min()) / segment_s * each).astype(int)
    total = np.zeros((at.max() + each, parts.shape[2]))
    count = np.zeros((at.max() + each, 1))
    for part, first in zip(parts, at, strict=True):
        total[first : first + each] += part
        count[first : first + each] += 1
    return total / np.maximum(count, 1)


def clips_for_maps(tracks: pd.DataFrame, p: np.ndarray, genres: list[str], count: int) -> list[int]:
    """Rows of the tracks to draw: of each genre in turn the surest right answer, else the surest answer."""
    actual = labels_of(tracks, genres)
    right = p.argmax(axis=1) == actual
    sure = p.max(axis=1) + right
    best = [int(rows[np.argmax(sure[rows])]) for g in range(len(genres)) if len(rows := np.flatnonzero(actual == g))]
    keep = np.unique(np.linspace(0, len(best) - 1, min(count, len(best))).round().astype(int))
    return [best[k] for k in keep]


def maps(model: Any, features: FeatureSet, temperature: float, vote: str, count: int) -> list[plots.Map]:
    """Occlusion maps of some clips: their first excerpts."""
    soft = calibration.soften(model.predict_proba(features), temperature)
    tracks, p = calibration.by_track(features.table, soft, vote)
    settings = features.settings
    drawn = []
    for row in clips_for_maps(tracks, p, model.genres, count):
        label = int(p[row].argmax())
        track = tracks.iloc[row]
        here = features.take(
            ((features.table["track_id"] == track["track_id"]) & (features.table["excerpt"] == 0)).to_numpy()
        )
        starts = here.table["start_s"].to_numpy(float)
        bands = np.asarray(here.mfcc) @ filters.dct_matrix(settings.n_mfcc, settings.n_mfcc)
        heat = occlusion(model, here, label)
        drawn.append(
            plots.Map(
                title=f"{track['track_id']} ({track['genre']})",
                answer=model.genres[label],
                probability=float(p[row, label]),
                start_s=float(starts.min()),
                seconds=float(np.ptp(starts) + settings.segment_s),
                bands=whole_clip(bands, starts, settings.segment_s),
                heat=whole_clip(heat, starts, settings.segment_s),
            )
        )
    return drawn


def run(
    params: Params, layout: Layout, *, kinds: list[str], repeats: int = 20, clips: int = 6
) -> dict[str, pd.DataFrame]:
    """Measure and draw what the trained models listen to.

    Parameters
    ----------
    params, layout
    kinds : list of {"xgb", "svm", "cnn"}
        Trained models.
    repeats : int
        Shuffles of each family.
    clips : int
        Occlusion maps of the CNN.

    Returns
    -------
    dict of str to DataFrame
        Permutation importance of each model over statistics.
    """
    kinds = material.known(kinds, KINDS)
    if repeats < 1 or clips < 1:
        raise PipelineError(f"--repeats {repeats} --clips {clips}: must be at least 1")
    loaded = {kind: trained(layout, kind) for kind in kinds}
    pictured = {kind for kind, (model, _) in loaded.items() if model.inputs == ("mfcc",)}
    stored = heard(open_store(layout.features("valid")), params.features.tagger)
    features = stored.take((stored.table["copy"] == 0).to_numpy())
    count = features.table["track_id"].nunique()
    where = f"{describe(params.split)}, validation side, {count} tracks"
    seed, vote = params.base.seed, params.rule.vote
    found: dict[str, pd.DataFrame] = {}
    told: dict[str, Any] = {}
    metrics = {"corpus": params.corpus.name, "split": where, "tracks": count, "models": told}
    text = _words(where, repeats, families=set(kinds) - pictured, mapped=pictured)
    with report(layout, NAME, title="What the models listen to", text=text, metrics=metrics, tables={}) as folder:
        for kind, (model, temperature) in loaded.items():
            if kind in pictured:
                drawn = maps(model, features, temperature, vote, clips)
                plots.maps(drawn, folder / "maps.png", settings=features.settings)
                told[kind] = [{"clip": m.title, "answer": m.answer, "p": m.probability} for m in drawn]
                continue
            table = permutation(model, features, temperature=temperature, vote=vote, repeats=repeats, seed=seed)
            if kind == "xgb":
                importance = model.importance()
                shares = gain_by_family(importance)
                table.insert(2, "gain_share", [shares.get(name, 0.0) for name in table["family"]])
                strongest = list(importance.items())[:STRONGEST]
                write_csv(folder / "statistics.csv", pd.DataFrame(strongest, columns=["statistic", "gain_share"]))
            found[kind] = table
            told[kind] = table.to_dict("records")
        if found:
            joined = pd.concat([t.assign(model=kind) for kind, t in found.items()], ignore_index=True)
            write_csv(folder / "families.csv", joined[["model", *(c for c in joined if c != "model")]], digits=4)
            plots.families(found, folder / "families.svg", title=f"{params.corpus.name}: {where}")
    for kind, table in found.items():
        print(f"{kind}: " + ", ".join(f"{r.family} {100 * r.accuracy_drop:+.1f}" for r in table.itertuples()))
    return found


def _words(where: str, repeats: int, *, families: set[str], mapped: set[str]) -> str:
    """The section's text, for the models over statistics and for those that are mapped."""
    text = f"What the models listen to ({where}). "
    if families:
        text += (
            f"Families of statistics: the share of XGBoost's gain, and what is lost when a family is shuffled among "
            f"the segments ({repeats} times; the bar's end is the mean, the whisker the deviation). Families that say "
            "the same stand in for each other, so a small loss does not mean that a family says nothing. "
        )
    if mapped:
        text += (
            "The CNN's maps: blue patches of time and frequency held the answer up (its probability falls without "
            "them), red ones spoke against it."
        )
    return text
