"""Timing in interleaved rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes
    ----------
    what : str
    ms_per_clip : float
        Processor milliseconds for a 30 s clip: the mean over the clips, the median over the rounds.
    ratio_to_floor : float
        ``ms_per_clip`` over that of the first row.
    rounds : int
    """

    what: str
    ms_per_clip: float
    ratio_to_floor: float
    rounds: int


def interleave(tasks: Mapping[str, Callable[[Any], object]], items: Sequence[Any], rounds: int) -> Iterator[list[Row]]:
    """Time every task on every item, all tasks in turn on each item, round after round.

    Parameters
    ----------
    tasks : name -> function of one item
        The first is the floor.
    items : sequence
    rounds : int

    Yields
    ------
    list of Row
        After each round, of all rounds so far, in the order of the tasks. Processor time of this process is counted,
        not the clock on the wall, so other work on the machine does not count; everything runs in one thread.
    """
    for task in tasks.values():  # compile, load, fill caches
        task(items[0])
    spent: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        total = dict.fromkeys(tasks, 0.0)
        for item in items:
            for name, task in tasks.items():
                began = time.process_time()
                task(item)
                total[name] += time.process_time() - began
        for name, seconds in total.items():
            spent[name].append(1000 * seconds / len(items))
        yield rows_of(spent, statistics.median(next(iter(spent.values()))))


def rows_of(spent: Mapping[str, Sequence[float]], floor: float) -> list[Row]:
    """Rows of the milliseconds of each round."""
    medians = {name: statistics.median(values) for name, values in spent.items()}
    return [Row(name, ms, ms / floor, len(spent[name])) for name, ms in medians.items()]


def ms(rows: Sequence[Row], what: str) -> float:
    """Milliseconds of the row of that name."""
    return next(row.ms_per_clip for row in rows if row.what == what)
