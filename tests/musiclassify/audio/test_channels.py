"""Music of 1, 2, 6, 8 and 16 channels, in every container that can hold it: heard as their average."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from sounds import write_av, write_s64_mkv

from musiclassify.audio.decode import decode, probe

RATE = 48_000
MANY = (1, 2, 6, 8, 16)
BY_SOUNDFILE = {
    "wav": ({}, MANY),
    "w64": ({}, MANY),
    "rf64": ({"format": "RF64"}, MANY),
    "au": ({}, MANY),
    "aiff": ({}, MANY),
    "caf": ({}, MANY),
    "flac": ({}, (1, 2, 6, 8)),
    "ogg": ({"subtype": "VORBIS", "compression_level": 0}, MANY),
    "opus": ({"format": "OGG", "subtype": "OPUS"}, (1, 2, 6, 8)),
    "mp3": ({}, (1, 2)),
}
BY_FFMPEG = {
    "m4a": ("aac", "ipod", "flt", (1, 2, 6, 8, 16)),
    "aac": ("aac", "adts", "flt", (1, 2, 6, 8)),
    "mka": ("aac", "matroska", "flt", (1, 2, 6, 8, 16)),
    "pcm.mka": ("pcm_s16le", "matroska", "s16", MANY),
    "float.mka": ("pcm_f32le", "matroska", "flt", MANY),
    "wv": ("wavpack", "wv", "s16", MANY),
    "wv.mka": ("wavpack", "matroska", "s16", MANY),
    "tta": ("tta", "tta", "s16", (1, 2, 6, 8)),
    "flac.mp4": ("flac", "mp4", "s16", (1, 2, 6, 8)),
    "alac.m4a": ("alac", "ipod", "s16", (1, 2)),
    "opus.webm": ("libopus", "webm", "s16", (1, 2, 6, 8)),
    "ac3": ("ac3", "ac3", "flt", (1, 2, 6)),
    "eac3": ("eac3", "eac3", "flt", (1, 2, 6)),
    "mp2": ("mp2", "mp2", "s16", (1, 2)),
    "wma": ("wmav2", "asf", "flt", (1, 2)),
}


LOW = {"ogg": -1, "opus": -1}


def cases() -> list:
    given = [(kind, n) for kind, (_, counts) in BY_SOUNDFILE.items() for n in counts]
    return given + [(kind, n) for kind, (*_, counts) in BY_FFMPEG.items() for n in counts]


def tones(channels: int, low: int = 3) -> np.ndarray:
    """Another tone in each channel, a low one where coders expect it: float32 [n, channels]."""
    t = np.arange(round(0.6 * RATE)) / RATE
    tones = [0.4 * np.sin(2 * np.pi * (300 + 110 * k) * t) for k in range(channels)]
    if channels >= 6:
        tones[low] = 0.4 * np.sin(2 * np.pi * 100 * t)
    return np.stack(tones, axis=1).astype(np.float32)


def write(folder: Path, kind: str, channels: int) -> Path:
    path = folder / f"a.{kind}"
    if kind in BY_SOUNDFILE:
        sf.write(path, tones(channels, LOW.get(kind, 3)), RATE, **BY_SOUNDFILE[kind][0])
        return path
    codec, container, shape, _ = BY_FFMPEG[kind]
    rate_of_bits = {"b": str(96_000 * channels)} if shape == "flt" and codec != "pcm_f32le" else {}
    layout = {"layout": "hexadecagonal"} if (codec, channels) == ("aac", 16) else {}
    return write_av(
        path, tones(channels), RATE, codec=codec, container=container, format=shape, **rate_of_bits, **layout
    )


@pytest.mark.parametrize(("kind", "channels"), cases())
def test_every_container_gives_the_average_of_its_channels(kind, channels, tmp_path):
    path = write(tmp_path, kind, channels)
    info = probe(path)
    y = decode(path, sample_rate=info.sample_rate)
    written = tones(channels, LOW.get(kind, 3))
    if (kind, channels) == ("ogg", 6):  # libvorbis makes the low channel of 5.1 a quarter louder
        written[:, -1] *= 1.25
    expected = written.mean(axis=1)
    assert info.channels == channels
    spectrum, wanted = (np.abs(np.fft.rfft(s[12_000:21_600])) / 9_600 for s in (y, expected))
    np.testing.assert_allclose(spectrum, wanted, atol=0.04 * wanted.max() + 0.002)  # coders that lose something


@pytest.mark.parametrize("channels", MANY)
@pytest.mark.parametrize("kind", ["wv", "pcm.mka", "wav"])
def test_what_loses_nothing_gives_the_very_samples(kind, channels, tmp_path):
    y = decode(write(tmp_path, kind, channels), sample_rate=RATE)
    np.testing.assert_allclose(y, tones(channels).mean(axis=1), atol=2**-14)


@pytest.mark.parametrize("channels", [1, 2, 8])
def test_integers_of_64_bits_are_heard(channels, tmp_path):
    y = tones(channels)
    path = write_s64_mkv(tmp_path / "a.mka", y, RATE)
    assert probe(path).codec == "matroska/pcm_s64le"
    np.testing.assert_allclose(decode(path, sample_rate=RATE), y.mean(axis=1), atol=1e-6)
