"""The families of statistics, one a file.

A file defines ``RANK``, its place among the others: the names of the statistics stand in this order, and so do the
columns of every trained model, so a new family takes a rank behind those that are there; ``LABEL``, what the importance
study and pictures call it; and ``MEASURES``, a `features.family.Family`.
"""

from __future__ import annotations

from musiclassify.registry import Registry

FAMILIES = Registry(__name__, "feature family", needs=("LABEL", "MEASURES"))


def labels() -> tuple[str, ...]:
    """What the families are called, in their order."""
    return tuple(family.LABEL for family in FAMILIES.all().values())


def label_of(statistic: str) -> str:
    """What the family of a statistic is called; ``others`` where none has it.

    >>> label_of("mfcc_3_mean"), label_of("delta2_1_std"), label_of("tempogram_4")
    ('MFCC', 'MFCC changes', 'tempo and onsets')
    """
    row = statistic.rpartition("_")[0]
    for family in FAMILIES.all().values():
        if statistic in family.MEASURES.statistics or any(row == known.name for known in family.MEASURES.rows):
            return family.LABEL
    return "others"
