"""Sound files that soundfile cannot write."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np


def write_av(path: Path, samples: np.ndarray, rate: int, *, codec: str, container: str) -> Path:
    """Write mono samples through FFmpeg."""
    with av.open(str(path), "w", format=container) as out:
        track = out.add_stream(codec, rate=rate, layout="mono")
        step = 1024
        for at in range(0, len(samples), step):
            piece = samples[None, at : at + step].copy()
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = rate, at
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return path
