"""How much of a song is heard before it is answered: everything, or short looks until the answer is settled.

``full`` hears every excerpt whole. The other efforts hear looks of a segment's length, spread over the song, one after
the other (`audio.looks`), and stop when the answer is settled: when what is still to come cannot move the leader by any
answer whatever, or when the leader is ahead by a margin that held-out songs showed to be enough
(``reports/released/effort.csv``). A look's probabilities are softened for one segment; they are sharpened to what the
model's calibration has for as many segments as were heard.

The constants stand in a model's config.json (``effort``); for models without them, `DEFAULTS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from musiclassify.audio import looks
from musiclassify.audio.excerpts import Excerpt, vote
from musiclassify.audio.levels import is_silent

__all__ = ["DEFAULT", "DEFAULTS", "EFFORTS", "Attention", "Effort", "effort_of"]

EFFORTS = ("fast", "normal", "full")
DEFAULT = "normal"
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "fast": {"least": 1, "most": 3, "margin": 0.5, "short_whole": False},
    "normal": {"least": 2, "most": 8, "margin": 0.8, "short_whole": True},
}
"""Of models whose config.json says nothing: see `Effort`."""


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
            yield from map(self._whole, self._audible(excerpts))
            return
        found, alone = looks.Looks(2 * self._effort.most), None
        for number, excerpt in enumerate(self._audible(excerpts)):
            alone = excerpt if number == 0 else None
            found.offer(self._cut(excerpt))
        if alone is not None and (self._effort.short_whole or len(found.kept) == 1):
            self.whole = True
            yield self._whole(alone)
            return
        order = looks.spread(len(found.kept))[: self._effort.most]
        for number, at in enumerate(order):
            if number and self._settled(len(order)):
                return
            look = found.kept[at]
            self._sharpen.append(len(look.samples) >= self._segment)
            self.heard_s += look.end_s - look.start_s
            yield look

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

    def _audible(self, excerpts: Iterable[Excerpt]) -> Iterator[Excerpt]:
        return (e for e in excerpts if not is_silent(e.samples, self._config["silence_peak"]))

    def _whole(self, excerpt: Excerpt) -> Excerpt:
        self.heard_s += excerpt.end_s - excerpt.start_s
        return excerpt

    def _cut(self, excerpt: Excerpt) -> list[Excerpt]:
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
