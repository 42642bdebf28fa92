"""What an answer rests on, by occlusion: how far the winner's probability falls when a piece is taken away.

Two questions are asked of the graph, excerpt by excerpt: what if these two seconds were silent, and what if this
band of frequencies were missing? Nothing but the released model and numpy is needed for the numbers; the picture
needs matplotlib.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from musiclassify.audio.decode import stream
from musiclassify.audio.excerpts import Excerpt, Rule, excerpts
from musiclassify.audio.levels import is_silent
from musiclassify.files import whole

from .song import Model

__all__ = ["BAND_HZ", "Explanation", "draw", "is_explanation", "occlude"]

BAND_HZ = (0.0, 100.0, 200.0, 400.0, 800.0, 1_600.0, 3_200.0, 6_400.0, 11_025.0)
"""Edges of the bands that are taken away, Hz."""

PIECE_S = 2.0
MOST_EXCERPTS = 6
_FADE_S = 0.01
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
        Those that were looked at: at most six, spread evenly over the song.
    starts_s, ends_s : np.ndarray [shape=(pieces,)]
        The pieces that were silenced, seconds into the song.
    time_drop : np.ndarray [shape=(pieces,)]
        By how much the genre's probability in the piece's excerpt falls without it (below 0: it rises).
    band_hz : np.ndarray [shape=(bands + 1,)]
        Edges of the bands that were taken away.
    band_drop : np.ndarray [shape=(bands,)]
        By how much the probability falls without the band, mean over the excerpts.
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
) -> Explanation:
    """Ask a model again and again about a song with something missing.

    Parameters
    ----------
    model : Model
    song : path or np.ndarray [shape=(n,)]
        Samples are mono at the model's rate.
    genre : str, optional
        What to explain; default: the winner of the excerpts looked at.
    rule : Rule, optional
    band_hz : sequence of float
        Rising edges of the bands, Hz.
    piece_s : float
        Length of a silenced piece, seconds.

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
    if not chosen:
        raise ValueError("song must have sound in it")
    table = np.array([model.run(e.samples)[0] for e in chosen])
    if genre is not None and genre not in model.labels:
        raise ValueError(f"genre={genre!r} must be one of {', '.join(model.labels)}")
    column = int(table.mean(axis=0).argmax()) if genre is None else model.labels.index(genre)

    starts, ends, time_drop = [], [], []
    band_drop = np.zeros((len(chosen), len(band_hz) - 1))
    for row, excerpt in enumerate(chosen):
        for first, last in _pieces(len(excerpt.samples), round(piece_s * model.sample_rate)):
            without = model.run(_silenced(excerpt.samples, first, last, model.sample_rate))[0][column]
            starts.append(excerpt.start_s + first / model.sample_rate)
            ends.append(excerpt.start_s + last / model.sample_rate)
            time_drop.append(table[row, column] - without)
        for band, without in enumerate(_without_bands(excerpt.samples, band_hz, model.sample_rate)):
            band_drop[row, band] = table[row, column] - model.run(without)[0][column]
    return Explanation(
        model.labels[column],
        float(table[:, column].mean()),
        chosen,
        np.array(starts),
        np.array(ends),
        np.array(time_drop),
        np.array(band_hz),
        band_drop.mean(axis=0),
    )


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


def _silenced(samples: np.ndarray, first: int, last: int, rate: int) -> np.ndarray:
    """Silence a piece; short fades keep the edges from clicking."""
    result = samples.copy()
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
    pieces.set_xlabel("s")
    pieces.set_ylabel(f"{e.genre} loses\nwithout this piece")

    names = [f"{_hz(low)} to {_hz(high)}" for low, high in pairwise(e.band_hz)]
    bands.barh(names, e.band_drop, color=_colours(e.band_drop))
    bands.axvline(0, color="black", linewidth=0.8)
    bands.yaxis.tick_right()
    bands.tick_params(labelsize=8)
    bands.set_xlabel(f"{e.genre} loses\nwithout this band")

    with whole(target) as unfinished:
        figure.savefig(unfinished, format="png", dpi=110, metadata={"Software": _SOFTWARE})


def is_explanation(path: Path) -> bool:
    """Whether a file is a picture that `draw` made (or empty)."""
    with path.open("rb") as file:
        begin = file.read(1024)
    return not begin or (begin.startswith(b"\x89PNG") and _SOFTWARE.encode() in begin)


def _colours(drops: np.ndarray) -> list[str]:
    return ["#0072B2" if drop >= 0 else "#D55E00" for drop in drops]


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
