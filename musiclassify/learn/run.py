"""From songs with labels to a released model, in the order in which it goes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from musiclassify.released.registry import Release
from musiclassify.released.song import Model

from .cache import Cache
from .corrections import corrections
from .fit import Learned, learn
from .hearing import Heard, columns_of, hear, question
from .labels import Labelled, with_labels
from .material import Left, Material, gather
from .release import check_folder, write_release

__all__ = ["Outcome", "Wish", "run"]


@dataclass(frozen=True)
class Wish:
    """What is to be made of the songs.

    Attributes
    ----------
    output : path
        The model's folder.
    corpus, command : str
        As they are to stand in the model's documents.
    cache : path
        Where what was heard is kept.
    corrections : path, optional
        A file of `corrections`, whose labels go before those that were found.
    jobs : int
        Songs heard at once.
    seed : int
    """

    output: str | os.PathLike[str]
    corpus: str
    command: str
    cache: str | os.PathLike[str]
    corrections: str | os.PathLike[str] | None = None
    jobs: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    release: Release
    heard: Heard
    material: Material
    left: Left
    learned: Learned
    passed_over: list[tuple[str, str]] = field(default_factory=list)
    corrected: int = 0


def run(
    base: Model,
    found: Labelled,
    wish: Wish,
    *,
    hearing: Callable[[int, int], None] = lambda done, songs: None,
    learning: Callable[[], None] = lambda: None,
) -> Outcome:
    """Hear, learn, score, write.

    Parameters
    ----------
    base : Model
    found : Labelled
    wish : Wish
    hearing : callable, optional
        Told how many songs of how many are heard.
    learning : callable, optional
        Called when all of them are.

    Raises
    ------
    LearnError, AudioError
    """
    check_folder(wish.output)  # before an hour of hearing
    columns, corrected = columns_of(base), 0
    with Cache(wish.cache, question(base), len(columns)) as cache:
        if wish.corrections is not None:
            found, corrected = with_labels(found, _corrected(wish.corrections, found, cache))
        songs = len(found.songs)
        heard = hear(base, found.songs, cache, jobs=wish.jobs, finished=lambda done: hearing(done, songs))
    material, left = gather(heard)
    learning()
    learned = learn(material, seed=wish.seed)
    release = write_release(
        wish.output, base.release, columns, material, left, learned,
        corpus=wish.corpus, command=wish.command, seed=wish.seed,
    )  # fmt: skip
    return Outcome(release, heard, material, left, learned, found.passed_over, corrected)


def _corrected(file: str | os.PathLike[str], found: Labelled, cache: Cache) -> dict[str, str]:
    """Give path -> label of what was corrected; a song that was moved is looked for by its bytes."""
    said = corrections(file)
    lost = {one.sha256 for one in said if not os.path.isfile(one.path)}
    moved: dict[str, str] = {}
    if lost:
        paths = [*(song.path for song in found.songs), *(path for path, _ in found.passed_over)]
        for path in filter(os.path.isfile, paths):
            sha256 = cache.digest(path)
            if sha256 in lost:
                moved[sha256] = os.path.realpath(path)
    return {moved.get(one.sha256, one.path) if not Path(one.path).is_file() else one.path: one.genre for one in said}
