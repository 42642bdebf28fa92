"""The released models: scored by grouped cross-validation, then learned from all clips.

``data/released/`` holds the features and, a file a model and fold, the held-out answers, so that a run that was
stopped continues; ``reports/released/`` what was measured; ``models/released/gtzan-*`` the models.

Nothing is chosen on the answers that are scored: settings stand in ``released.yaml`` and were chosen on other dealings
of the artists into folds than its ``dealing``; temperatures, thresholds and
the blends' weights that a fold is scored with come from the other folds. What it does not name under ``released`` is
scored on the same folds only.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

import models
from corpora import gtzan
from features import taggers
from models import export
from musiclassify.audio.excerpts import Rule
from pipeline import calibration, closure, provenance, scores
from pipeline.errors import PipelineError
from pipeline.files import write_csv, write_json, write_text
from pipeline.scoring import score_card
from studies import cards, mixed_lengths, no_music
from studies.held_out import DATA, Study, find

SETTINGS = Path(__file__).with_name("released.yaml")
REPORTS = Path("reports/released")


def measure(study: Study, p: np.ndarray) -> dict[str, Any]:
    """What the held-out answers of one model are worth; see the keys."""
    scored = study.scored & (study.fold >= 0)
    tempered = study.cross_fitted(p)
    tracks, raw = study.by_track(p, scored)
    _, answers = study.by_track(tempered, scored)
    actual = tracks["genre"].map(study.genres.index).to_numpy()
    units = tracks["track_id"].to_numpy()
    card = score_card(
        split=f"{study.settings['folds']} artist-grouped folds, held-out tracks",
        probabilities=answers,
        actual=actual,
        units=units,
        genres=study.genres,
        folds=study.settings["folds"],
        bins=10,
        draws=2000,
        seed=study.settings["seed"],
    )
    share, right = scores.coverage(answers, actual)
    long_tracks = set(study.table.loc[study.table["long"], "track_id"])
    is_long = tracks["track_id"].isin(long_tracks).to_numpy()
    hit = answers.argmax(axis=1) == actual
    card |= {
        "amounts": amount_check(study, p, tempered),
        "segment_accuracy": round(float((p[scored].argmax(axis=1) == study.labels[scored]).mean()), 6),
        "ece_before_temperature": round(scores.ece(raw, actual, 10), 6),
        "accuracy_of_most_confident_70": round(float(right[np.searchsorted(share, 0.7)]), 6),
        "accuracy_long_tracks": round(float(hit[is_long].mean()), 6),
        "accuracy_short_tracks": round(float(hit[~is_long].mean()), 6) if (~is_long).any() else None,
        "length": length_check(study, tempered),
    }
    return card


def amount_check(study: Study, p: np.ndarray, tempered: np.ndarray) -> dict[str, Any]:
    """Long clips whole and cut short, each with its own calibration error, and by genre."""
    table, out = study.table, {}
    long = table["long"].to_numpy() & (study.fold >= 0)
    cut = (table["form"] == mixed_lengths.CHECK).to_numpy()
    for name, rows in (("whole", study.scored & long), ("cut", cut & long)):
        tracks, answers = study.by_track(tempered, rows)
        _, raw = study.by_track(p, rows)
        actual = tracks["genre"].map(study.genres.index).to_numpy()
        hit = answers.argmax(axis=1) == actual
        out |= {
            f"tracks_{name}": len(tracks),
            f"accuracy_{name}": round(float(hit.mean()), 4),
            f"ece_{name}": round(scores.ece(answers, actual, 10), 4),
            f"ece_{name}_before": round(scores.ece(raw, actual, 10), 4),
            f"recall_{name}": {
                genre: round(float(hit[actual == k].mean()), 4)
                for k, genre in enumerate(study.genres)
                if (actual == k).any()
            },
        }
    return out


def length_check(study: Study, p: np.ndarray) -> dict[str, float]:
    """Do the answers lean on length? Every track is cut to 2.4 s, long or short, and answered again.

    The short tracks are all of some genres. A model that had learned the length would answer those genres more
    often for a long track of another genre once it is cut short.
    """
    table = study.table
    short_genres = set(table.loc[~table["long"], "genre"])
    if not short_genres or len(short_genres) == len(study.genres):
        return {}
    columns = [i for i, genre in enumerate(study.genres) if genre in short_genres]
    other = (~table["genre"].isin(short_genres) & table["long"] & (study.fold >= 0)).to_numpy()
    out = {}
    for name, rows in (
        ("whole", study.scored & other),
        ("cut", (table["form"] == mixed_lengths.CHECK).to_numpy() & other),
    ):
        tracks, answers = study.by_track(p, rows)
        actual = tracks["genre"].map(study.genres.index).to_numpy()
        out[f"tracks_{name}"] = len(tracks)
        out[f"accuracy_{name}"] = round(float((answers.argmax(axis=1) == actual).mean()), 4)
        out[f"answered_a_short_genre_{name}"] = round(float(np.isin(answers.argmax(axis=1), columns).mean()), 4)
        out[f"probability_of_short_genres_{name}"] = round(float(answers[:, columns].sum(axis=1).mean()), 4)
    return out


def run(folders: list[Path], out: Path, *, score_only: bool = False) -> None:
    """Score by cross-validation, then learn from everything and write the released models.

    Parameters
    ----------
    folders : list of path
        GTZAN's clips.
    out : path
        Where the released models go.
    score_only : bool
        Release nothing.

    Raises
    ------
    PipelineError
        If models are to be released by code that no commit holds: their metadata could not say what made them.
    """
    revision = "" if score_only else releasable(Path("."))
    settings = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    code = _code(settings)
    study = Study(find(folders, tuple(settings["pieces"]["seconds"])), settings)
    every = {name: study.held_out(name) for name in settings["models"]}
    weights: dict[str, dict[str, float]] = {}
    for name, members in settings["blends"].items():
        every[name], weights[name] = study.blend({member: every[member] for member in members})
    measured = {name: measure(study, p) for name, p in every.items()}
    _report(study, every, measured, weights)
    if score_only:
        return
    made = no_music.MadeSounds(DATA, study.features.settings, settings["seed"])
    for corpus, name in settings["released"]:
        model = _trained(study, name, weights)
        if _code(settings) != code:
            raise PipelineError(f"{corpus}-{name}: the code was changed while it ran; nothing is released, start again")
        _release(study, corpus, name, model, measured[name], every[name], made, out, revision)


def _code(settings: dict[str, Any]) -> str:
    """One sha256 of the code that makes the models."""
    kinds = {given.get("kind", name) for name, given in settings["models"].items()}
    return closure.digest("studies.release_models", "models.kinds.blend", *(f"models.kinds.{kind}" for kind in kinds))


def releasable(root: Path) -> str:
    """The commit that the released models are of; a tree that is not a commit's is refused."""
    names = provenance.changed(root)
    if names is None:
        raise PipelineError("release-models: not in a git repository, so no model can say its revision; --score-only")
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise PipelineError(
            f"release-models: {', '.join(names[:3])}{more}: not as in the commit, so a released model could not say "
            "what made it; commit first, or give --score-only, which releases nothing"
        )
    return provenance.git_revision(root)


