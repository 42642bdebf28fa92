"""Corpora and features that are made up: as many as are asked for, cheap to make, the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import yaml

from features import Engine, FeatureSettings, store

GENRES = tuple(f"genre {k}" for k in range(10))
RATE = 22_050
PER_TRACK = 6  # segments of a made track
PARAMS = Path(__file__).resolve().parents[2] / "params.yaml"


def clips(folder: Path, count: int, seconds: float) -> None:
    """``folder/<genre>/<number>.wav``: noise with a tone; what is there already stays."""
    for number in range(count):
        path = folder / GENRES[number % len(GENRES)] / f"{number:06d}.wav"
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(number)
        t = np.arange(round(seconds * RATE)) / RATE
        tone = np.sin(2 * np.pi * 110 * 2 ** (number % len(GENRES) / 4) * t)
        soundfile.write(path, 0.3 * tone + 0.1 * rng.standard_normal(len(t)), RATE)


def values(folder: Path, segment_s: float) -> dict:
    """params.yaml as it is, for the made clips of a folder."""
    given = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    given["corpus"] = {"name": "made", "kind": "folder", "path": str(folder)}
    given["segments"] = {"segment_s": segment_s, "segment_hop_s": segment_s}
    return given


def table(count: int) -> pd.DataFrame:
    """So many segments, `PER_TRACK` a track, the tracks of a genre together."""
    number = np.arange(count)
    tracks = -(-count // PER_TRACK)
    track = number // PER_TRACK
    genre = track * len(GENRES) // tracks
    name = [f"{k:07d}" for k in track]
    return pd.DataFrame(
        {
            "segment_id": [f"{t}:{k % PER_TRACK:02d}" for t, k in zip(name, number, strict=True)],
            "track_id": name,
            "genre": [GENRES[k] for k in genre],
            "group": name,
            "segment": number % PER_TRACK,
            "excerpt": 0,
            "copy": 0,
        }
    )


def features(folder: Path, count: int, settings: FeatureSettings, seed: int) -> None:
    """A whole store of made segments, whose genres can be told apart, not by every segment."""
    statistics = Engine(settings).statistics
    rows = table(count)
    store.write(folder, rows, _blocks(rows, settings, len(statistics), seed), settings=settings, statistics=statistics)


def _blocks(rows: pd.DataFrame, settings: FeatureSettings, width: int, seed: int) -> Iterator[tuple]:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((len(GENRES), width), np.float32) * 0.15
    slopes = rng.standard_normal((len(GENRES), 1, settings.n_mfcc), np.float32)
    genre = pd.Categorical(rows["genre"], categories=GENRES).codes
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((256, settings.segment_frames, settings.n_mfcc), np.float32)
    for start in range(0, len(rows), 256):
        here = genre[start : start + 256]
        summary = centres[here] + rng.standard_normal((len(here), width), np.float32)
        yield noise[: len(here)] + slopes[here] * (2 + rng.standard_normal((len(here), 1, 1), np.float32)), summary
