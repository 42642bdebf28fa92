"""Small pieces of sound for the report, where the corpus may be handed on."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def allowed(audio: str, kind: str) -> bool:
    """Whether sound of this kind of corpus may go into a report.

    Parameters
    ----------
    audio : {"demo", "always", "never"}
        The parameter ``report.audio``.
    kind : str
        The parameter ``corpus.kind``.
    """
    return audio == "always" or (audio == "demo" and kind == "demo")


def ogg(y: np.ndarray, sample_rate: int) -> bytes:
    """A mono signal as Ogg Vorbis of low quality (about 40 kbit/s); the same signal gives the same bytes."""
    from musiclassify.audio import write

    return write.ogg(np.clip(y, -1, 1), sample_rate, compression=0.9)


def write_ogg(path: str | Path, y: np.ndarray, sample_rate: int) -> None:
    """Write a mono signal as a small Ogg file."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(ogg(y, sample_rate))
