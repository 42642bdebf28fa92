"""Lists of songs: one a genre or mood, and a walk from one song to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from .store import Song
from .vectors import Vectors

__all__ = ["BY", "UNCERTAIN", "by_genre", "by_mood", "walk"]

UNCERTAIN = "uncertain"


def by_genre(songs: Iterable[Song]) -> dict[str, list[Song]]:
    """Sort songs by genre; those whose answer is uncertain have a list of their own."""
    lists: dict[str, list[Song]] = defaultdict(list)
    for song in songs:
        lists[UNCERTAIN if song.answer.uncertain else str(song.answer.genre)].append(song)
    return dict(lists)


def by_mood(songs: Iterable[Song]) -> dict[str, list[Song]]:
    """Sort songs by every mood that was heard in them, the most so first."""
    lists: dict[str, list[Song]] = defaultdict(list)
    for song in songs:
        for mood in song.answer.moods:
            lists[mood].append(song)
    return {mood: sorted(found, key=lambda song: -song.answer.moods[mood]) for mood, found in lists.items()}


BY = {"genre": by_genre, "mood": by_mood}


def walk(vectors: Vectors, start: int, end: int, count: int) -> list[int]:
    """Find a way from one song to another on which each song is like the one before it.

    A point moves from the one to the other on the great circle between them. Each step takes the song that is nearest
    to both the point and the song before; none comes twice.

    Parameters
    ----------
    vectors : Vectors
    start, end : int
        Rows.
    count : int
        Songs of the walk with both ends, 2 or more; a small library may have fewer.

    Returns
    -------
    list of int
        Rows, ``start`` first and ``end`` last.
    """
    if count < 2:
        raise ValueError(f"count={count} must be 2 or more")
    way, a, b = [start], vectors.matrix[start], vectors.matrix[end]
    used = np.zeros(len(vectors), bool)
    used[[start, end]] = True
    for step in range(1, count - 1):
        if used.all():
            break
        likeness = vectors.matrix @ (_between(a, b, step / (count - 1)) + vectors.matrix[way[-1]])
        likeness[used] = -np.inf
        way.append(int(likeness.argmax()))
        used[way[-1]] = True
    return [*way, end]


def _between(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    """Give the point of the great circle from ``a`` to ``b``, both of length 1."""
    angle = np.arccos(np.clip(float(a @ b), -1, 1))
    if np.sin(angle) < 1e-6:  # the same direction, or the opposite one, to which every way is as short
        return a if share < 0.5 else b
    return (np.sin((1 - share) * angle) * a + np.sin(share * angle) * b) / np.sin(angle)
