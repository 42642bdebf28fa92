"""What was learned, told to whoever asked for it."""

from __future__ import annotations

from collections.abc import Sequence

from musiclassify.audio.errors import printable
from musiclassify.learn.run import Outcome
from musiclassify.learn.scores import most_confused

from ._common import say
from ._table import table

__all__ = ["tell"]

_TOLD = 10
"""Files that are named at most of those that were left out."""


def tell(outcome: Outcome, output: str, seconds: float) -> None:
    """Say what was learned and what not, on standard error; the score on standard output."""
    _name("not heard", outcome.heard.failed)
    _name("left out", [*outcome.passed_over, *outcome.left.songs])
    for label, why in outcome.left.labels.items():
        say(f"not learned, too small: {label} ({why})")
    for label, why in outcome.left.weak.items():
        say(f"learned from little: {label} ({why})")
    if outcome.corrected:
        say(f"labels corrected or added: {outcome.corrected}")
    scores, labels = outcome.learned.scores, outcome.material.labels
    rows = [[label, str(sum(row)), f"{100 * recall:.1f} %"] for (label, recall), row in
            zip(scores["per_genre_recall"].items(), scores["confusion"], strict=True)]  # fmt: skip
    print(table(["label", "songs", "recall"], rows), end="")
    for name in ("accuracy", "macro_recall"):
        score = {key: f"{100 * value:.1f}" for key, value in scores[name].items()}
        print(f"{name.replace('_', ' ')}: {score['value']} % (95 % interval {score['low']} to {score['high']})")
    for count, label, answer in most_confused(scores["confusion"], labels)[:3]:
        print(f"confused: {label} answered as {answer}, {count} times")
    print(f"{outcome.release.name} {outcome.release.config['version']} learned in {seconds:.1f} s: --model {output}")


def _name(what: str, files: Sequence[tuple[str, str]]) -> None:
    for path, why in files[:_TOLD]:
        say(f"{what}: {printable(path)} {why}")
    if len(files) > _TOLD:
        say(f"{what}: {len(files) - _TOLD} more")
