"""Songs that are there more than once: the same file, the same sound, or nearly the same by ear.

Files with the same sha256, and files whose coded sound is the same whatever their tags say, are certain. Two codings of
one recording have other bytes: they are found by embeddings that are nearly the same and durations that are alike, and
are to be listened to before anything is thrown away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .store import Library, Song
from .vectors import Vectors

__all__ = ["ALIKE", "SECONDS", "Group", "duplicates", "near_pairs"]

ALIKE = 0.97
"""Cosine of standardised embeddings from which on two songs are taken for one recording."""
SECONDS = 2.0
"""How much the durations of two codings of one recording may differ."""

_BLOCK = 512


@dataclass(frozen=True)
class Group:
    """Songs that are the same.

    Attributes
    ----------
    how : {"file", "sound", "near"}
    likeness : float
        The least cosine within the group; 1 for the same file or sound.
    songs : list of Song
        Two or more, by path.
    """

    how: str
    likeness: float
    songs: list[Song]


def duplicates(library: Library, vectors: Vectors | None, *, alike: float = ALIKE) -> Iterator[Group]:
    """Give groups of songs that are there more than once; each song stands in one group at most.

    Parameters
    ----------
    library : Library
    vectors : Vectors or None
        None to compare no embeddings.
    alike : float
        See `ALIKE`.
    """
    by_answer: dict[int, list[Song]] = defaultdict(list)
    for song in library.songs("removed IS NULL AND answer IS NOT NULL AND status = 'ok'"):
        by_answer[song.answer_id or 0].append(song)
    near = _linked(vectors, alike) if vectors is not None else []
    taken = {answer for answers, _ in near for answer in answers}
    for answers, likeness in near:
        found = sorted((song for answer in answers for song in by_answer[answer]), key=lambda song: song.path)
        if len(found) > 1:
            yield Group("near", likeness, found)
    for answer, songs in by_answer.items():
        if len(songs) > 1 and answer not in taken:
            same = len({song.look.content for song in songs}) == 1
            yield Group("file" if same else "sound", 1.0, songs)


def near_pairs(vectors: Vectors, alike: float = ALIKE, seconds: float = SECONDS) -> Iterator[tuple[int, int, float]]:
    """Give pairs of rows that are nearly the same, with their cosine.

    Sorted by duration, a block of songs is compared with those that last as long only.
    """
    order = np.argsort(vectors.durations, kind="stable")
    durations = vectors.durations[order]
    for at in range(0, len(order), _BLOCK):
        rows = order[at : at + _BLOCK]
        end = int(np.searchsorted(durations, durations[min(at + _BLOCK, len(order)) - 1] + seconds, "right"))
        block = np.asarray(vectors.matrix[rows])
        for other in range(at, end, 8 * _BLOCK):
            columns = order[other : min(end, other + 8 * _BLOCK)]
            likeness = block @ np.asarray(vectors.matrix[columns]).T
            for i, j in zip(*np.nonzero(likeness >= alike), strict=True):
                later = other + j > at + i  # each pair once, none with itself
                if later and abs(vectors.durations[rows[i]] - vectors.durations[columns[j]]) <= seconds:
                    yield int(rows[i]), int(columns[j]), float(likeness[i, j])


def _linked(vectors: Vectors, alike: float) -> list[tuple[list[int], float]]:
    """Answers of the rows that hang together by pairs, with the least cosine among the pairs."""
    head: dict[int, int] = {}
    least: dict[int, float] = {}

    def top(row: int) -> int:
        while head.setdefault(row, row) != row:
            head[row] = row = head[head[row]]
        return row

    for one, other, likeness in near_pairs(vectors, alike):
        a, b = sorted((top(one), top(other)))
        head[b] = a
        least[a] = min(least.get(a, 1.0), least.pop(b, 1.0) if b != a else 1.0, likeness)
    groups: dict[int, list[int]] = defaultdict(list)
    for row in sorted(head):
        groups[top(row)].append(int(vectors.ids[row]))
    return [(answers, least[first]) for first, answers in groups.items()]
