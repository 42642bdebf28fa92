"""The pictures that only the notebook draws, in the project's style; each is written to a file like those of the
pipeline."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from features import Engine
from musiclassify.released import Answer
from pipeline.plots import style

_BLUE, _ORANGE, _RED = "#0072B2", "#E69F00", "#882255"


def waveform(y: np.ndarray, sample_rate: int, path: str | Path, *, zoom_s: float = 0.03) -> None:
    """The air pressure of a clip, and a few hundredths of a second of it from near.

    Parameters
    ----------
    y : np.ndarray [n]
    sample_rate : int
        Hz.
    path : path
    zoom_s : float
        Length of the part on the right, s; it lies in the middle of the clip.
    """
    drawn, (whole, near) = style.figure(9, 2.6, ncols=2, width_ratios=[2, 1])
    t = np.arange(len(y)) / sample_rate
    whole.plot(t, y, linewidth=0.3, color=_BLUE, rasterized=True)
    whole.set_title(f"{len(y)} samples, {sample_rate} a second")
    first = len(y) // 2
    last = first + round(zoom_s * sample_rate)
    whole.axvspan(t[first], t[last], color=_ORANGE, alpha=0.7)
    near.plot(1000 * (t[first:last] - t[first]), y[first:last], color=_ORANGE, linewidth=1.2)
    near.set_title(f"{1000 * zoom_s:.0f} ms from near")
    whole.set_xlabel("s")
    near.set_xlabel("ms")
    style.save(drawn, path)


def spectrum(y: np.ndarray, engine: Engine, path: str | Path) -> None:
    """One frame from the middle of a clip: its Fourier transform, its mel bands, and what some MFCCs keep of them.

    Parameters
    ----------
    y : np.ndarray [n]
        At the engine's rate.
    engine : Engine
    path : path
    """
    s = engine.settings
    log_mel = engine.frames.log_mel(engine.frames.power_mel(np.asarray(y, np.float32)))
    frame = len(log_mel) // 2
    piece = y[frame * s.hop_length - s.n_fft // 2 :][: s.n_fft]
    power = np.abs(np.fft.rfft(piece * np.hanning(len(piece)))) ** 2
    hz = np.fft.rfftfreq(len(piece), 1 / s.sample_rate)
    drawn, (left, right) = style.figure(9, 3.2, ncols=2)
    left.plot(hz, 10 * np.log10(np.maximum(power, 1e-9)), color=_BLUE, linewidth=0.7)
    left.set_title(f"Fourier transform of one frame: {len(hz)} numbers", fontsize=10)
    left.set_xlabel("Hz")
    left.set_ylabel("dB")
    bands = np.arange(s.n_mels)
    right.plot(bands, log_mel[frame], "o", markersize=3.5, color=_BLUE, label=f"{s.n_mels} mel bands")
    dct = engine.frames.dct
    for keep, colour in ((min(13, s.n_mfcc), _ORANGE), (s.n_mfcc, _RED)):
        shape = log_mel[frame] @ dct[:, :keep] @ dct[:, :keep].T
        right.plot(bands, shape, color=colour, linewidth=1.6, label=f"from {keep} MFCCs")
    right.set_title("the same frame, as the ear spaces it", fontsize=10)
    right.set_xlabel("mel band")
    right.legend(fontsize=8)
    style.save(drawn, path)


def spectrogram(y: np.ndarray, engine: Engine, path: str | Path) -> None:
    """A clip as spectrogram, mel spectrogram and MFCC matrix, each with how many numbers it takes.

    Parameters
    ----------
    y : np.ndarray [n]
        At the engine's rate.
    engine : Engine
    path : path
    """
    s = engine.settings
    padded = np.pad(np.asarray(y, np.float32), s.n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, s.n_fft)[:: s.hop_length] * np.hanning(s.n_fft)
    power = np.abs(np.fft.rfft(frames)).T ** 2
    level = 10 * np.log10(np.maximum(power, 1e-9))
    mel = engine.frames.log_mel(engine.frames.power_mel(np.asarray(y, np.float32)))
    mfcc = mel @ engine.frames.dct
    scaled = (mfcc - mfcc.mean(axis=0)) / (mfcc.std(axis=0) + 1e-6)
    drawn, rows = style.figure(9, 6.4, nrows=3, sharex=True)
    seconds = len(y) / s.sample_rate
    parts = (
        (level, "spectrogram, Hz", (0, s.sample_rate / 2), "magma", (level.max() - 80, level.max())),
        (mel.T, "mel spectrogram, band", (0, s.n_mels), "magma", (mel.max() - 80, mel.max())),
        (scaled.T, "MFCC (each coefficient standardised)", (0, s.n_mfcc), "RdBu_r", (-3, 3)),
    )
    for axes, (table, words, (low, high), colours, (least, most)) in zip(rows, parts, strict=True):
        axes.imshow(
            table, origin="lower", aspect="auto", extent=(0, seconds, low, high), cmap=colours, vmin=least, vmax=most
        )
        axes.set_title(f"{words}: {table.shape[0]} x {table.shape[1]} numbers", fontsize=10)
        axes.grid(visible=False)
    rows[-1].set_xlabel("s")
    style.save(drawn, path)


def answer(found: Answer, y: np.ndarray, sample_rate: int, path: str | Path) -> None:
    """A song's answer: the waveform with each excerpt in the colour of its winner, and the probabilities.

    Parameters
    ----------
    found : Answer
        Its status is ``ok``.
    y : np.ndarray [n]
        The song.
    sample_rate : int
        Hz of `y`.
    path : path
    """
    tints = style.colours(list(found.probabilities))
    drawn, (wave, bars) = style.figure(10, 3.4, ncols=2, width_ratios=[2.3, 1])
    edges = np.linspace(0, len(y), min(800, len(y)) + 1).astype(int)
    peaks = np.array([np.abs(y[a:b]).max() for a, b in pairwise(edges)])
    t = (edges[:-1] + edges[1:]) / 2 / sample_rate
    wave.fill_between(t, -peaks, peaks, color=style.GRID, linewidth=0)
    top = float(peaks.max())
    for excerpt in found.excerpts:
        inside = (t >= excerpt.start_s) & (t <= excerpt.end_s)
        wave.fill_between(t[inside], -peaks[inside], peaks[inside], color=tints[excerpt.genre], linewidth=0)
        middle = (excerpt.start_s + excerpt.end_s) / 2
        share = 100 * excerpt.probabilities[excerpt.genre]
        wave.text(middle, 1.12 * top, f"{excerpt.genre}\n{share:.0f} %", ha="center", va="bottom", fontsize=8)
        wave.axvline(excerpt.end_s, color=style.FAINT, linewidth=0.6)
    if found.excerpts and found.excerpts[0].start_s > 0:
        wave.text(found.excerpts[0].start_s / 2, 1.12 * top, "left out", ha="center", va="bottom", fontsize=8)
    wave.set_ylim(-1.1 * top, 1.6 * top)
    wave.set_xlim(0, len(y) / sample_rate)
    wave.set_yticks([])
    wave.grid(visible=False)
    wave.set_xlabel("s")
    wave.set_title("Excerpts and their winners", fontsize=10)
    ranked = found.ranked()[::-1]
    names, values = [name for name, _ in ranked], [100 * value for _, value in ranked]
    bars.barh(names, values, color=[tints[name] for name in names])
    for row, value in enumerate(values):
        bars.text(value + 1, row, f"{value:.0f} %", va="center", fontsize=8)
    bars.set_xlim(0, 115)
    bars.set_xticks([])
    bars.grid(visible=False)
    bars.set_title("The song", fontsize=10)
    style.save(drawn, path)
