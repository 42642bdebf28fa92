"""Pictures of sound: waveform, mel spectrogram and MFCC, one row a sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from features import Engine
from musiclassify.audio.errors import printable
from pipeline.plots import style


def panel(sounds: list[tuple[str, np.ndarray]], engine: Engine, path: str | Path) -> None:
    """Draw each sound as waveform, log-mel spectrogram and MFCC matrix side by side.

    Parameters
    ----------
    sounds : list of (title, np.ndarray [n])
        At the engine's sample rate; all rows share their scales, so that differences show.
    engine : Engine
    path : path
        Where the picture goes (.jpg).
    """
    drawn, grid = style.figure(10, 0.5 + 1.35 * len(sounds), nrows=len(sounds), ncols=3, squeeze=False)
    rate, hop = engine.settings.sample_rate, engine.settings.hop_length
    mels = [engine.frames.log_mel(engine.frames.power_mel(np.asarray(y, np.float32))) for _, y in sounds]
    mfccs = [mel @ engine.frames.dct for mel in mels]
    loudest = max(float(mel.max()) for mel in mels)
    # Each coefficient in standard deviations over all rows: as they are, the first ones swallow the colours.
    pooled = np.concatenate(mfccs)
    centre, spread = pooled.mean(axis=0), pooled.std(axis=0) + 1e-6
    high = max(float(np.abs(y).max()) for _, y in sounds) or 1.0
    for row, ((title, y), mel, mfcc) in enumerate(zip(sounds, mels, mfccs, strict=True)):
        seconds = len(y) / rate
        wave, spectrum, cepstrum = grid[row]
        wave.plot(np.arange(len(y)) / rate, y, linewidth=0.3, color=style.SIDE_COLOURS["train"], rasterized=True)
        wave.set_ylim(-high, high)
        wave.set_xlim(0, seconds)
        wave.set_title(_short(printable(title)), fontsize=9)
        extent = (0, len(mel) * hop / rate, 0, mel.shape[1])
        spectrum.imshow(
            mel.T, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=loudest - 80, vmax=loudest
        )
        extent = (0, len(mfcc) * hop / rate, 0, mfcc.shape[1])
        cepstrum.imshow(
            ((mfcc - centre) / spread).T, origin="lower", aspect="auto", extent=extent, cmap="RdBu_r", vmin=-3, vmax=3
        )
        for axes in (wave, spectrum, cepstrum):
            axes.grid(visible=False)
            axes.tick_params(labelsize=7)
            if row < len(sounds) - 1:
                axes.set_xticklabels([])
            else:
                axes.set_xlabel("s", fontsize=8)
    grid[0][1].set_title("mel bands, dB", fontsize=9)
    grid[0][2].set_title("MFCC, each coefficient standardised", fontsize=9)
    style.save(drawn, path)


def _short(title: str, most: int = 60) -> str:
    """A title that leaves room for the picture below it: of a long one, its beginning and its end."""
    return title if len(title) <= most else f"{title[: most // 2]}…{title[-most // 2 + 1 :]}"
