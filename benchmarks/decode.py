"""Decoding beside librosa.load: 30 s of 44 100 Hz stereo in each of the usual codings."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import av
import librosa
import numpy as np
import soundfile as sf
import soxr

from benchmarks.clips import RATE, Clips
from benchmarks.features import floor
from benchmarks.report import target
from benchmarks.timing import Row, interleave, ms
from musiclassify.audio.decode import decode

_RATE = 44100
# coding -> whether librosa.load (through soundfile) opens it; m4a it does not
CODINGS = {"wav": True, "flac": True, "ogg": True, "mp3": True, "m4a": False}


def run(clips: Clips, *, rounds: int) -> Iterator[list[Row]]:
    """Time everything; the first row is the floor of features.csv."""
    transform = floor()
    with tempfile.TemporaryDirectory() as folder:
        items = []
        for k, y in enumerate(clips.signals):
            transform.prepare(y)  # type: ignore[attr-defined]
            stereo = np.repeat(soxr.resample(y, RATE, _RATE)[:, None], 2, axis=1)
            paths = {coding: _write(Path(folder) / f"{k}.{coding}", stereo) for coding in CODINGS}
            items.append((y, paths))
        tasks = {"fft floor": lambda item: transform(item[0])}
        for coding, theirs in CODINGS.items():
            tasks[f"{coding} ours"] = lambda item, coding=coding: decode(item[1][coding])
            if theirs:
                tasks[f"{coding} librosa.load"] = lambda item, coding=coding: librosa.load(item[1][coding], sr=RATE)
        yield from interleave(tasks, items, rounds)


def targets(rows: list[Row]) -> list[dict]:
    """Never slower than librosa.load, and in half its time for wav, flac and mp3."""
    least = {"wav": 2, "flac": 2, "mp3": 2, "ogg": 1}
    return [
        target(
            f"librosa.load / decode, {coding}",
            ms(rows, f"{coding} librosa.load") / ms(rows, f"{coding} ours"),
            at_least=at,
        )
        for coding, at in least.items()
    ]


def _write(path: Path, stereo: np.ndarray) -> str:
    if path.suffix == ".m4a":
        with av.open(str(path), "w") as container:
            stream = container.add_stream("aac", rate=_RATE, layout="stereo")
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(stereo.T), format="fltp", layout="stereo")
            frame.sample_rate = _RATE
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    else:
        sf.write(path, stereo, _RATE)
    return str(path)
