"""Which of several models is taken."""

from __future__ import annotations


def choose(held: dict[str, dict[str, float]], by: str) -> str:
    """The model of the best validation score; of equal ones the lower Brier score, then the smaller file.

    >>> tie = {"svm": {"f": 0.7, "brier": 0.5, "size_mib": 1}, "blend": {"f": 0.7, "brier": 0.4, "size_mib": 9}}
    >>> choose(tie, "f")
    'blend'
    """
    return min(held, key=lambda kind: (-held[kind][by], held[kind]["brier"], held[kind]["size_mib"]))


def told(held: dict[str, dict[str, float]], by: str) -> str:
    """What the choice was made by, in words."""
    rules = {by: f"{by} on validation", "brier": "its Brier score there", "size_mib": "the size of its file"}
    used, tied = [], list(held)
    for name, words in rules.items():
        used.append(words)
        values = [held[kind][name] for kind in tied]
        best = max(values) if name == by else min(values)
        tied = [kind for kind in tied if held[kind][name] == best]
        if len(tied) == 1:
            break
    return ", and of equals by ".join(used)
