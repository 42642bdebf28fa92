"""How much of a song is heard before it is answered: everything, or short looks until the answer is settled.

``full`` hears every excerpt whole. The other efforts hear looks of a segment's length, spread over the song, one after
the other (`audio.looks`), and stop when the answer is settled: when what is still to come cannot move the leader by any
answer whatever, or when the leader is ahead by a margin that held-out songs showed to be enough
(``reports/released/effort.csv``). A look's probabilities are softened for one segment; they are sharpened to what the
model's calibration has for as many segments as were heard.

The constants stand in a model's config.json (``effort``); for models without them, `DEFAULTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from musiclassify.audio import looks, segments
from musiclassify.audio.excerpts import Excerpt, Rule, bounds, vote
from musiclassify.audio.levels import is_silent

__all__ = ["DEFAULT", "DEFAULTS", "EFFORTS", "MOST_SILENT", "AllSilentError", "Attention", "Effort", "effort_of"]

EFFORTS = ("fast", "normal", "full")
DEFAULT = "normal"
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "fast": {"least": 1, "most": 3, "margin": 0.5, "short_whole": False},
    "normal": {"least": 2, "most": 8, "margin": 0.8, "short_whole": True},
}
"""Of models whose config.json says nothing: see `Effort`."""


MOST_SILENT = 256
"""Looks at a song, spread over it, that must all be silent before it is taken for silent."""


class AllSilentError(Exception):
    """All looks are silent: the song must be heard from its beginning to know whether it is."""


@dataclass(frozen=True)
class Effort:
    """How much is heard.

    Attributes
    ----------
    name : {"fast", "normal", "full"}
    least : int
        Looks before an answer can be settled by its margin.
    most : int
        Looks at most; 0 hears every excerpt whole.
    margin : float
        How far the leader must be ahead of the second, in probability, to be settled.
    short_whole : bool
        Whether a song of one excerpt is heard whole: there is little to leave out.
    """

    name: str
    least: int
    most: int
    margin: float
    short_whole: bool = False


def effort_of(config: Mapping[str, Any], name: str | None = None) -> Effort:
    """Give the effort of a name, by a model's config.json.

    Raises
    ------
    ValueError
        There is no such effort.
    """
    name = name or DEFAULT
    if name not in EFFORTS:
        raise ValueError(f"effort={name!r} must be one of {', '.join(EFFORTS)}")
    if name == "full":
        return Effort(name, 0, 0, 1.0)
    given = config.get("effort", {}).get(name, DEFAULTS[name])
    return Effort(
        name, int(given["least"]), int(given["most"]), float(given["margin"]), bool(given.get("short_whole", False))
    )


class Attention:
    """Hears one song as an effort asks it to.

        attention = Attention(config, effort, "mean")
        for piece in attention.pieces(excerpts):
            attention.hear(probabilities_of(piece))
        attention.rows()

    Parameters
    ----------
    config : mapping
        Of the model.
    effort : Effort
    method : {"mean", "majority"}
        How the pieces vote.

    Attributes
    ----------
    heard_s : float
        Seconds that were heard so far.
    whole : bool
        Whether excerpts are heard whole, and not looks at them.
    """

    def __init__(self, config: Mapping[str, Any], effort: Effort, method: str) -> None:
        self._config, self._effort, self._method = config, effort, method
        rate, features = config["sample_rate"], config["features"]
        self._segment, self._hop = (round(features[key] * rate) for key in ("segment_s", "segment_hop_s"))
        self._room = max(2, 2 * effort.most)
        self._rows: list[np.ndarray] = []
        self._music: list[float] = []
        self._sharpen: list[bool] = []
        self.heard_s = 0.0
        self.whole = effort.most == 0

    def pieces(self, excerpts: Iterable[Excerpt]) -> Iterator[Excerpt]:
        """Yield what is to be heard next, until it is enough; each must be answered by `hear` before the next.

        Silent excerpts are passed over. All excerpts are taken before the first look is given.
        """
        if self.whole:
            yield from map(self._whole, filter(self._audible, excerpts))
            return
        found, first, spare = looks.Looks(self._room, self._effort.most), None, None
        for number, excerpt in enumerate(excerpts):
            first = excerpt if number == 0 else None
            pieces = self._cut(excerpt)
            found.offer(pieces)
            if spare is None and not any(pieces) and self._audible(excerpt):
                spare = looks.spare(excerpt, segment=self._segment, sample_rate=self._config["sample_rate"])
        if first is not None and (self._effort.short_whole or found.count == 1):
            self.whole = True
            if self._audible(first):
                yield self._whole(first)
            return
        audible = found.visited() or ([] if spare is None else [spare])
        yield from self._until_settled(audible, found.count)

    def places(self, samples: int, rule: Rule) -> list[tuple[int, int]]:
        """Where the looks at a song of so many samples lie, in its order: first and last-plus-one sample.

        Nothing where a song of this length is to be heard from its beginning: whole, or of one excerpt.
        """
        found = bounds(samples, rule, self._config["sample_rate"])
        if self.whole or len(found) < 2:
            return []
        return [
            (first + int(at), min(first + int(at) + self._segment, last))
            for first, last in found
            for at in segments.starts(last - first, self._segment, self._hop)
        ]

    def looks_at(self, places: Sequence[tuple[int, int]], read: Callable[[int, int], np.ndarray]) -> Iterator[Excerpt]:
        """Yield what is to be heard next, as `pieces` does, of a song that is read only where it is looked at.

        Parameters
        ----------
        places : sequence of (int, int)
            See `places`.
        read : callable
            Gives the samples from the first to the last-plus-one.

        Raises
        ------
        AllSilentError
            All looks are silent, and there may be sound between them.
        """
        rate, silence, heard = self._config["sample_rate"], self._config["silence_peak"], False

        def audible() -> Iterator[Excerpt]:
            nonlocal heard
            found = 0
            for number, at in enumerate(looks.order(len(places), self._room)):
                if found == self._effort.most or number == MOST_SILENT:
                    return
                first, last = places[at]
                samples = read(first, last)
                if not is_silent(samples, silence):
                    found, heard = found + 1, True
                    yield Excerpt(first / rate, last / rate, samples)

        yield from self._until_settled(audible(), len(places))
        if not heard and len(places) <= MOST_SILENT:
            raise AllSilentError

    def _until_settled(self, audible: Iterable[Excerpt], of: int) -> Iterator[Excerpt]:
        """Yield looks until the answer is settled, of so many that there are."""
        for look in audible:
            self._sharpen.append(len(look.samples) >= self._segment)
            self.heard_s += look.end_s - look.start_s
            yield look
            if self._settled(min(of, self._effort.most)):
                return

    def hear(self, probabilities: np.ndarray, music: float = 1.0) -> None:
        """Take the answer to the piece that was given last.

        Parameters
        ----------
        probabilities : np.ndarray [genres]
        music : float
            How probably it is music; 1 for models that do not tell.
        """
        self._rows.append(np.asarray(probabilities, np.float64))
        self._music.append(music)

    def rows(self, of: int | None = None) -> np.ndarray:
        """Give the pieces' probabilities [pieces, genres], as sharp as the model is for so many; they vote.

        Parameters
        ----------
        of : int, optional
            As sharp as for so many; default: those that were heard.
        """
        found: Sequence[float] = self._config.get("temperatures", ())
        table = np.array(self._rows)
        if len(found) < 3 or not self._sharpen:
            return table
        power = np.where(self._sharpen, found[1] / found[min(of or len(table), len(found) - 1)], 1.0)
        sharper = np.maximum(table, 1e-12) ** power[:, None]
        return sharper / sharper.sum(axis=1, keepdims=True)

    def told(self) -> dict[str, Any]:
        """Give what an answer says of it: ``effort``, ``heard_s``."""
        return {"effort": self._effort.name, "heard_s": self.heard_s}

    def _audible(self, excerpt: Excerpt) -> bool:
        return not is_silent(excerpt.samples, self._config["silence_peak"])

    def _whole(self, excerpt: Excerpt) -> Excerpt:
        self.heard_s += excerpt.end_s - excerpt.start_s
        return excerpt

    def _cut(self, excerpt: Excerpt) -> list[Excerpt | None]:
        rate, peak = self._config["sample_rate"], self._config["silence_peak"]
        return looks.cut(excerpt, segment=self._segment, hop=self._hop, sample_rate=rate, silence_peak=peak)

    def _settled(self, of: int) -> bool:
        """Whether the pieces that are left, of `of`, may be left out."""
        if self._doubtful():
            return False
        heard = len(self._rows)
        if self._lead(self.rows(of)) * heard > (of - heard) * (1 + 1e-9):  # each moves the sum of leads by 1 at most
            return True
        if self._method != "mean" or heard < self._effort.least:
            return False
        return self._lead(self.rows()) >= self._effort.margin

    def _lead(self, rows: np.ndarray) -> float:
        second, first = np.sort(vote(rows, self._method))[-2:]
        return float(first - second)

    def _doubtful(self) -> bool:
        """Whether it may be no music: then all looks are heard."""
        below = self._config.get("sounds", {}).get("music_below", 0.0)
        return bool(below) and float(np.mean(self._music)) < (1 + below) / 2
