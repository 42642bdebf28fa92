"""Synthesisers: a MIDI file in, two channels of samples out.

`Synthesiser` is all that the corpus asks for, so another one (FluidSynth, another SoundFont) takes its place by
one small class. Whatever the synthesiser, its SoundFont is read at run time: none is part of this project.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import io
from pathlib import Path
from typing import Protocol

import numpy as np

from corpora.demo.errors import DemoError


class Synthesiser(Protocol):
    """Renders MIDI to sound."""

    @property
    def name(self) -> str:
        """What renders, with version and SoundFont: part of the fingerprint of a rendered corpus."""

    def render(self, midi: bytes) -> tuple[np.ndarray, int]:
        """Samples float32 [shape=(n, 2)] within -1 to 1, and their rate in Hz."""


class MidiRenderer:
    """The default: midirenderer (MIT), with the SoundFont that pretty_midi brings unless another is given.

    Parameters
    ----------
    soundfont : Path, optional
        A SoundFont 2 file.
    """

    def __init__(self, soundfont: Path | None = None) -> None:
        path = default_soundfont() if soundfont is None else Path(soundfont)
        if not path.is_file():
            raise DemoError(f"{path}: no such SoundFont; give a .sf2 file")
        # The path alone travels to worker processes, the bytes are read once in each.
        self._path = path
        digest = hashlib.sha256(_read(path)).hexdigest()
        version = importlib.metadata.version("midirenderer")
        self.name = f"midirenderer {version}, {path.name} sha256:{digest[:16]}"

    def render(self, midi: bytes) -> tuple[np.ndarray, int]:
        """See `Synthesiser.render`."""
        import midirenderer
        import soundfile

        wav = midirenderer.render_wave_from(_read(self._path), midi)
        return soundfile.read(io.BytesIO(wav), dtype="float32", always_2d=True)


@functools.lru_cache(maxsize=1)
def _read(path: Path) -> bytes:
    return path.read_bytes()


def default_soundfont() -> Path:
    """TimGM6mb.sf2 of the installed pretty_midi, found without importing it."""
    spec = importlib.util.find_spec("pretty_midi")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "TimGM6mb.sf2"
        if path.is_file():
            return path
    raise DemoError("pretty_midi: not installed or without TimGM6mb.sf2; run pip install 'pretty_midi>=0.2.10'")
