"""The card of a model that learned somebody's own genres: what it learned from, and what it is worth."""

from __future__ import annotations

from collections import Counter

from .fit import Learned
from .material import FEW_ARTISTS, FEW_SONGS, Left, Material
from .scores import most_confused

__all__ = ["card", "cell", "percent"]

CONFUSIONS = "confusions.svg"
"""The picture that the card shows."""


def card(name: str, base: str, material: Material, left: Left, learned: Learned) -> str:
    """Write README.md.

    Parameters
    ----------
    name, base : str
        Of the model, and of the one whose hearing it uses.
    material, left, learned
        What it learned from, what was left out, what came of it.
    """
    scores, labels = learned.scores, ", ".join(map(cell, material.labels))
    known = Counter(song.group.partition(" ")[0] for song in material.songs)
    return f"""# {name}

Tells {labels} apart. One file, `model.onnx`, takes samples (mono) and gives probabilities; `config.json` holds every
constant that a program around it needs.

## What it learned from

{scores["tracks"]} songs by {scores["artists"]} artists; what it hears of them is what `{base}` hears, and only the last
layer is new. {_known(known)} The songs are named nowhere in this folder.

{_left(left)}
## Scores

{scores["split"]}, nested: no artist stands on both sides of a fold, and nothing was chosen by the
songs that are scored. Intervals come from drawing artists.

| measure | value |
|---|---|
| accuracy | {_interval(scores["accuracy"])} |
| macro recall | {_interval(scores["macro_recall"])} |
| macro F1 | {percent(scores["macro_f1"])} |
| expected calibration error | {scores["ece"]:.3f} |
| accuracy of the most confident 70 % | {percent(scores["accuracy_of_most_confident_70"])} |

| label | songs | recall | |
|---|---|---|---|
{_recalls(material, left, learned)}

![confusions]({CONFUSIONS})

{_confused(material, learned)}
## Limits

It knows these labels only: anything else is answered with the nearest of them, or "uncertain" below
{learned.uncertain_below:.2f}. It is as good as the labels that it was given. `{base}` has limits of its own: see its
card.
"""


def percent(share: float) -> str:
    """Write a share with one decimal."""
    return f"{100 * share:.1f} %"


def cell(text: str) -> str:
    """Write a label so that it is a label and nothing else in a table."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>#|!" else c for c in text)


def _interval(score: dict[str, float]) -> str:
    return f"{percent(score['value'])} (95 % interval {percent(score['low'])} to {percent(score['high'])})"


def _known(known: Counter[str]) -> str:
    named = [
        f"{known[kind]} of the songs {how}"
        for kind, how in (
            ("artist", "name their artist"),
            ("folder", "are kept together by their folder, for want of an artist"),
            (
                "song",
                "stand alone, for nothing is known of their artist: if some are by the same one, the score is too good",
            ),
        )
        if known[kind]
    ]
    return "; ".join(named) + "."


def _left(left: Left) -> str:
    lines = [f"- not learned, too small: {cell(label)} ({why})" for label, why in left.labels.items()]
    lines += [f"- {len(left.songs)} files left out: copies, or the same file under several labels"] * bool(left.songs)
    return "\n".join([*lines, ""]) if lines else ""


def _recalls(material: Material, left: Left, learned: Learned) -> str:
    counts = Counter(song.label for song in material.songs)
    return "\n".join(
        f"| {cell(label)} | {counts[label]} | {percent(recall)} | "
        f"{f'little: fewer than {FEW_SONGS} songs or {FEW_ARTISTS} artists' if label in left.weak else ''} |"
        for label, recall in learned.scores["per_genre_recall"].items()
    )


def _confused(material: Material, learned: Learned) -> str:
    pairs = most_confused(learned.scores["confusion"], material.labels)
    if not pairs:
        return "No held-out song was answered wrongly.\n"
    lines = [f"| {cell(label)} | {cell(answer)} | {count} |" for count, label, answer in pairs]
    return "\n".join(["Confused most:", "", "| label | answered | songs |", "|---|---|---|", *lines, ""])
