"""The words of a released model's card and of the report on the released models; every figure comes from a run."""

from __future__ import annotations

from typing import Any

from features import taggers


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _interval(score: dict[str, float]) -> str:
    return f"{_percent(score['value'])} (95 % interval {100 * score['low']:.1f} to {100 * score['high']:.1f})"


def _who(config: dict[str, Any], trained: dict[str, Any]) -> str:
    """Which of the released models a person wants, in a line."""
    tagger = trained["settings"]["features"].get("tagger", taggers.NONE)
    if tagger == "mtt-musicnn":
        return "For whoever wants scores that no network's memory of the artists can have raised."
    if config["kind"] == "blend":
        return "For songs of your own: the best of the released models, and the default."
    return "Small and fast, and nearly as good as the blend."


def _amounts(scored: dict[str, Any]) -> str:
    """How good it is on whole clips, on short ones, and on what is no music."""
    if "amounts" not in scored:
        return ""
    a, told = scored["amounts"], scored.get("no_music", {})
    text = f"""
{a["tracks_whole"]} clips of 30 s whole: {_percent(a["accuracy_whole"])} right, calibration error
{a["ece_whole"]:.3f}; their middle 2.4 s alone: {_percent(a["accuracy_cut"])}, {a["ece_cut"]:.3f}.
"""
    if told:
        text += f"""
Of {told["sounds"]} sounds that are no music (speech, noise, tones, made; none learned from)
{_percent(told["taken_for_music"])} are taken for music; {_percent(told["tracks_lost_whole"])} of the held-out tracks
are called no music, {_percent(told["tracks_lost_cut"])} of them cut to 2.4 s.
"""
    return text


def card(config: dict[str, Any], metadata: dict[str, Any]) -> str:
    """README.md of a released model."""
    scored, trained = metadata["scores"], metadata["trained_on"]
    counts = ", ".join(f"{genre} {n}" for genre, n in trained["genres"].items())
    recalls = "\n".join(
        f"| {genre} | {trained['genres'][genre]} | {'-' if value is None else _percent(value)} |"
        for genre, value in scored["per_genre_recall"].items()
    )
    length = scored.get("length") or {}
    lean = ""
    if length:
        lean = f"""
Do the answers lean on length? {length["tracks_whole"]} held-out tracks of the genres that have no short clips were
cut to 2.4 s and answered again: a genre that has short clips was answered for
{_percent(length["answered_a_short_genre_cut"])} of them, for
{_percent(length["answered_a_short_genre_whole"])} when whole; accuracy went from {_percent(length["accuracy_whole"])}
to {_percent(length["accuracy_cut"])}.
"""
    heard = "\n\n".join(one.card for one in taggers.named(trained["settings"]["features"].get("tagger", taggers.NONE)))
    first = f"\n{heard}\n" if heard else ""
    return f"""# {config["name"]}

{_who(config, trained)}

Tells blues, classical, country, disco, hiphop, jazz, metal, pop, reggae and rock apart. One file, `model.onnx`, takes
samples (mono, 22 050 Hz) and gives probabilities; `config.json` holds every constant that a program around it needs.

## What it learned from
{first}
{trained["tracks"]} tracks of GTZAN (Tzanetakis and Cook 2002): {counts}. **{trained["short_tracks"]} of them were
only 2 to 3 s long**, all of a few genres; they are looped to a segment, and the long clips were shown in the
same form as often, genre by genre, so that the form says nothing. Learning from the whole of GTZAN does better: see
`make gtzan` in the project's README. GTZAN's audio has no licence of its own; the weights are given under the
project's MIT licence, the audio is not part of it.

Made by `{metadata["command"]}` with `studies/released.yaml`.

## Scores

{scored["split"]}, {scored["tracks"]} tracks, track level. No artist stands on both sides of a fold; temperature,
threshold and blend weights of a fold come from the other folds.

| measure | value |
|---|---|
| accuracy | {_interval(scored["accuracy"])} |
| macro recall | {_interval(scored["macro_recall"])} |
| macro F1 | {_percent(scored["macro_f1"])} |
| single segments | {_percent(scored["segment_accuracy"])} |
| expected calibration error | {scored["ece"]:.3f} ({scored["ece_before_temperature"]:.3f} before temperature) |
| accuracy of the most confident 70 % | {_percent(scored["accuracy_of_most_confident_70"])} |

| genre | tracks | recall |
|---|---|---|
{recalls}
{_amounts(scored)}{lean}
## Limits

Ten genres of the 1990s and before, as one collector saw them; anything else is answered with the nearest of them, or
"uncertain" below {config["uncertain_below"]:.2f}. GTZAN's own labels are disputed in places (Sturm, arXiv:1306.1461).
Songs shorter than 1 s get no answer.
"""


def report(measured: dict[str, dict], weights: dict[str, dict[str, float]]) -> str:
    """reports/released/README.md: all released models in one table, and those that they are compared with."""
    first = next(iter(measured.values()))
    rows = "\n".join(
        f"| {kind} | {_interval(c['accuracy'])} | {_interval(c['macro_recall'])} | {_percent(c['segment_accuracy'])} "
        f"| {c['ece']:.3f} | {_percent(c['accuracy_of_most_confident_70'])} |"
        for kind, c in measured.items()
    )
    blended = "\n".join(
        f"Weights of {name}: " + ", ".join(f"{member} {weight:.2f}" for member, weight in found.items()) + "."
        for name, found in weights.items()
    )
    return f"""# The released models, cross-validated

{first["split"]}, {first["tracks"]} tracks of GTZAN, track level unless it says segments.

| model | accuracy | macro recall | segments | ECE | most confident 70 % |
|---|---|---|---|---|---|
{rows}

{blended}

"-scratch" learned from these tracks alone; "-clean" is built on a network that was trained elsewhere and has heard none
of these artists; the others on one that has probably heard many (docs/explanation/pretrained.md).
"""
