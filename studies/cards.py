"""What is said of the released models beside the figures (`pipeline.cards` writes their cards), and their report."""

from __future__ import annotations

from typing import Any

from pipeline.cards import card, interval, percent

_HOW = (
    "No artist stands on both sides of a fold; temperature, threshold and blend weights of a fold come from the other "
    "folds; settings were chosen on other dealings of the artists into folds."
)
_NOTES = (
    "GTZAN's ten genres are those of the 1990s and before, as one collector saw them, and its labels are disputed in "
    "places (Sturm, arXiv:1306.1461).",
    "Songs shorter than 1 s get no answer.",
)


def _about(kind: str, tagger: str) -> str:
    """Which of the released models a person wants, in a line."""
    if tagger == "mtt-musicnn":
        return "For whoever wants scores that no network's memory of the artists can have raised."
    if tagger == "none":
        return "For whoever wants a model that has learned from GTZAN's clips alone, with no network trained elsewhere."
    if kind == "blend":
        return "For songs of your own: the best of the released models, and the default."
    return "Small and fast, and nearly as good as the blend."


def _data(trained: dict[str, Any]) -> str:
    counts = ", ".join(f"{genre} {n}" for genre, n in trained["genres"].items())
    return (
        f"{trained['tracks']} tracks of GTZAN (Tzanetakis and Cook 2002): {counts}. **{trained['short_tracks']} of "
        "them were only 2 to 3 s long**, all of a few genres; they are looped to a segment, and the long clips were "
        "shown in the same form as often, genre by genre, so that the form says nothing. Learning from the whole of "
        "GTZAN does better: see `make gtzan` in the project's README. GTZAN's audio has no licence of its own; the "
        "weights are given under the project's MIT licence, the audio is not part of it. Settings: "
        "`studies/released.yaml`."
    )


def released_card(config: dict[str, Any], metadata: dict[str, Any], tagger: str) -> str:
    """README.md of a model that was learned from GTZAN's clips (`studies.release_models`)."""
    return card(
        config,
        metadata,
        about=_about(config["kind"], tagger),
        data=_data(metadata["trained_on"]),
        how=_HOW,
        tagger=tagger,
        notes=_NOTES,
    )


def report(measured: dict[str, dict], weights: dict[str, dict[str, float]]) -> str:
    """reports/released/README.md: all released models in one table, and those that they are compared with."""
    first = next(iter(measured.values()))
    rows = "\n".join(
        f"| {kind} | {interval(c['accuracy'])} | {interval(c['macro_recall'])} | {percent(c['segment_accuracy'])} "
        f"| {c['ece']:.3f} | {percent(c['accuracy_of_most_confident_70'])} |"
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
