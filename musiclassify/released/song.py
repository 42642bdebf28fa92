"""Songs in, answers out: decode, cut by the rule, ask the graph excerpt by excerpt, vote.

Memory does not grow with the length of a song. A `Model` may be used from several threads at once.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event, Lock
from typing import Any, BinaryIO

import numpy as np

from musiclassify.audio import decode, isolated, seeking
from musiclassify.audio.errors import AudioError, SilentAudioError, TooShortError
from musiclassify.audio.excerpts import Excerpt, Rule, excerpts, vote
from musiclassify.audio.heard import Heard as Report
from musiclassify.audio.levels import is_silent
from musiclassify.audio.readers import LostError
from musiclassify.audio.source import name_of

from .answer import Answer, ExcerptAnswer
from .effort import MOST_SILENT, AllSilentError, Attention, Effort, effort_of
from .heard import Heard, no_music
from .registry import FormatError, Release, find, read, verify
from .session import Session

__all__ = ["Answer", "ExcerptAnswer", "Model", "Song", "load"]

Song = str | os.PathLike[str] | BinaryIO | np.ndarray
"""What can be classified: a path, a binary file object, or mono samples float32 [n]."""


@dataclass(frozen=True)
class Reading:
    """How files are read: from their beginning, and where it can be, only where they are looked at."""

    stream: Callable[..., Iterator[np.ndarray]]
    seeker: Callable[..., contextlib.AbstractContextManager[seeking.Seeker | isolated.Seeker | None]]


HERE = Reading(decode.stream, seeking.seeker)
ELSEWHERE = Reading(isolated.stream, isolated.seeker)
"""In processes of their own, see `isolated`."""

MUSIC = "music"
_STATUS = {TooShortError: "too_short", SilentAudioError: "silent"}


@dataclass
class _Hearing:
    """What was heard of a song."""

    answers: list[ExcerptAnswer] = field(default_factory=list)
    heard_s: float = 0.0
    samples: int = 0
    report: Report = field(default_factory=Report)
    looked: bool = False


class _StoppedError(Exception):
    """Somebody asked to stop."""


class Model:
    """A released model, ready to answer.

    Parameters
    ----------
    release : Release
        Verified (see `load`).
    threads : int
        Threads that one excerpt may use, 1 or 2.

    Attributes
    ----------
    name : str
    labels : tuple of str
        In the order of the probabilities.
    rule : Rule
        How songs are cut and how excerpts vote, unless asked otherwise.
    release : Release
        config.json and metadata.json.
    """

    def __init__(self, release: Release, threads: int = 1) -> None:
        config = release.config
        self.release = release
        self.name: str = config["name"]
        self.labels: tuple[str, ...] = tuple(config["labels"])
        self.sample_rate: int = config["sample_rate"]
        self.rule = Rule(**config["rule"])
        self._min_duration_s: float = config["min_duration_s"]
        self._silence_peak: float = config["silence_peak"]
        self._uncertain_below: float = config["uncertain_below"]
        self._sounds: dict[str, Any] = config.get("sounds", {})
        self._session = Session(release, threads)
        self._heard = (Heard(config["statistics"]) or None) if self._session.has_summary else None

    def classify(
        self,
        song: Song,
        *,
        sample_rate: int | None = None,
        rule: Rule | None = None,
        path: str | None = None,
        effort: str | None = None,
    ) -> Answer:
        """Classify one song; what is wrong with it becomes the status of the answer, not an exception.

        Parameters
        ----------
        song : path, binary file object or np.ndarray [n]
            Samples are mono.
        sample_rate : int, optional
            Hz of the samples; default: the model's own (22 050). For arrays only.
        rule : Rule, optional
            Instead of the model's.
        path : str, optional
            What the answer is to call the song.
        effort : {"fast", "normal", "full"}, optional
            How much of it is heard (see `effort`); default: ``normal``.

        Examples
        --------
        >>> load().classify("song.mp3").genre  # doctest: +SKIP
        'jazz'
        """
        return self._classify(song, sample_rate, rule, path, None, effort_of(self.release.config, effort))

    def classify_many(
        self,
        songs: Iterable[Song],
        *,
        jobs: int = 2,
        rule: Rule | None = None,
        effort: str | None = None,
        finished: Callable[[Song, Answer], None] | None = None,
    ) -> Generator[Answer, None, None]:
        """Classify songs in parallel; the answers come in the order of the songs.

        Parameters
        ----------
        songs : iterable of paths, file objects or samples
            Taken only as fast as they are worked off.
        jobs : int
            Songs that are worked on at once, in threads; their files are decoded in processes (`audio.isolated`).
        rule : Rule, optional
        effort : {"fast", "normal", "full"}, optional
            As for `classify`.
        finished : callable, optional
            Called with a song and its answer as soon as that is there, while earlier songs are still worked on; from
            the threads that do the work, by one of them at a time.
        """
        if jobs < 1:
            raise ValueError(f"jobs={jobs} must be 1 or more")
        stop, one, wanted = Event(), Lock(), effort_of(self.release.config, effort)

        def classify(song: Song) -> Answer:
            answer = self._classify(song, None, rule, None, stop, wanted, ELSEWHERE)
            if finished is not None:
                with one:
                    finished(song, answer)
            return answer

        pool = ThreadPoolExecutor(jobs, thread_name_prefix="classify")
        waiting: deque[Future[Answer]] = deque()
        try:
            for song in songs:
                waiting.append(pool.submit(classify, song))
                if len(waiting) > 2 * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def follow(self, blocks: Iterable[np.ndarray], *, rule: Rule | None = None) -> Iterator[ExcerptAnswer]:
        """Answer excerpt by excerpt while the sound comes in (from `audio.decode.stream`, a microphone, ...).

        Parameters
        ----------
        blocks : iterable of float32 [m]
            Mono, at the model's rate.
        rule : Rule, optional

        Yields
        ------
        ExcerptAnswer
            As soon as its last sample is there; silent excerpts are passed over. `decide` makes one answer
            of them.
        """
        for excerpt in excerpts(blocks, rule or self.rule, self.sample_rate):
            if not is_silent(excerpt.samples, self._silence_peak):
                yield self._ask(excerpt)

    def decide(self, answers: list[ExcerptAnswer], *, rule: Rule | None = None) -> dict[str, float]:
        """Let excerpts vote: genre -> probability."""
        table = np.array([list(answer.probabilities.values()) for answer in answers])
        return dict(zip(self.labels, vote(table, (rule or self.rule).vote).tolist(), strict=True))

    def run(self, samples: np.ndarray, outputs: tuple[str, ...] = ("probabilities",)) -> list[np.ndarray]:
        """Ask the graph itself about one excerpt; see `Session.run`."""
        return self._session.run(samples, outputs)

    def _ask(self, excerpt: Excerpt) -> ExcerptAnswer:
        wanted = ("probabilities", *(("sounds",) if self._sounds else ()), *(("summary",) if self._heard else ()))
        p, *more = self._session.run(excerpt.samples, wanted)
        if len(p) != len(self.labels):
            raise FormatError(
                self.name,
                f"config.json has {len(self.labels)} labels, the graph gives {len(p)} genres",
                "export the model again",
            )
        probabilities = dict(zip(self.labels, p.tolist(), strict=True))
        sounds = dict(zip(self._sounds["names"], more[0].tolist(), strict=True)) if self._sounds else {}
        heard = self._heard.of(more[-1]) if self._heard else None
        return ExcerptAnswer(excerpt.start_s, excerpt.end_s, self.labels[int(p.argmax())], probabilities, sounds, heard)

    def _classify(
        self,
        song: Song,
        rate: int | None,
        rule: Rule | None,
        path: str | None,
        stop: Event | None,
        effort: Effort,
        reading: Reading | None = None,
    ) -> Answer:
        rule, reading = rule or self.rule, reading or HERE
        name = path or ("<samples>" if isinstance(song, np.ndarray) else name_of(song))
        hearing = _Hearing()
        try:
            if isinstance(song, np.ndarray) or not self._look(song, rule, effort, reading, stop, hearing):
                self._listen(self._blocks(song, rate, reading, hearing), rule, effort, stop, hearing)
            answers, duration_s = hearing.answers, hearing.samples / self.sample_rate
            if duration_s < self._min_duration_s:
                raise TooShortError(name, f"lasts {duration_s:.2f} s, less than {self._min_duration_s:g} s")
            if not answers:
                raise SilentAudioError(name, "is silent" + (f" in {MOST_SILENT} places" if hearing.looked else ""))
        except AudioError as error:
            return Answer(
                name,
                _STATUS.get(type(error), "error"),
                duration_s=hearing.samples / self.sample_rate if hearing.samples else None,
                model=self.name,
                message=f"{error.reason}; {error.advice}",
            )
        probabilities = self.decide(answers, rule=rule)
        genre = max(probabilities, key=probabilities.__getitem__)
        sound = no_music(self._sounds, [answer.sounds for answer in answers])
        heard = np.mean([a.heard for a in answers if a.heard is not None], axis=0) if self._heard else None
        words = (sound and f"mostly {sound}: no music that this model knows", hearing.report.warning())
        return Answer(
            name,
            "ok",
            genre,
            probabilities[genre],
            bool(sound) or probabilities[genre] < self._uncertain_below,
            probabilities,
            answers,
            duration_s,
            self.name,
            message="; ".join(filter(None, words)),
            sound=sound,
            effort=effort.name,
            heard_s=hearing.heard_s,
            moods=self._heard.moods(heard) if self._heard and heard is not None else {},
            embedding=self._heard.embedding(heard) if self._heard and heard is not None else None,
        )

    def _look(
        self, song: Song, rule: Rule, effort: Effort, reading: Reading, stop: Event | None, hearing: _Hearing
    ) -> bool:
        """Hear a long song by pieces, where its format lets them be read exactly; tell whether it was."""
        attention, report = Attention(self.release.config, effort, rule.vote), Report()
        if attention.whole:
            return False
        with reading.seeker(song, sample_rate=self.sample_rate, above_s=rule.excerpt_s, heard=report) as found:
            places = attention.places(found.samples, rule) if found is not None else []
            if found is None or not places:
                return False

            def read(first: int, last: int) -> np.ndarray:
                if stop is not None and stop.is_set():
                    raise _StoppedError
                return found.read(first, last)

            try:
                hearing.answers = self._answer(attention, attention.looks_at(places, read))
            except (LostError, AllSilentError):
                return False
            hearing.heard_s, hearing.samples = attention.heard_s, found.samples
            hearing.report, hearing.looked = report, True
        return True

    def _listen(
        self, blocks: Iterable[np.ndarray], rule: Rule, effort: Effort, stop: Event | None, hearing: _Hearing
    ) -> None:
        """Hear a song from its beginning."""

        def counted() -> Generator[np.ndarray, None, None]:
            for block in blocks:
                if stop is not None and stop.is_set():
                    raise _StoppedError
                hearing.samples += len(block)
                yield block

        with contextlib.closing(counted()) as sound:
            hearing.answers, hearing.heard_s = self._attend(sound, rule, effort)

    def _attend(self, blocks: Iterable[np.ndarray], rule: Rule, effort: Effort) -> tuple[list[ExcerptAnswer], float]:
        """Hear as much as the effort wants; the pieces' answers in the order of the song, and the seconds heard."""
        attention = Attention(self.release.config, effort, rule.vote)
        answers = self._answer(attention, attention.pieces(excerpts(blocks, rule, self.sample_rate)))
        return answers, attention.heard_s

    def _answer(self, attention: Attention, pieces: Iterator[Excerpt]) -> list[ExcerptAnswer]:
        answers = []
        for piece in pieces:
            answer = self._ask(piece)
            attention.hear(np.array(list(answer.probabilities.values())), answer.sounds.get(MUSIC, 1.0))
            answers.append(answer)
        final = [
            replace(answer, probabilities=dict(zip(self.labels, row.tolist(), strict=True)))
            for answer, row in zip(answers, attention.rows(), strict=True)
        ]
        return sorted(final, key=lambda answer: answer.start_s)

    def _blocks(self, song: Song, sample_rate: int | None, reading: Reading, hearing: _Hearing) -> Iterable[np.ndarray]:
        if not isinstance(song, np.ndarray):
            if sample_rate is not None:
                raise ValueError(f"sample_rate={sample_rate} is for samples only; a file says its own")
            return reading.stream(song, sample_rate=self.sample_rate, heard=hearing.report)
        if song.ndim != 1:
            raise ValueError(f"samples of shape {song.shape} must be mono, shape (n,)")
        samples = song.astype(np.float32, copy=False)
        if not np.isfinite(samples).all():
            raise ValueError("samples must be numbers (no NaN, nothing infinite)")
        if sample_rate not in (None, self.sample_rate):
            import soxr

            samples = soxr.resample(samples, sample_rate, self.sample_rate, "HQ")
        return [samples]


def load(model: str | os.PathLike[str] | None = None, *, threads: int = 1) -> Model:
    """Load a released model, having checked every file of it.

    Parameters
    ----------
    model : str or path, optional
        A released name, a kind trained last, or a folder; default: the one in ``models/default``.
    threads : int
        Threads that one excerpt may use, 1 or 2. For many songs leave it and use `Model.classify_many`.

    Raises
    ------
    UnknownModelError, FormatError, ChangedFileError
        All are ModelError.

    Examples
    --------
    >>> from musiclassify import released
    >>> answer = released.load("gtzan-cnn-v1.0").classify("song.mp3")  # doctest: +SKIP
    """
    release = read(find(model))
    verify(release)
    return Model(release, threads)
