"""The one writer of cards: what a released model is, what it learned from, what it scores, what it cannot do.

Every figure comes from the model's metadata; what was not measured has no row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from features import taggers

_TAUGHT = (
    "Where it learned it was also asked to predict what a network hears that others trained. That network is no part "
    "of it: it answers alone. But what its teacher has heard it may have learned from it, so what is said of models "
    "that are built on that network holds for this one:"
)


def percent(value: float | None) -> str:
    """A share as a person reads it.

    >>> percent(0.7251), percent(None)
    ('72.5 %', '–')
    """
    return "–" if value is None else f"{100 * value:.1f} %"


def interval(score: dict[str, float]) -> str:
    """A score with its 95 % interval."""
    return f"{percent(score['value'])} (95 % interval {100 * score['low']:.1f} to {100 * score['high']:.1f})"


def card(
    config: dict[str, Any],
    metadata: dict[str, Any],
    *,
    data: str,
    about: str = "",
    how: str = "",
    tagger: str = taggers.NONE,
    notes: Iterable[str] = (),
) -> str:
    """README.md of a released model.

    Parameters
    ----------
    config, metadata : dict
        As in config.json and metadata.json.
    data : str
        What it learned from, and the licence of that.
    about : str
        For whom it is.
    how : str
        What a reader must know of how the scores came about.
    tagger : str
        ``features.tagger``, or what taught it: each network that was trained elsewhere has words of its own.
    notes : iterable of str
        Limits beyond the usual ones, a sentence each.
    """
    made = (
        f"`{metadata['command']}`; parameters sha256 `{metadata['params_sha256'][:12]}`, tracks sha256 "
        f"`{metadata['index_sha256'][:12]}`; licence of the weights: MIT."
    )
    parts = [
        f"# {config['name']}",
        about,
        _told(config, metadata),
        "## What it learned from",
        _TAUGHT if config.get("taught_by") else "",
        *(f"{one.card} Licence of that network: {one.licence}." for one in taggers.named(tagger)),
        data,
        "## Scores",
        *_scores(metadata, how),
        "## Use",
        f"`musiclassify --model {config['name']} SONG`",
        "## Limits",
        "\n".join(f"- {note}" for note in (*_limits(config), *notes)),
        "## Made with",
        made,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _told(config: dict[str, Any], metadata: dict[str, Any]) -> str:
    """What it is, in a paragraph."""
    labels = list(metadata["scores"]["per_genre_recall"])
    return (
        f"Tells {len(labels)} genres apart: {', '.join(labels)}. Kind of model: {config['kind']}. Made on "
        f"{metadata['created']} from revision `{metadata['git_revision'][:12]}`. One file, `model.onnx`, takes samples "
        "(mono, 22 050 Hz) and gives probabilities; `config.json` holds every constant that a program around it needs."
    )


def _scores(metadata: dict[str, Any], how: str) -> list[str]:
    """The split, the table of measures, the table of genres, and what else was tried."""
    scores, genres = metadata["scores"], metadata["trained_on"].get("genres", {})
    split = f"Split: {scores['split']}; {scores['tracks']} tracks. Track level, by the classification rule. {how}"
    recalls = [
        f"| {genre} | {percent(recall)} | {genres.get(genre, '–')} |"
        for genre, recall in scores["per_genre_recall"].items()
    ]
    return [
        split.rstrip(),
        "\n".join(["| measure | value |", "|---|---|", *_measures(scores)]),
        "\n".join(["| genre | recall | tracks it learned from |", "|---|---|---|", *recalls]),
        *_checks(scores),
    ]


def _limits(config: dict[str, Any]) -> tuple[str, ...]:
    return (
        f'It knows these genres only: other music gets the nearest of them, or "uncertain" below a confidence of '
        f"{config['uncertain_below']:.2f}.",
        "Genres are drawn as the corpus draws them, from recordings up to its time.",
    )


def _measures(scores: dict[str, Any]) -> list[str]:
    """Rows of the table of scores."""
    before = scores.get("ece_before_temperature")
    beside = "" if before is None else f" ({before:.3f} before temperature)"
    rows = [
        f"| accuracy | {interval(scores['accuracy'])} |",
        f"| macro recall | {interval(scores['macro_recall'])} |",
        f"| macro F1 | {scores['macro_f1']:.3f} |",
        f"| calibration error (ECE) | {scores['ece']:.3f}{beside} |",
    ]
    for name, words in (
        ("segment_accuracy", "accuracy of single segments"),
        ("accuracy_of_most_confident_70", "accuracy of the most confident 70 %"),
    ):
        if name in scores:
            rows.append(f"| {words} | {percent(scores[name])} |")
    return rows


def _checks(scores: dict[str, Any]) -> list[str]:
    """Paragraphs on what was tried beside the scores: short clips, what is no music, whether length tells."""
    found = []
    if amounts := scores.get("amounts"):
        found.append(
            f"{amounts['tracks_whole']} clips of 30 s whole: {percent(amounts['accuracy_whole'])} right, calibration "
            f"error {amounts['ece_whole']:.3f}; their middle 2.4 s alone: {percent(amounts['accuracy_cut'])}, "
            f"{amounts['ece_cut']:.3f}."
        )
    if told := scores.get("no_music"):
        found.append(
            f"Of {told['sounds']} sounds that are no music (speech, noise, tones, made; none learned from) "
            f"{percent(told['taken_for_music'])} are taken for music; {percent(told['tracks_lost_whole'])} of the "
            f"held-out tracks are called no music, {percent(told['tracks_lost_cut'])} of them cut to 2.4 s."
        )
    if length := scores.get("length"):
        found.append(
            f"Do the answers lean on length? {length['tracks_whole']} held-out tracks of the genres that have no "
            "short clips were cut to 2.4 s and answered again: a genre that has short clips was answered for "
            f"{percent(length['answered_a_short_genre_cut'])} of them, for "
            f"{percent(length['answered_a_short_genre_whole'])} when whole; accuracy went from "
            f"{percent(length['accuracy_whole'])} to {percent(length['accuracy_cut'])}."
        )
    return found
