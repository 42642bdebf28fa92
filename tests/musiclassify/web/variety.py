"""One song in many forms: what people have on their disks, with its sound all alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile as sf
import soxr
from sounds import write_av

__all__ = ["FORMS", "Form", "write_all"]


@dataclass(frozen=True)
class Form:
    """How a file is written.

    Attributes
    ----------
    name : str
        Ending first: ``"mp3 without its tag"`` is written to ``....mp3``.
    rate : int
        Hz.
    channels : int
    options : dict
        For soundfile (``format``, ``subtype``) or, where there is a ``codec``, for `sounds.write_av`.
    """

    name: str
    rate: int
    channels: int
    options: dict[str, Any]

    @property
    def kind(self) -> str:
        """The ending."""
        return self.name.split()[0]


def _mp3(**options: Any) -> dict[str, Any]:
    return {"codec": "libmp3lame", "container": "mp3", "format": "s16", **options}


FORMS = (
    Form("wav", 44_100, 2, {"format": "WAV", "subtype": "PCM_16"}),
    Form("wav of 24 bits", 48_000, 1, {"format": "WAV", "subtype": "PCM_24"}),
    Form("aiff", 44_100, 2, {"format": "AIFF", "subtype": "PCM_16"}),
    Form("au", 22_050, 1, {"format": "AU", "subtype": "PCM_16"}),
    Form("flac", 44_100, 2, {"format": "FLAC", "subtype": "PCM_16"}),
    Form("flac of 24 bits", 96_000, 2, {"format": "FLAC", "subtype": "PCM_24"}),
    Form("ogg", 44_100, 2, {"format": "OGG", "subtype": "VORBIS"}),
    Form("ogg at 32 kHz", 32_000, 1, {"format": "OGG", "subtype": "VORBIS"}),
    Form("opus", 48_000, 2, {"format": "OGG", "subtype": "OPUS"}),
    Form("mp3", 44_100, 2, _mp3(b="192k")),
    Form("mp3 without its tag", 44_100, 2, _mp3(b="192k", write_xing="0")),
    Form("mp3 at 48 kHz without its tag", 48_000, 2, _mp3(b="128k", write_xing="0")),
    Form("mp3 at 24 kHz without its tag", 24_000, 1, _mp3(b="64k", write_xing="0")),
    Form("mp3 of iTunes", 44_100, 2, _mp3(b="192k", write_xing="0")),
    Form("m4a", 44_100, 2, {"codec": "aac", "container": "ipod", "b": "160k"}),
    Form("m4a at 48 kHz", 48_000, 1, {"codec": "aac", "container": "ipod", "b": "96k"}),
)
"""Eight formats, mp3 with and without the tag that says what was added."""


def _note(path: Path, frames: int) -> None:
    """Put iTunes' note of what was added before an mp3: 1105 samples in front, the rest behind."""
    with av.open(str(path)) as container:
        whole = sum(frame.samples for frame in container.decode(audio=0))
    text = f" 00000000 {1105:08X} {whole - frames - 1105:08X} {frames:016X} 00000000 00000000"
    comment = b"\0engiTunSMPB\0" + text.encode()
    frame = b"COMM" + len(comment).to_bytes(4, "big") + bytes(2) + comment
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\0\0" + size + frame + path.read_bytes())


def write_all(folder: Path, name: str, samples: np.ndarray, rate: int) -> Iterator[tuple[Form, Path]]:
    """Write mono samples [n] in every form (stereo is the sound and a softer copy)."""
    for number, form in enumerate(FORMS):
        table = soxr.resample(samples, rate, form.rate, "HQ")[:, None]
        if form.channels == 2:
            table = np.hstack([table, 0.7 * table])
        path = folder / f"{name}-{number:02d}.{form.kind}"
        table = np.clip(table, -1, 1).astype(np.float32)
        if "codec" in form.options:
            write_av(path, table, form.rate, **form.options)
            if form.name == "mp3 of iTunes":
                _note(path, len(table))
        else:
            sf.write(path, table, form.rate, **form.options)
        yield form, path