def _trained(study: Study, name: str, weights: dict[str, dict[str, float]]) -> Any:
    """A model learned from everything; of a blend, the members too."""
    if name not in weights:
        return study.final(name)
    blend = models.create("blend", genres=study.genres, members={m: study.final(m) for m in weights[name]})
    blend.weights = weights[name]
    return blend


def _sounds(study: Study, made: no_music.MadeSounds, tagger: str) -> tuple[Any, dict[str, float]]:
    """The layer that tells music from what is none; and how well, each fold's tracks by one that had none of them."""
    every, features = study.features.statistics, study.hearing(tagger)
    statistics = taggers.statistics(tagger) or features.statistics  # from scratch: its own
    columns = [features.statistics.index(name) for name in statistics]

    def learned(rows: np.ndarray) -> Any:
        part = features.take(rows)
        part.table["weight"] = mixed_lengths.balance(part.table, study.settings["pieces"]["share"])
        return no_music.learn(made, part, statistics, every)

    layers, music = [], np.zeros((len(study.table), 1))
    for fold in range(study.settings["folds"]):
        layers.append(learned(study.learned & (study.fold != fold)))
        rows = study.original & (study.fold == fold)
        music[rows, 0] = layers[-1].probabilities(features.summary[rows][:, columns])[:, 0]
    told = no_music.score(made, layers, every)
    for name, rows in (("whole", study.scored), ("cut", (study.table["form"] == mixed_lengths.CHECK).to_numpy())):
        _, p = study.by_track(np.concatenate((music, 1 - music), axis=1), rows & (study.fold >= 0))
        told[f"tracks_lost_{name}"] = round(float((p[:, 0] < no_music.MUSIC_BELOW).mean()), 4)
    return learned(study.learned), told


