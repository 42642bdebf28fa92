"""Render the songs that the page offers to try: ``python -m musiclassify.web.examples``.

They come from the embedded corpus (composed by rules, free of rights), so nobody's music is passed on, and are
committed, so that serving the page needs no synthesiser. Needs the learning side's requirements.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musiclassify.audio import write
from musiclassify.audio.decode import SAMPLE_RATE, decode

from .site import EXAMPLES, HERE

LARGEST = 300_000
"""Bytes that an example may take."""

FADE_S = 0.4


@dataclass(frozen=True)
class Example:
    """A song to try: pieces of the embedded corpus, each (genre, artist, seconds), one after the other."""

    name: str
    genre: str
    title: dict[str, str]
    pieces: tuple[tuple[str, int, float], ...]
    compression: float = 0.6


SONGS = (
    Example("strings", "classical", {"en": "Strings", "fr": "Des cordes"}, (("classical", 0, 30.0),)),
    Example("club", "jazz", {"en": "A jazz tune", "fr": "Un air de jazz"}, (("jazz", 0, 30.0),)),
    Example(
        "medley",
        "pop",
        {"en": "A medley of four", "fr": "Un pot-pourri"},
        (("classical", 1, 30.0), ("jazz", 0, 17.0), ("classical", 0, 17.0), ("metal", 0, 16.0)),
        compression=1.0,
    ),
)


def _piece(genre: str, artist: int, seconds: float, folder: Path) -> np.ndarray:
    path = folder / f"{genre}-{artist}.ogg"
    if not path.is_file():
        command = [sys.executable, "-m", "corpora.demo", "--listen", genre, "--artist", str(artist), "--out", str(path)]
        subprocess.run(command, cwd=HERE.parents[1], check=True, stdout=subprocess.DEVNULL)
    y = decode(path, duration_s=seconds)
    ramp = np.linspace(0, 1, round(FADE_S * SAMPLE_RATE), dtype=np.float32)
    y[: len(ramp)] *= ramp
    y[-len(ramp) :] *= ramp[::-1]
    return y


def render(folder: Path) -> None:
    """Write the examples and their list into ``folder``.

    Raises
    ------
    ValueError
        One is larger than `LARGEST`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listed = []
    with tempfile.TemporaryDirectory() as scratch:
        for song in SONGS:
            y = np.concatenate([_piece(*piece, Path(scratch)) for piece in song.pieces])
            path = folder / f"{song.name}.ogg"
            data = write.ogg(y, SAMPLE_RATE, compression=song.compression)
            if len(data) > LARGEST:
                raise ValueError(f"{path.name}: {len(data)} bytes, at most {LARGEST}; raise its compression")
            path.write_bytes(data)
            listed.append({"file": path.name, "genre": song.genre, "title": song.title})
    (folder / "examples.json").write_text(json.dumps(listed, ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m musiclassify.web.examples", description=__doc__)
    parser.add_argument("--out", type=Path, default=EXAMPLES, help="folder to write")
    render(parser.parse_args().out)
