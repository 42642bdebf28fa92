"""Make the sounds and pictures of the page "How it hears": ``python docs/hears.py``.

The music is composed and played by the embedded corpus, so everybody can make them again and nobody's rights are
touched.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from corpora.demo import DemoSettings, rendering  # noqa: E402 - the repository is found first
from features import Engine  # noqa: E402
from musiclassify.audio.write import ogg  # noqa: E402
from pipeline.plots import style  # noqa: E402

PICTURES = Path(__file__).parent / "pictures"
SOUNDS = Path(__file__).parent / "sounds"
RATE = 22_050
SECONDS = 5.0
GENRES = ("jazz", "metal", "reggae", "classical")


def tune(genre: str) -> np.ndarray:
    """Five seconds of a piece of a genre, by a made artist."""
    settings = DemoSettings(genres=(genre,), artists=1, clips_per_artist=1, duration_s=12.0)
    y = rendering.render_clip(genre, artist=0, clip=0, settings=settings)
    return y[2 * RATE : round((2 + SECONDS) * RATE)]


def band(y: np.ndarray, low_hz: float, high_hz: float) -> np.ndarray:
    """Only the tones between two frequencies."""
    spectrum = np.fft.rfft(y)
    hz = np.fft.rfftfreq(len(y), 1 / RATE)
    return np.fft.irfft(np.where((hz >= low_hz) & (hz < high_hz), spectrum, 0), len(y))


def picture(sounds: dict[str, np.ndarray], path: Path) -> None:
    """The mel spectrogram of each sound, two in a row, all on one scale."""
    engine = Engine()
    mels = {
        name: engine.frames.log_mel(engine.frames.power_mel(np.asarray(y, np.float32))) for name, y in sounds.items()
    }
    top = max(float(mel.max()) for mel in mels.values())
    rows = -(-len(mels) // 2)
    drawn, grid = style.figure(8, 0.3 + 2.1 * rows, nrows=rows, ncols=2, squeeze=False)
    for axes, (name, mel) in zip(grid.flat, mels.items(), strict=True):
        extent = (0, len(mel) * engine.settings.hop_length / RATE, 0, mel.shape[1])
        axes.imshow(mel.T, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=top - 80, vmax=top)
        axes.set_title(name)
        axes.set_yticks([4, 60], ["low", "high"])
        axes.grid(visible=False)
    for axes in grid[-1]:
        axes.set_xlabel("seconds")
    style.save(drawn, path)


def main() -> int:
    """Make all of them."""
    SOUNDS.mkdir(exist_ok=True)
    tunes = {genre: tune(genre) for genre in GENRES}
    jazz = tunes["jazz"]
    parts = {
        "whole": jazz,
        "without its high tones": band(jazz, 0, 800),
        "without its low tones": band(jazz, 800, 11_025),
    }
    tone = 0.4 * np.sin(2 * np.pi * 440 * np.arange(len(jazz)) / RATE)
    parts["one tone of 440 Hz"] = tone
    picture(parts, PICTURES / "hears-parts.jpg")
    picture(tunes, PICTURES / "hears-genres.jpg")
    files = {"jazz": jazz, "low": parts["without its high tones"], "high": parts["without its low tones"], "tone": tone}
    for name, y in (files | tunes).items():
        peak = float(np.abs(y).max()) or 1.0
        (SOUNDS / f"{name}.ogg").write_bytes(ogg((0.8 * y / peak).astype(np.float32), RATE, compression=0.9))
    print(f"made: {', '.join(sorted(path.name for path in SOUNDS.glob('*.ogg')))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