def _release(
    study: Study,
    corpus: str,
    name: str,
    model: Any,
    measured: dict,
    p: np.ndarray,
    made: no_music.MadeSounds,
    out: Path,
    revision: str,
) -> None:
    s = study.settings
    members = s["blends"].get(name, [name])
    tagger = study.recipe(members[0])[1]
    found = study.temperatures(p, list(range(s["folds"])))
    fitted = calibration.Calibration(found[-1], study.threshold(p), len(study.tracks))
    config = provenance.config(corpus=corpus, kind=model.kind, version=s["version"], rule=Rule(), calibration=fitted)
    config["temperatures"] = found
    config |= {"taught_by": model.taught_by} if model.taught_by else {}
    hears = {"summary", "embedding"} & set(model.inputs)  # a graph without statistics cannot tell music from noise
    sounds, told = _sounds(study, made, tagger) if hears else (None, None)
    short = int((study.tracks["duration_s"] < s["features"]["segment_s"]).sum())
    used = {member: s["models"][member] for member in members}
    trained_on = {
        "corpus": "GTZAN, part of it",
        "tracks": len(study.tracks),
        "short_tracks": short,
        "genres": study.tracks["genre"].value_counts().sort_index().to_dict(),
        "settings": {**s, "models": used, "features": {**s["features"], "tagger": tagger}},
    }
    metadata = {
        "created": provenance.today(),
        "git_revision": revision,
        "command": "python -m studies release-models --clips GTZAN --clips GTZAN-EXCERPTS",
        "params_sha256": hashlib.sha256(SETTINGS.read_bytes()).hexdigest(),
        "index_sha256": hashlib.sha256((Path(gtzan.__file__).with_name("gtzan_index.csv")).read_bytes()).hexdigest(),
        "libraries": provenance.libraries(*({u.get("kind", m) for m, u in used.items()} | {model.kind})),
        "trained_on": trained_on,
        "scores": {**measured, **({"no_music": told} if told else {})},
    }
    card = cards.released_card(config, metadata, tagger)
    settings = study.hearing(tagger).settings
    folder = export.release(
        model, out / config["name"], settings=settings, config=config, metadata=metadata, card=card, sounds=sounds
    )
    print(f"wrote {folder}: {told}")


def _report(
    study: Study, every: dict[str, np.ndarray], measured: dict[str, dict], weights: dict[str, dict[str, float]]
) -> None:
    rows = []
    scored = study.scored & (study.fold >= 0)
    for kind, card in measured.items():
        rows.append(
            {
                "model": kind,
                "tracks": card["tracks"],
                **{
                    f"{name}{suffix}": card[name][key]
                    for name in ("accuracy", "macro_recall")
                    for suffix, key in (("", "value"), ("_low", "low"), ("_high", "high"))
                },
                "ece": card["ece"],
                **{
                    f"{n}_{form}": card["amounts"][f"{n}_{form}"]
                    for form in ("whole", "cut")
                    for n in ("accuracy", "ece")
                },
                "accuracy_of_most_confident_70": card["accuracy_of_most_confident_70"],
            }
        )
    write_csv(REPORTS / "models.csv", pd.DataFrame(rows))
    write_json(
        REPORTS / "metrics.json", {"split": next(iter(measured.values()))["split"], "weights": weights, **measured}
    )
    columns = []
    for kind, p in every.items():
        tracks, answers = study.by_track(study.cross_fitted(p), scored)
        columns.append(pd.DataFrame(answers.round(4), columns=[f"{kind}_{genre}" for genre in study.genres]))
    write_csv(REPORTS / "held-out.csv", pd.concat([tracks.reset_index(drop=True), *columns], axis=1))
    lines = [
        f"{r['model']:14s} accuracy {r['accuracy']:.3f} [{r['accuracy_low']:.3f}, {r['accuracy_high']:.3f}]  "
        f"macro recall {r['macro_recall']:.3f}  best 70 % {r['accuracy_of_most_confident_70']:.3f}  "
        f"whole {r['accuracy_whole']:.3f} ECE {r['ece_whole']:.3f}  cut {r['accuracy_cut']:.3f} ECE {r['ece_cut']:.3f}"
        for r in rows
    ]
    print("\n".join([measured[rows[0]["model"]]["split"], *lines]))
    write_text(REPORTS / "README.md", cards.report(measured, weights))
