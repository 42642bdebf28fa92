"""The rule by which a song is classified: what is left out, how it is cut into excerpts, how they vote."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from .decode import SAMPLE_RATE

__all__ = ["VOTES", "Excerpt", "Rule", "bounds", "excerpts", "vote"]

VOTES = ("mean", "majority")


@dataclass(frozen=True)
class Rule:
    """How a song becomes excerpts and their answers one answer.

    Attributes
    ----------
    skip_s : float
        Seconds left out at the start of a long song.
    skip_if_longer_than_s : float
        A song is long when it lasts more than this; a shorter one is used from its beginning.
    excerpt_s : float
        Length of an excerpt, seconds.
    min_excerpt_s : float
        A remainder of at least so many seconds is an excerpt too; so is any that stands alone.
    vote : {"mean", "majority"}
        See `vote`.
    """

    skip_s: float = 30.0
    skip_if_longer_than_s: float = 60.0
    excerpt_s: float = 30.0
    min_excerpt_s: float = 10.0
    vote: str = "mean"

    def __post_init__(self) -> None:
        for name in ("skip_s", "skip_if_longer_than_s", "excerpt_s", "min_excerpt_s"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
                raise ValueError(f"{name}={value!r} must be a number of seconds, 0 or more")
        if self.excerpt_s < 1:
            raise ValueError(f"excerpt_s={self.excerpt_s} must be at least 1 s")
        if self.min_excerpt_s > self.excerpt_s:
            raise ValueError(f"min_excerpt_s={self.min_excerpt_s} must be at most excerpt_s={self.excerpt_s}")
        if self.skip_s > self.skip_if_longer_than_s:
            raise ValueError(
                f"skip_s={self.skip_s} must be at most skip_if_longer_than_s={self.skip_if_longer_than_s}: "
                "nothing would be left of some songs"
            )
        _check_vote(self.vote)

    def skipped_s(self, duration_s: float) -> float:
        """Seconds left out at the start of a song that lasts so long."""
        return self.skip_s if duration_s > self.skip_if_longer_than_s else 0.0

    def with_skip(self, skip_s: float) -> Rule:
        """The same rule with another skip; songs too short to give an excerpt after it are used whole."""
        longer = max(self.skip_if_longer_than_s, skip_s + self.excerpt_s)
        return replace(self, skip_s=skip_s, skip_if_longer_than_s=longer)


@dataclass(frozen=True)
class Excerpt:
    """A piece of a song.

    Attributes
    ----------
    start_s, end_s : float
        Where it lies in the song, seconds.
    samples : float32 [n]
    """

    start_s: float
    end_s: float
    samples: np.ndarray


def excerpts(
    blocks: Iterable[np.ndarray], rule: Rule | None = None, sample_rate: int = SAMPLE_RATE
) -> Iterator[Excerpt]:
    """Cut a stream of samples into excerpts, holding no more than the rule's look-ahead in memory.

    Parameters
    ----------
    blocks : iterable of float32 [m]
        As from `musiclassify.audio.decode.stream`; a whole signal in a list will do.
    rule : Rule, optional
    sample_rate : int
        Hz.

    Yields
    ------
    Excerpt
        In order. Nothing for a stream without samples.
    """
    rule = rule or Rule()
    size = max(1, round(rule.excerpt_s * sample_rate))
    smallest = max(1, round(rule.min_excerpt_s * sample_rate))
    skip = round(rule.skip_s * sample_rate)
    long = round(rule.skip_if_longer_than_s * sample_rate)

    held: list[np.ndarray] = []
    count = 0  # samples held
    start = 0  # where the held samples begin in the song
    decided = skip == 0
    for block in blocks:
        held.append(block)
        count += len(block)
        if not decided and count > long:
            held, count, start, decided = [np.concatenate(held)[skip:]], count - skip, skip, True
        if decided and count > size:
            joined = np.concatenate(held)
            while len(joined) > size:
                yield _excerpt(joined[:size], start, sample_rate)
                joined, start = joined[size:], start + size
            held, count = [joined], len(joined)
    rest = np.concatenate(held) if held else np.zeros(0, np.float32)
    alone = start in (0, skip if decided else 0)
    while len(rest) and (alone or len(rest) >= smallest):
        piece = rest[:size]
        yield _excerpt(piece, start, sample_rate)
        rest, start, alone = rest[size:], start + len(piece), False


def bounds(count: int, rule: Rule, sample_rate: int = SAMPLE_RATE) -> list[tuple[int, int]]:
    """First and last-plus-one sample of each excerpt of a song of ``count`` samples, as `excerpts` cuts it.

    Examples
    --------
    >>> bounds(95 * 22_050, Rule())
    [(661500, 1323000), (1323000, 1984500)]
    """
    size = max(1, round(rule.excerpt_s * sample_rate))
    smallest = max(1, round(rule.min_excerpt_s * sample_rate))
    first = round(rule.skip_s * sample_rate) if count > round(rule.skip_if_longer_than_s * sample_rate) else 0
    if first >= count:
        first = 0
    pieces = [(start, min(start + size, count)) for start in range(first, count, size)]
    return [piece for piece in pieces if piece[0] == first or piece[1] - piece[0] >= smallest]


def _excerpt(samples: np.ndarray, start: int, sample_rate: int) -> Excerpt:
    return Excerpt(start / sample_rate, (start + len(samples)) / sample_rate, samples)


def vote(probabilities: np.ndarray, method: str = "mean") -> np.ndarray:
    """Make one answer of the excerpts' answers.

    Parameters
    ----------
    probabilities : np.ndarray [excerpts, genres]
        Each row sums to 1.
    method : {"mean", "majority"}
        ``mean`` averages; ``majority`` gives each genre the share of excerpts that it wins, and between
        equal shares the mean decides (it moves no share by more than a millionth).

    Returns
    -------
    float64 [genres]
        Sums to 1; the largest is the answer.
    """
    _check_vote(method)
    table = np.asarray(probabilities, dtype=np.float64)
    if table.ndim != 2 or not table.size:
        raise ValueError(f"probabilities of shape {table.shape} must be excerpts x genres, at least 1 x 1")
    mean = table.mean(axis=0)
    if method == "mean":
        return mean
    shares = np.bincount(table.argmax(axis=1), minlength=table.shape[1]) / len(table)
    return (shares + 1e-6 * mean) / (1 + 1e-6 * mean.sum())


def _check_vote(method: str) -> None:
    if method not in VOTES:
        raise ValueError(f"vote={method!r} must be one of {', '.join(VOTES)}")
