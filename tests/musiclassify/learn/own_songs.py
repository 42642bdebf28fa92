"""Songs that the toy model's statistics can tell apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile as sf
from toy_model import RATE

from musiclassify import tags

HZ = {"Bass Music": 150.0, "Dub": 700.0, "Schlager": 3_000.0}
SONGS, ARTISTS = 6, 3


def write_song(path: Path, hz: float, seed: int, *, artist: str = "", genre: str = "", seconds: float = 3.0) -> Path:
    """A tone near ``hz`` in noise, with tags where they are given."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    y = 0.3 * np.sin(2 * np.pi * hz * rng.uniform(0.9, 1.1) * t) + 0.02 * rng.standard_normal(len(t))
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, y.astype(np.float32), RATE)
    if artist or genre:
        import mutagen.flac

        file = mutagen.flac.FLAC(path)
        file["artist"], file["genre"] = artist, genre
        file.save()
        assert tags.current(path).artist == artist
    return path
