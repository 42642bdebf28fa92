"""What an answer rests on, by occlusion: how far the winner's probability falls when a piece is taken away.

Two questions are asked of the graph, excerpt by excerpt: what if these two seconds were silent, and what if this
band of frequencies were missing? An excerpt's answer is the mean over its segments, and a segment is answered from its
own samples but for the excerpt's mean level; so pieces that touch different segments are silenced in one go (the drops
are those of one piece at a time to a thousandth), and in a long song a band is missing from a part of the segments at a
time, spread over the song. Nothing but the released model and numpy is needed for the
numbers; the picture needs matplotlib.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from musiclassify.audio import segments
from musiclassify.audio.decode import stream
from musiclassify.audio.excerpts import Excerpt, Rule, excerpts
from musiclassify.audio.heard import clock
from musiclassify.audio.levels import is_silent
from musiclassify.files import whole

from .song import Model

__all__ = ["BAND_HZ", "Explanation", "draw", "is_explanation", "occlude", "verdict"]

BAND_HZ = (0.0, 100.0, 200.0, 400.0, 800.0, 1_600.0, 3_200.0, 6_400.0, 11_025.0)
"""Edges of the bands that are taken away, Hz."""

PIECE_S = 2.0
MOST_EXCERPTS = 2
BAND_RUNS = 8
"""How often excerpts are asked about bands, over all excerpts."""

_FADE_S = 0.01
_LEAST = 0.001
_FOR, _AGAINST = "#0072B2", "#D55E00"
_SOFTWARE = "MusiClassify: what an answer rests on"


@dataclass(frozen=True)
class Explanation:
    """What an answer rests on.

    Attributes
    ----------
    genre : str
        The genre that is explained.
    probability : float
        Its mean probability over the excerpts below.
    excerpts : list of Excerpt
        Those that were looked at: at most two, spread evenly over the song.
    starts_s, ends_s : np.ndarray [pieces]
        The pieces that were silenced, seconds into the song.
    time_drop : np.ndarray [pieces]
        By how much the genre's probability in the piece's excerpt falls without it (below 0: it rises).
    band_hz : np.ndarray [bands + 1]
        Edges of the bands that were taken away.
    band_drop : np.ndarray [bands]
        By how much the probability falls without the band, mean over the segments that were asked about it.
    """

    genre: str
    probability: float
    excerpts: list[Excerpt]
    starts_s: np.ndarray
    ends_s: np.ndarray
    time_drop: np.ndarray
    band_hz: np.ndarray
    band_drop: np.ndarray


def occlude(
    model: Model,
    song: str | os.PathLike[str] | np.ndarray,
    *,
    genre: str | None = None,
    rule: Rule | None = None,
    band_hz: Sequence[float] = BAND_HZ,
    piece_s: float = PIECE_S,
    progress: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Ask a model again and again about a song with something missing.

    Parameters
    ----------
    model : Model
    song : path or np.ndarray [n]
        Samples are mono at the model's rate.
    genre : str, optional
        What to explain; default: the winner of the excerpts looked at.
    rule : Rule, optional
    band_hz : sequence of float
        Rising edges of the bands, Hz.
    piece_s : float
        Length of a silenced piece, seconds.
    progress : callable, optional
        Told now and then how many questions of how many are answered.

    Raises
    ------
    AudioError
        The song cannot be decoded.
    ValueError
        There is nothing to hear in it, or no such genre.
    """
    blocks = [song] if isinstance(song, np.ndarray) else stream(song, sample_rate=model.sample_rate)
    cut = excerpts(blocks, rule or model.rule, model.sample_rate)
    chosen = _spread(e for e in cut if not is_silent(e.samples, model.release.config["silence_peak"]))
    _check(chosen, genre, model)
    ask = _Asking(model, progress)
    plans = [_groups(e, model, round(piece_s * model.sample_rate)) for e in chosen]
    turns = max(1, BAND_RUNS // len(chosen))
    ask.total = len(chosen) * (1 + turns) + sum(map(len, plans))
    whole_tables = [ask(e.samples) for e in chosen]
    means = np.array([table.mean(axis=0) for table in whole_tables])
    column = int(means.mean(axis=0).argmax()) if genre is None else model.labels.index(genre)
    pieces: list[tuple[float, float, float]] = []
    bands: list[list[float]] = [[] for _ in band_hz[1:]]
    for number, (excerpt, plan, table) in enumerate(zip(chosen, plans, whole_tables, strict=True)):
        pieces += _drops(ask, model, excerpt, plan, table[:, column], column)
        filtered = list(_without_bands(excerpt.samples, band_hz, model.sample_rate))
        for turn in range(turns):
            step = 0 if turns >= len(bands) else turns
            missing = [(turn + (number + k) * step) % len(bands) for k in range(len(table))]
            without = ask(_patched(filtered, missing, _segments(excerpt, model)))
            for k, band in enumerate(missing):
                bands[band].append(float(table[k, column] - without[k, column]))
    starts, ends, drops = np.array(sorted(pieces)).T
    worth = np.array([np.mean(lost) if lost else 0.0 for lost in bands])
    probability = float(means[:, column].mean())
    return Explanation(model.labels[column], probability, chosen, starts, ends, drops, np.array(band_hz), worth)


def _check(chosen: list[Excerpt], genre: str | None, model: Model) -> None:
    if not chosen:
        raise ValueError("song must have sound in it")
    if genre is not None and genre not in model.labels:
        raise ValueError(f"genre={genre!r} must be one of {', '.join(model.labels)}")


def _drops(
    ask: _Asking,
    model: Model,
    excerpt: Excerpt,
    plan: list[list[tuple[tuple[int, int], list[int]]]],
    whole: np.ndarray,
    column: int,
) -> Iterator[tuple[float, float, float]]:
    """Begin and end of each piece of an excerpt, s, and what the genre loses without it."""
    for group in plan:
        without = ask(_silenced(excerpt.samples, [piece for piece, _ in group], model.sample_rate))[:, column]
        for (first, last), touched in group:
            drop = (whole[touched] - without[touched]).sum() / len(whole)
            begin, end = (excerpt.start_s + edge / model.sample_rate for edge in (first, last))
            yield begin, end, float(drop)


class _Asking:
    """Asks the graph about samples, segment by segment, and tells how far it is."""

    def __init__(self, model: Model, progress: Callable[[int, int], None] | None) -> None:
        self._model, self._progress = model, progress
        self.done = self.total = 0

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Give the segments' probabilities [segments, genres]."""
        (table,) = self._model.run(samples, ("segment_probabilities",))
        self.done += 1
        if self._progress is not None:
            self._progress(self.done, self.total)
        return table


def _segments(excerpt: Excerpt, model: Model) -> list[tuple[int, int]]:
    """Give first and last sample of each segment of an excerpt."""
    settings, n = model.release.config["features"], len(excerpt.samples)
    size, hop = (round(settings[name] * model.sample_rate) for name in ("segment_s", "segment_hop_s"))
    return [(first, min(first + size, n)) for first in segments.starts(n, size, hop)]


def _groups(excerpt: Excerpt, model: Model, size: int) -> list[list[tuple[tuple[int, int], list[int]]]]:
    """Put the pieces of an excerpt, each with the segments that it touches, into groups that share no segment."""
    fade = round(_FADE_S * model.sample_rate)
    parts = _segments(excerpt, model)
    groups: list[list[tuple[tuple[int, int], list[int]]]] = []
    for first, last in _pieces(len(excerpt.samples), size):
        touched = [k for k, (begin, end) in enumerate(parts) if begin < last + fade and end > first - fade]
        free = (group for group in groups if not any(set(other) & set(touched) for _, other in group))
        group = next(free, None)
        if group is None:
            groups.append(group := [])
        group.append(((first, last), touched))
    return groups


def _patched(filtered: list[np.ndarray], missing: list[int], parts: list[tuple[int, int]]) -> np.ndarray:
    """Put an excerpt together whose segments lack a band each."""
    result = filtered[missing[0]].copy()
    for (begin, end), band in zip(parts, missing, strict=True):
        result[begin:end] = filtered[band][begin:end]
    return result


def verdict(explanation: Explanation) -> str:
    """Say in a line what the answer rests on most.

    Examples
    --------
    >>> one = np.array([0.0])
    >>> verdict(Explanation("jazz", 0.9, [], one + 62, one + 64, one + 0.1, np.array([100.0, 200]), one + 0.2))
    'jazz rests most on 1:02 to 1:04 and on 100 Hz to 200 Hz'
    """
    e = explanation
    piece, band = int(e.time_drop.argmax()), int(e.band_drop.argmax())
    found = []
    if e.time_drop[piece] > _LEAST:
        found.append(f"on {clock(e.starts_s[piece])} to {clock(e.ends_s[piece])}")
    if e.band_drop[band] > _LEAST:
        found.append(f"on {_hz(e.band_hz[band])} to {_hz(e.band_hz[band + 1])}")
    if not found:
        return f"{e.genre} rests on no single piece or band"
    return f"{e.genre} rests most {' and '.join(found)}"


def _spread(found: Iterator[Excerpt]) -> list[Excerpt]:
    """Keep at most `MOST_EXCERPTS`, evenly spread, without holding more than twice as many."""
    kept: list[Excerpt] = []
    step = 1
    for number, excerpt in enumerate(found):
        if number % step == 0:
            kept.append(excerpt)
        if len(kept) > MOST_EXCERPTS:
            kept, step = kept[::2], step * 2
    return kept


def _pieces(n: int, size: int) -> Iterator[tuple[int, int]]:
    for first in range(0, n, size):
        yield first, min(first + size, n)


def _silenced(samples: np.ndarray, pieces: list[tuple[int, int]], rate: int) -> np.ndarray:
    """Silence pieces; short fades keep the edges from clicking."""
    result = samples.copy()
    for first, last in pieces:
        result[first:last] = 0
        fade = min(round(_FADE_S * rate), first)
        result[first - fade : first] *= np.linspace(1, 0, fade, dtype=np.float32)
        fade = min(round(_FADE_S * rate), len(samples) - last)
        result[last : last + fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    return result


def _without_bands(samples: np.ndarray, band_hz: Sequence[float], rate: int) -> Iterator[np.ndarray]:
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / rate)
    for low, high in pairwise(band_hz):
        inside = (hz >= low) & (hz < high)
        yield np.fft.irfft(np.where(inside, 0, spectrum), len(samples)).astype(np.float32)


def draw(explanation: Explanation, target: str | os.PathLike[str], *, title: str, sample_rate: int) -> None:
    """Draw an explanation: the spectrogram, beneath it what the pieces do, beside it what the bands do.

    Parameters
    ----------
    explanation : Explanation
    target : path
        The PNG; it appears whole or not at all.
    title : str
    sample_rate : int
        Hz of the excerpts.

    Raises
    ------
    ModuleNotFoundError
        matplotlib is not installed.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch
    from matplotlib.ticker import FuncFormatter

    e = explanation
    figure = Figure(figsize=(11, 6), layout="constrained")
    mosaic = [["sound", "bands"], ["pieces", "."]]
    axes: dict[str, Any] = figure.subplot_mosaic(mosaic, width_ratios=[5, 1.3], height_ratios=[3, 1.3])
    sound, pieces, bands = axes["sound"], axes["pieces"], axes["bands"]
    for excerpt in e.excerpts:
        level, hz = _spectrogram(excerpt.samples, sample_rate)
        seconds = np.linspace(excerpt.start_s, excerpt.end_s, level.shape[1] + 1)
        sound.pcolormesh(seconds, np.append(hz, sample_rate / 2), level, cmap="magma", rasterized=True)
    sound.set_yscale("symlog", linthresh=200)
    sound.set_ylim(0, sample_rate / 2)
    sound.set_ylabel("Hz")
    sound.set_title(title, loc="left", fontsize=10)

    pieces.bar(e.starts_s, e.time_drop, e.ends_s - e.starts_s, align="edge", color=_colours(e.time_drop))
    pieces.axhline(0, color="black", linewidth=0.8)
    pieces.set_xlim(sound.get_xlim())
    for axis in (sound.xaxis, pieces.xaxis):
        axis.set_major_formatter(FuncFormatter(lambda seconds, _: clock(max(0, seconds))))
    pieces.set_xlabel("time, m:ss")
    pieces.set_ylabel(f"{e.genre} loses\nwithout this piece")

    names = [f"{_hz(low)} to {_hz(high)}" for low, high in pairwise(e.band_hz)]
    bands.barh(names, e.band_drop, color=_colours(e.band_drop))
    bands.axvline(0, color="black", linewidth=0.8)
    bands.yaxis.tick_right()
    bands.tick_params(labelsize=8)
    bands.set_xlabel(f"{e.genre} loses\nwithout this band")

    signs = [Patch(color=_FOR), Patch(color=_AGAINST)]
    words = [f"speaks for {e.genre}: without it, less", "speaks against it: without it, more"]
    figure.legend(signs, words, loc="outside lower left", ncols=2, fontsize=8, frameon=False)
    figure.suptitle(verdict(e), x=0.01, ha="left", fontsize=11)
    with whole(target) as unfinished:
        figure.savefig(unfinished, format="png", dpi=110, metadata={"Software": _SOFTWARE})


def is_explanation(path: Path) -> bool:
    """Whether a file is a picture that `draw` made (or empty)."""
    with path.open("rb") as file:
        begin = file.read(1024)
    return not begin or (begin.startswith(b"\x89PNG") and _SOFTWARE.encode() in begin)


def _colours(drops: np.ndarray) -> list[str]:
    return [_FOR if drop >= 0 else _AGAINST for drop in drops]


def _hz(value: float) -> str:
    return f"{value / 1000:g} kHz" if value >= 1000 else f"{value:g} Hz"


def _spectrogram(samples: np.ndarray, rate: int, n_fft: int = 2048) -> tuple[np.ndarray, np.ndarray]:
    """Give the level in dB below the loudest [bins, columns] and the lower edge of each bin, Hz."""
    hop = max(512, len(samples) // 400)
    padded = np.pad(samples, (0, max(0, n_fft - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop] * np.hanning(n_fft)
    power = np.abs(np.fft.rfft(frames)).T ** 2
    level = 10 * np.log10(np.maximum(power, 1e-10))
    return np.maximum(level, level.max() - 80), np.fft.rfftfreq(n_fft, 1 / rate)
