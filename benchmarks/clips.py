"""The clips that are timed: real ones where there are some, of the embedded corpus otherwise."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from musiclassify.audio.decode import decode

RATE = 22050
SECONDS = 30.0


@dataclass(frozen=True)
class Clips:
    """Signals of 30 s at 22 050 Hz, float32 [661500] each, and where they come from."""

    signals: list[np.ndarray]
    origin: str


def load(count: int) -> Clips:
    """Load `count` clips, spread evenly over the corpus.

    ``MUSICLASSIFY_GTZAN`` may name a GTZAN folder.
    """
    folder = os.environ.get("MUSICLASSIFY_GTZAN")
    if folder:
        from corpora import gtzan

        tracks = gtzan.find(folder)
        paths = tracks["path"].iloc[np.linspace(0, len(tracks) - 1, count).astype(int)]
        found = [decode(os.path.join(folder, path), duration_s=SECONDS) for path in paths]
        return Clips([_whole(y) for y in found], "GTZAN")

    from corpora.demo.rendering import render_clip
    from corpora.demo.settings import GENRES, DemoSettings

    settings = DemoSettings(duration_s=SECONDS)
    rendered = [
        render_clip(GENRES[k % len(GENRES)], artist=k // len(GENRES), clip=0, settings=settings) for k in range(count)
    ]
    return Clips([_whole(y) for y in rendered], "the embedded corpus")


def _whole(y: np.ndarray) -> np.ndarray:
    """Exactly 30 s: real clips are up to 0.7 s longer or a few samples shorter."""
    return np.resize(np.asarray(y, np.float32), round(RATE * SECONDS))
