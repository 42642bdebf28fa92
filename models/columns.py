"""Which statistics a model uses."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import ModelError


def chosen_columns(kind: str, statistics: Iterable[str], leave_out: Iterable[str]) -> list[int]:
    """Positions of the statistics whose names begin with none of ``leave_out``.

    Raises
    ------
    ModelError
        If a prefix matches nothing (a typo would otherwise pass unseen) or nothing is left.
    """
    statistics, leave_out = list(statistics), tuple(leave_out)
    for prefix in leave_out:
        if not any(name.startswith(prefix) for name in statistics):
            raise ModelError(
                f"{kind}.leave_out: no statistic begins with {prefix!r}; see features.json for their names"
            )
    columns = (
        [i for i, name in enumerate(statistics) if not name.startswith(leave_out)]
        if leave_out
        else [*range(len(statistics))]
    )
    if not columns:
        raise ModelError(f"{kind}.leave_out={list(leave_out)} leaves no statistic to learn from")
    return columns
