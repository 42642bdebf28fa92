"""Songs heard by a base model: what its network says of every segment, asked for once and kept."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import islice
from threading import Event

import numpy as np

from musiclassify.audio import isolated
from musiclassify.audio.errors import AudioError, SilentAudioError, TooShortError
from musiclassify.audio.excerpts import excerpts
from musiclassify.audio.heard import Heard as Report
from musiclassify.audio.levels import is_silent
from musiclassify.released.song import Model

from .cache import Cache
from .errors import LearnError
from .labels import Song

__all__ = ["Heard", "columns_of", "hear", "question"]

_LEARNED = ("tag_", "embedding_")
"""What statistics of a network are called that a head is learned from; see `columns_of`."""


@dataclass(frozen=True)
class Heard:
    """What was heard of songs that have a label.

    Attributes
    ----------
    songs : list of Song
    segments : list of float32 [n, columns]
        Of each song.
    excerpts : list of list of int
        Of each song, how many segments each of its excerpts has.
    digests : list of str
        sha256 of each song's file.
    failed : list of (str, str)
        Songs that could not be heard, and why.
    known : int
        Songs that an earlier run had heard.
    """

    songs: list[Song] = field(default_factory=list)
    segments: list[np.ndarray] = field(default_factory=list)
    excerpts: list[list[int]] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    known: int = 0


def columns_of(model: Model) -> np.ndarray:
    """Say which columns of a base's ``summary`` a head is learned from: int64 [n].

    Those of its network (tags and embedding) where it has one, else all its statistics.

    Raises
    ------
    LearnError
        The base's graph does not give what it heard.
    """
    if "summary" not in model.release.config["head_inputs"]:
        raise LearnError(f"{model.name} does not give what it heard; choose another --base")
    names = model.release.config["statistics"]
    found = [i for i, name in enumerate(names) if name.removeprefix("msd_").startswith(_LEARNED)]
    return np.array(found or range(len(names)), np.int64)


def question(model: Model) -> str:
    """Say, beside the song, what was asked: the base, the rule, the columns."""
    columns = columns_of(model)
    return json.dumps([model.release.digest, asdict(model.rule), len(columns), int(columns[0])], sort_keys=True)


def hear(
    model: Model,
    songs: Iterable[Song],
    cache: Cache,
    *,
    jobs: int = 1,
    finished: Callable[[int], None] = lambda done: None,
) -> Heard:
    """Hear songs in their order, those that the cache does not know; one that cannot be heard is among the failed.

    Parameters
    ----------
    model : Model
        The base.
    songs : iterable of Song
    cache : Cache
    jobs : int
        Songs that are worked on at once.
    finished : callable, optional
        Called with how many are done.

    """
    found, columns, stop = Heard(), columns_of(model), Event()
    known = 0

    def one(song: Song) -> tuple[str, np.ndarray, list[int], bool]:
        try:
            sha256 = cache.digest(song.path)
        except OSError as error:
            raise AudioError(song.path, f"cannot be read ({error.strerror or error})") from error
        kept = cache.find(sha256)
        if kept is not None:
            return sha256, *kept, True
        segments, sizes = _listen(model, song.path, columns, stop)
        cache.keep(sha256, segments, sizes)
        return sha256, segments, sizes, False

    pool, songs = ThreadPoolExecutor(jobs, thread_name_prefix="hear"), iter(songs)
    waiting = [(song, pool.submit(one, song)) for song in islice(songs, 2 * jobs)]
    try:
        done = 0
        while waiting:
            song, future = waiting.pop(0)
            try:
                sha256, segments, sizes, was_known = future.result()
            except AudioError as error:
                found.failed.append((song.path, error.reason))
            else:
                known += was_known
                found.songs.append(song)
                found.segments.append(segments)
                found.excerpts.append(sizes)
                found.digests.append(sha256)
            waiting += [(song, pool.submit(one, song)) for song in islice(songs, 1)]
            done += 1
            finished(done)
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
    return Heard(found.songs, found.segments, found.excerpts, found.digests, found.failed, known)


def _listen(model: Model, path: str, columns: np.ndarray, stop: Event) -> tuple[np.ndarray, list[int]]:
    config, rate, count = model.release.config, model.sample_rate, 0
    found: list[np.ndarray] = []

    def counted(blocks: Iterator[np.ndarray]) -> Generator[np.ndarray, None, None]:
        nonlocal count
        for block in blocks:
            if stop.is_set():
                raise AudioError(path, "was left when the run was stopped")
            count += len(block)
            yield block

    with contextlib.closing(counted(isolated.stream(path, sample_rate=rate, heard=Report()))) as blocks:
        for excerpt in excerpts(blocks, model.rule, rate):
            if not is_silent(excerpt.samples, config["silence_peak"]):
                (summary,) = model.run(excerpt.samples, ("summary",))
                found.append(summary[:, columns])
    if count / rate < config["min_duration_s"]:
        raise TooShortError(path, f"lasts {count / rate:.2f} s, less than {config['min_duration_s']:g} s")
    if not found:
        raise SilentAudioError(path, "is silent")
    return np.concatenate(found), [len(one) for one in found]
