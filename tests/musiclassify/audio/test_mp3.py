"""Where mp3 begins and ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sounds import write_av

from musiclassify.audio.decode import decode, stream
from musiclassify.audio.heard import Heard

RATE = 44_100


def heard(path: Path) -> Heard:
    report = Heard()
    for _ in stream(path, heard=report):
        pass
    return report


def id3(version: int, *frames: bytes) -> bytes:
    body = b"".join(frames)
    return b"ID3" + bytes([version, 0, 0]) + synchsafe(len(body)) + body


def synchsafe(n: int) -> bytes:
    return bytes(n >> shift & 0x7F for shift in (21, 14, 7, 0))


def frame(name: bytes, data: bytes) -> bytes:
    return name + synchsafe(len(data)) + bytes(2) + data


def test_an_untagged_mp3_is_given_whole_and_a_tagged_one_cut(noise, sound_file, tmp_path):
    y = noise(2, RATE)
    tagged = decode(sound_file("a.mp3", y, RATE), sample_rate=RATE)
    plain = write_av(tmp_path / "b.mp3", y, RATE, codec="libmp3lame", container="mp3", format="s16", write_xing="0")
    untagged = decode(plain, sample_rate=RATE)
    assert len(tagged) == len(y)
    assert lag(tagged, y) == 0
    assert len(untagged) % 1152 == 0
    assert lag(untagged, y) == 576 + 529  # the encoder's delay and the decoder's


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_itunes_note_tells_where_an_mp3_begins_and_ends(version, encoding, noise, tmp_path):
    y = noise(2, RATE)
    path = write_av(tmp_path / "a.mp3", y, RATE, codec="libmp3lame", container="mp3", format="s16", write_xing="0")
    whole = decode(path, sample_rate=RATE)
    note = f" 00000000 00000451 00000123 {len(y):016X} 00000000 00000000".encode(encoding)
    name = "iTunSMPB".encode(encoding) + (b"\0\0" if encoding == "utf-16" else b"\0")
    data = bytes([int(encoding == "utf-16")]) + b"eng" + name + note
    size = synchsafe(len(data)) if version == 4 else len(data).to_bytes(4 if version == 3 else 3, "big")
    comment = (b"COM" + size if version == 2 else b"COMM" + size + bytes(2)) + data
    other = b"TT2" + (5).to_bytes(3, "big") + b"\0name" if version == 2 else b"TIT2\0\0\0\5\0\0\0name"
    path.write_bytes(id3(version, other, comment) + path.read_bytes())
    cut = decode(path, sample_rate=RATE)
    np.testing.assert_array_equal(cut, whole[0x451:-0x123])
    assert lag(cut, y) == 0
    assert heard(path).warning() == ""


def lag(y: np.ndarray, original: np.ndarray) -> int:
    n = 32_768
    product = np.fft.rfft(y[:n], 2 * n) * np.conj(np.fft.rfft(original[:n], 2 * n))
    at = int(np.fft.irfft(product).argmax())
    return at if at < n else at - 2 * n
