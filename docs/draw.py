"""Draw the pictures of the explanation pages: ``python docs/draw.py``.

The sound in them is composed by the embedded corpus, so everybody can draw them again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from corpora.demo import DemoSettings, rendering  # noqa: E402
from features import Engine  # noqa: E402
from musiclassify.audio import excerpts, segments  # noqa: E402 - the repository is found first
from notebooks import pictures  # noqa: E402
from pipeline.plots import style  # noqa: E402

FOLDER = Path(__file__).parent / "pictures"
RATE = 22_050


def rule(path: Path, *, duration_s: float = 150.0) -> None:
    """A song, what is left out of it, its excerpts and their segments, as the code of the rule cuts them."""
    chosen = excerpts.Rule()
    song = [np.zeros(round(duration_s * RATE), np.float32)]
    found = list(excerpts.excerpts(song, chosen, RATE))
    drawn, axes = style.figure(9, 2.5)
    axes.barh(2, duration_s, 0.5, color=style.GRID)
    axes.barh(2, found[0].start_s, 0.5, color="none", edgecolor=style.FAINT, hatch="////", linewidth=0.8)
    axes.text(found[0].start_s / 2, 2.5, "left out", ha="center", va="center", fontsize=9)
    for excerpt in found:
        middle = (excerpt.start_s + excerpt.end_s) / 2
        axes.barh(1, excerpt.end_s - excerpt.start_s - 0.6, 0.5, excerpt.start_s + 0.3, color="#0072B2")
        axes.text(middle, 1, "excerpt", ha="center", va="center", fontsize=9, color="white")
        for start in segments.starts(len(excerpt.samples)) / RATE:
            axes.barh(0, 4.6, 0.5, excerpt.start_s + start + 0.2, color="#E69F00")
    axes.set_yticks([2, 1, 0], ["song", "excerpts, 30 s", "segments, 5 s"])
    axes.set_xlabel("s")
    axes.set_xlim(0, duration_s)
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    style.save(drawn, path)


def split(path: Path) -> None:
    """Three tracks by each of three artists, four segments a track, dealt by artist, by track and by segment."""
    sides = list(style.SIDE_COLOURS)
    rng = np.random.default_rng(4)
    drawn, row = style.figure(9, 3.4, ncols=3)
    by_track = np.array([0, 1, 2, 2, 0, 0, 1, 0, 2])
    dealt = {
        "artist split": np.repeat([0, 1, 2], 12).reshape(9, 4),
        "track split: artists leak": np.repeat(by_track, 4).reshape(9, 4),
        "segment split: tracks leak": rng.choice(3, size=(9, 4), p=[0.6, 0.2, 0.2]),
    }
    for axes, (title, table) in zip(row, dealt.items(), strict=True):
        for track in range(9):
            y = track + 0.6 * (track // 3)
            for k, side in enumerate(table[track]):
                axes.barh(y, 0.92, 0.8, k, color=style.SIDE_COLOURS[sides[side]], align="center")
        axes.set_title(title, fontsize=10)
        axes.set_yticks([1 + 3.6 * a for a in range(3)], [f"artist {name}" for name in "ABC"])
        axes.set_xticks([])
        axes.invert_yaxis()
        axes.grid(visible=False)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
    for side, colour in style.SIDE_COLOURS.items():
        row[0].barh(0, 0, color=colour, label=side)
    drawn.legend(loc="outside lower center", ncols=3, fontsize=9)
    style.save(drawn, path)


def main() -> int:
    """Draw all of them."""
    engine = Engine()
    settings = DemoSettings(genres=("jazz",), artists=1, clips_per_artist=1, duration_s=12.0)
    y = rendering.render_clip("jazz", artist=0, clip=0, settings=settings)[: 5 * RATE]
    pictures.waveform(y, RATE, FOLDER / "waveform.svg")
    pictures.spectrum(y, engine, FOLDER / "spectrum.svg")
    pictures.spectrogram(y, engine, FOLDER / "spectrogram.png")
    rule(FOLDER / "rule.svg")
    split(FOLDER / "split.svg")
    print(f"drawn: {', '.join(sorted(p.name for p in FOLDER.glob('*') if not p.name.startswith('web-')))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
