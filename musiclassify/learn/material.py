"""What a head is learned from: segments of songs in one table, too small labels and doubtful copies left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .errors import LearnError
from .hearing import Heard
from .labels import Song

__all__ = ["FEW_ARTISTS", "FEW_SONGS", "LEAST_ARTISTS", "LEAST_SONGS", "ROWS", "Left", "Material", "gather"]

LEAST_SONGS, LEAST_ARTISTS = 5, 2
"""A label with fewer songs, or of fewer artists, is not learned: no song of it could be held out fairly."""
FEW_SONGS, FEW_ARTISTS = 20, 5
"""A label with fewer is learned, and named: its recall is little more than a guess."""
ROWS = 30_000
"""Segments that are learned from at most: of larger collections every song gives as many, evenly spread over it."""


@dataclass(frozen=True)
class Material:
    """Songs ready to be learned from.

    Attributes
    ----------
    labels : list of str
        Sorted; the order of the answers.
    songs : list of Song
    digests : list of str
    right, groups : int [songs]
        Label and artist of each song as numbers.
    x : float32 [segments, columns]
    song : int [segments]
        Which song a segment belongs to.
    share : np.ndarray [segments]
        How much it counts there, as the rule by which songs are answered has it: an excerpt is the mean of its
        segments, a song the mean of its excerpts.
    """

    labels: list[str]
    songs: list[Song]
    digests: list[str]
    right: np.ndarray
    groups: np.ndarray
    x: np.ndarray
    song: np.ndarray
    share: np.ndarray


@dataclass(frozen=True)
class Left:
    """What was left out, and what is weak.

    Attributes
    ----------
    labels : dict of str to str
        Labels that are not learned, and why.
    songs : list of (str, str)
        Songs that are not learned from, and why.
    weak : dict of str to str
        Labels that are learned from little.
    """

    labels: dict[str, str]
    songs: list[tuple[str, str]]
    weak: dict[str, str]


def gather(heard: Heard) -> tuple[Material, Left]:
    """Put together what was heard.

    Raises
    ------
    LearnError
        Fewer than two labels are large enough.
    """
    kept, songs = _without_copies(heard)
    left, weak = _sized([heard.songs[i] for i in kept])
    kept = [i for i in kept if heard.songs[i].label not in left]
    labels = sorted({heard.songs[i].label for i in kept})
    if len(labels) < 2:
        named = "; ".join(f"{label}: {why}" for label, why in left.items()) or "there is only one"
        raise LearnError(f"at least two labels are needed, each with {LEAST_SONGS} songs by {LEAST_ARTISTS}; {named}")
    chosen = [heard.songs[i] for i in kept]
    names = sorted({song.group for song in chosen})
    number = {group: i for i, group in enumerate(names)}
    each = max(1, ROWS // len(kept))
    rows, shares = zip(*(_thinned(heard.segments[i], heard.excerpts[i], each) for i in kept), strict=True)
    material = Material(
        labels,
        chosen,
        [heard.digests[i] for i in kept],
        np.array([labels.index(song.label) for song in chosen]),
        np.array([number[song.group] for song in chosen]),
        np.concatenate(rows),
        np.repeat(np.arange(len(kept)), [len(one) for one in shares]),
        np.concatenate(shares),
    )
    return material, Left(left, songs, weak)


def _without_copies(heard: Heard) -> tuple[list[int], list[tuple[str, str]]]:
    """Of files with the same bytes keep the first; none of them where their labels differ."""
    copies: dict[str, list[int]] = {}
    for i, sha256 in enumerate(heard.digests):
        copies.setdefault(sha256, []).append(i)
    kept, left = [], []
    for same in copies.values():
        first, *others = (heard.songs[i] for i in same)
        if {song.label for song in others} <= {first.label}:
            kept.append(same[0])
            left += [(song.path, f"is the same file as {first.path}") for song in others]
        else:
            labels = ", ".join(sorted({song.label for song in (first, *others)}))
            left += [(song.path, f"stands under several labels ({labels})") for song in (first, *others)]
    return sorted(kept), left


def _sized(songs: Sequence[Song]) -> tuple[dict[str, str], dict[str, str]]:
    counts = Counter(song.label for song in songs)
    left, weak = {}, {}
    for label, count in sorted(counts.items()):
        artists = len({song.group for song in songs if song.label == label})
        said = f"{count} song{'s' * (count != 1)} by {artists} artist{'s' * (artists != 1)}"
        if count < LEAST_SONGS or artists < LEAST_ARTISTS:
            left[label] = said
        elif count < FEW_SONGS or artists < FEW_ARTISTS:
            weak[label] = said
    return left, weak


def _thinned(segments: np.ndarray, excerpts: Sequence[int], most: int) -> tuple[np.ndarray, np.ndarray]:
    """Give at most so many segments of a song, evenly spread, and their shares."""
    share = np.concatenate([np.full(size, 1 / size) for size in excerpts]) / len(excerpts)
    if len(segments) > most:
        chosen = (np.arange(most) + 0.5) * len(segments) / most
        segments, share = segments[chosen.astype(int)], share[chosen.astype(int)]
    return segments, share / share.sum()
