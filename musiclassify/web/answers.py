"""Answers as the API gives them; static/js/core/answer.js builds the same in the browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from musiclassify.audio import segments
from musiclassify.audio.excerpts import Excerpt, Rule, vote
from musiclassify.released.effort import Attention
from musiclassify.tags.plan import FURTHER

from .library import Model

__all__ = ["FURTHER", "excerpt_answer", "hear", "song_answer"]


def _named(labels: Sequence[str], row: np.ndarray) -> dict[str, float]:
    return {label: float(value) for label, value in zip(labels, row, strict=True)}


def excerpt_answer(
    model: Model,
    start_s: float,
    end_s: float,
    probabilities: np.ndarray,
    by_segment: np.ndarray,
    sounds: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """One excerpt of an answer.

    Parameters
    ----------
    model : Model
    start_s, end_s : float
        Where the excerpt lies in the song, seconds.
    probabilities : np.ndarray [genres]
    by_segment : np.ndarray [K, genres]
    sounds : mapping of str to float, optional
        How probably it is music, speech, ...; for models that tell.
    """
    rate, features, labels = model.config["sample_rate"], model.config["features"], model.labels
    size, hop = (round(features[key] * rate) for key in ("segment_s", "segment_hop_s"))
    n = max(1, round((end_s - start_s) * rate))
    starts = segments.starts(n, size, hop)
    if len(starts) != len(by_segment):  # features that were sent without their excerpt's length
        starts = np.arange(len(by_segment)) * hop
    return {
        "start_s": start_s,
        "end_s": end_s,
        "genre": labels[int(np.argmax(probabilities))],
        "probabilities": _named(labels, probabilities),
        "segments": [
            {
                "start_s": start_s + float(first) / rate,
                "end_s": min(end_s, start_s + float(first + size) / rate),
                "genre": labels[int(np.argmax(row))],
                "probabilities": _named(labels, row),
            }
            for first, row in zip(starts, by_segment, strict=True)
        ],
    } | ({"sounds": dict(sounds)} if sounds else {})


def hear(
    model: Model, attention: Attention, excerpts: Iterable[Excerpt]
) -> tuple[list[dict[str, Any]], list[np.ndarray | None]]:
    """Hear as much of a song as the attention wants.

    Returns
    -------
    tuple of list of dict, list of float32 [statistics]
        Its excerpts of an answer in the order of the song, and what else was heard in each.
    """
    heard = []
    for piece in attention.pieces(excerpts):
        ran = model.run(piece.samples)
        attention.hear(ran[0], ran[2].get("music", 1.0))
        heard.append((piece, ran))
    answers = [
        (
            excerpt_answer(
                model, piece.start_s, piece.end_s, row, by_segment if attention.whole else row[None], sounds
            ),
            also,
        )
        for (piece, (_, by_segment, sounds, also)), row in zip(heard, attention.rows(), strict=True)
    ]
    answers.sort(key=lambda one: one[0]["start_s"])
    return [answer for answer, _ in answers], [also for _, also in answers]


def _no_music(model: Model, excerpts: list[dict[str, Any]]) -> str:
    """What is mostly heard where it is no music, as `musiclassify.released.song.Model` tells it; else nothing."""
    rule = model.config.get("sounds")
    if not rule or not all(excerpt.get("sounds") for excerpt in excerpts):
        return ""
    music, *others = rule["names"]
    heard = {name: sum(excerpt["sounds"][name] for excerpt in excerpts) / len(excerpts) for name in rule["names"]}
    return "" if heard[music] >= rule["music_below"] else max(others, key=heard.__getitem__)


def song_answer(
    model: Model,
    rule: Rule,
    excerpts: list[dict[str, Any]],
    duration_s: float,
    heard: Sequence[np.ndarray | None] = (),
    *,
    embedding: bool = False,
) -> dict[str, Any]:
    """The answer for a song out of its excerpts'.

    Parameters
    ----------
    model : Model
    rule : Rule
    excerpts : list of dict
    duration_s : float
        Seconds.
    heard : sequence of np.ndarray [tags + embedding]
        What else was heard in each excerpt; empty, or None within, for models that do not tell.
    embedding : bool
        Whether the numbers that songs are compared by are wanted too.
    """
    rows = np.array([[excerpt["probabilities"][label] for label in model.labels] for excerpt in excerpts])
    probabilities = vote(rows, rule.vote)
    best = int(np.argmax(probabilities))
    sound = _no_music(model, excerpts)
    return {
        "model": model.name,
        "genre": model.labels[best],
        "confidence": float(probabilities[best]),
        "uncertain": bool(sound) or bool(probabilities[best] < model.config["uncertain_below"]),
        "sound": sound,
        "probabilities": _named(model.labels, probabilities),
        "vote": rule.vote,
        "duration_s": duration_s,
        "skipped_s": excerpts[0]["start_s"],
        "excerpts": excerpts,
        "genres": _genres(dict(zip(model.labels, probabilities, strict=True))),
    } | _heard(model, heard, embedding)


def _genres(probabilities: Mapping[str, float]) -> list[str]:
    """The best guess, and after it every further genre that tags would be given (`musiclassify.tags.plan`)."""
    first, *others = sorted(probabilities.items(), key=lambda item: -item[1])
    return [first[0], *(genre for genre, p in others if p >= FURTHER)]


def _heard(model: Model, heard: Sequence[np.ndarray | None], embedding: bool) -> dict[str, Any]:
    rows = [row for row in heard if row is not None]
    if not rows:
        return {"moods": {}} | ({"embedding": None} if embedding else {})
    mean = np.mean(rows, axis=0)
    told: dict[str, Any] = {"moods": model.heard.moods(mean)}
    return told | ({"embedding": model.heard.embedding(mean).tolist()} if embedding else {})
