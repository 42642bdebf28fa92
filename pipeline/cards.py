"""The card of a released model: what it is, what it learned from, what it scores, what it cannot do."""

from __future__ import annotations

from typing import Any

from corpora import KINDS


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _interval(score: dict[str, float]) -> str:
    return f"{_percent(score['value'])} (95 % interval {100 * score['low']:.1f} to {_percent(score['high'])})"


def card(config: dict[str, Any], metadata: dict[str, Any], *, corpus_kind: str, notes: list[str] = ()) -> str:
    """README.md of a released model.

    Parameters
    ----------
    config, metadata : dict
        As in config.json and metadata.json.
    corpus_kind : str
        Says what is known of the data's licence.
    notes : list of str
        Limits beyond the usual ones, a sentence each.
    """
    scores, trained = metadata["scores"], metadata["trained_on"]
    lines = [
        f"# {config['name']}",
        "",
        f"Genre of a song, one of {len(config['labels'])}: {', '.join(config['labels'])}. "
        f"Kind of model: {config['kind']}. Made on {metadata['created']} from revision "
        f"`{metadata['git_revision'][:12]}`.",
        "",
        "## Scores",
        "",
    ]
    if corpus_kind == "demo":
        lines += ["**Scores on the embedded corpus, which is composed by a program: they are no scores on music.**", ""]
    lines += [
        f"Split: {scores['split']}; {scores['tracks']} tracks. Track level, by the classification rule.",
        "",
        "| measure | value |",
        "|---|---|",
        f"| accuracy | {_interval(scores['accuracy'])} |",
        f"| macro recall | {_interval(scores['macro_recall'])} |",
        f"| macro F1 | {scores['macro_f1']:.3f} |",
        f"| calibration error (ECE) | {scores['ece']:.3f} |",
        "",
        "| genre | recall | tracks it learned from |",
        "|---|---|---|",
    ]
    learned = trained.get("genres", {})
    for genre in config["labels"]:
        lines.append(f"| {genre} | {_percent(scores['per_genre_recall'].get(genre))} | {learned.get(genre, '–')} |")
    lines += [
        "",
        "## Data",
        "",
        f"Learned from {trained['tracks']} tracks ({trained['segments']} segments) of the corpus "
        f"{trained['corpus']}: {trained['split']}. {KINDS.get(corpus_kind).LICENCE}",
        "",
        "## Use",
        "",
        f"`python classify.py --model {config['name']} SONG`. The constants are in config.json: mono at "
        f"{config['sample_rate']} Hz, segments of {config['features']['segment_s']:g} s, excerpts of "
        f"{config['rule']['excerpt_s']:g} s, vote `{config['rule']['vote']}`. Below a confidence of "
        f'{config["uncertain_below"]:.2f} the answer is "uncertain".',
        "",
        "## Limits",
        "",
        '- It knows these genres only: other music gets the nearest of them, or "uncertain".',
        "- Genres are drawn as the corpus draws them, from recordings up to its time.",
    ]
    lines += [f"- {note}" for note in notes]
    lines += [
        "",
        "## Made with",
        "",
        f"`{metadata['command']}`; parameters sha256 `{metadata['params_sha256'][:12]}`, tracks sha256 "
        f"`{metadata['index_sha256'][:12]}`; licence of the weights: MIT.",
        "",
    ]
    return "\n".join(lines)
