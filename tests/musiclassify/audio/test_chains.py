"""Sound that changes on the way: chained Ogg, other rates and channels."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from sounds import write_av

from musiclassify.audio.decode import decode, probe, stream
from musiclassify.audio.heard import Heard

RATE = 44_100


def heard(path: Path) -> Heard:
    report = Heard()
    for _ in stream(path, heard=report):
        pass
    return report


def link(hz: float, rate: int = RATE, channels: int = 1, kind: str = "VORBIS", seconds: float = 1.0) -> bytes:
    y = 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    file = io.BytesIO()
    sf.write(file, np.stack([y] * channels, axis=1), rate, format="OGG", subtype=kind)
    return file.getvalue()


def loudest_hz(y: np.ndarray) -> float:
    return np.abs(np.fft.rfft(y * np.hanning(len(y)))).argmax() * 22_050 / len(y)


@pytest.mark.parametrize("kind", ["VORBIS", "OPUS"])
def test_all_links_of_a_chain_are_heard(kind, tmp_path):
    path = tmp_path / "a.ogg"
    rate = 48_000 if kind == "OPUS" else RATE
    path.write_bytes(link(300, rate, kind=kind) + link(600, rate, kind=kind) + link(900, rate, kind=kind))
    y = decode(path)
    assert len(y) == pytest.approx(3 * 22_050, abs=10)
    for k, hz in enumerate((300, 600, 900)):
        assert loudest_hz(y[k * 22_050 + 2000 : (k + 1) * 22_050 - 2000]) == pytest.approx(hz, abs=2)
    assert probe(path).duration_s == pytest.approx(3, abs=0.01)
    np.testing.assert_array_equal(decode(io.BytesIO(path.read_bytes())), y)


def test_links_of_other_rates_channels_and_codings_are_brought_to_the_first(tmp_path):
    path = tmp_path / "a.ogg"
    path.write_bytes(link(300) + link(600, 22_050, 2) + link(900, 48_000, 1, "OPUS"))
    y = decode(path)
    assert len(y) == pytest.approx(3 * 22_050, abs=30)
    for k, hz in enumerate((300, 600, 900)):
        piece = y[k * 22_050 + 2000 : (k + 1) * 22_050 - 2000]
        assert loudest_hz(piece) == pytest.approx(hz, abs=2)
        assert np.abs(piece).max() == pytest.approx(0.5, abs=0.02)
    info = probe(path)
    assert (info.sample_rate, info.channels) == (RATE, 1)


def test_a_broken_link_is_passed_over_and_told(tmp_path):
    broken = bytearray(link(600))
    broken[40:4000] = bytes(3960)
    path = tmp_path / "a.ogg"
    path.write_bytes(link(300) + bytes(broken) + link(900))
    report = heard(path)
    assert report.decoded_s == pytest.approx(2, abs=0.3)
    assert report.damaged >= 1
    assert "passed over" in report.warning()


def test_a_chain_of_a_thousand_links_costs_no_more_memory_than_one(tmp_path):
    path = tmp_path / "a.ogg"
    path.write_bytes(link(300, 8_000, seconds=0.2) * 300)
    assert len(decode(path)) == pytest.approx(60 * 22_050, rel=0.01)


@pytest.mark.parametrize("kind", ["mp3", "aac"])
def test_a_change_of_rate_or_channels_on_the_way_is_resampled(kind, tone, sound_file, tmp_path):
    data = b""
    for rate, channels, hz in ((44_100, 1, 300), (22_050, 2, 600)):
        y = np.stack([tone(2, hz=hz, rate=rate)] * channels, axis=1)
        if kind == "mp3":
            codec, container = "libmp3lame", "mp3"
        else:
            codec, container = "aac", "adts"
        shape = {"format": "s16", "write_xing": "0"} if kind == "mp3" else {}
        data += write_av(tmp_path / f"{rate}.{kind}", y, rate, codec=codec, container=container, **shape).read_bytes()
    path = tmp_path / f"a.{kind}"
    path.write_bytes(data)
    y = decode(path)
    assert len(y) == pytest.approx(4 * 22_050, abs=5000)
    assert loudest_hz(y[8_000:36_000]) == pytest.approx(300, abs=3)
    assert loudest_hz(y[52_000:80_000]) == pytest.approx(600, abs=3)
