"""Pieces of a sound, read where they lie, are those of decoding it from its beginning."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from sounds import write_av

from musiclassify.audio import isolated, seeking
from musiclassify.audio.decode import decode, stream
from musiclassify.audio.errors import DecodeError
from musiclassify.audio.heard import Heard

RATE = 44_100
SAME, ROUNDED = 0.0, 1e-6


@pytest.fixture(params=["here", "in another process"])
def seeker(request):
    isolated.close()
    yield seeking.seeker if request.param == "here" else isolated.seeker
    isolated.close()


def music(rng, seconds: float = 8, rate: int = RATE, channels: int = 2) -> np.ndarray:
    """Notes and clicks, so that coders take short and long packets: float32 [n, channels]."""
    t = np.arange(round(seconds * rate)) / rate
    y = sum(0.2 * np.sin(2 * np.pi * hz * t + k) * np.exp(-4 * (t % 0.5)) for k, hz in enumerate((220, 331, 997)))
    return (np.stack([y] * channels, 1) + 0.01 * rng.standard_normal((len(t), channels))).astype(np.float32)


def write(path: Path, y: np.ndarray, rate: int) -> Path:
    """Write by what the name says."""
    kind = path.suffix[1:]
    if kind in ("m4a", "aac"):
        return write_av(path, y, rate, codec="aac", container="ipod" if kind == "m4a" else "adts")
    if path.stem == "untagged":
        return write_av(path, y, rate, codec="libmp3lame", container="mp3", format="s16", write_xing="0")
    if path.stem == "lame":
        return write_av(path, y, rate, codec="libmp3lame", container="mp3", format="s16")
    options = {"24.wav": "PCM_24", "float.wav": "FLOAT", "ulaw.au": "ULAW"}.get(path.name)
    with sf.SoundFile(path, "w", rate, y.shape[1], options) as file:
        for at in range(0, len(y), 16_384):
            file.write(y[at : at + 16_384])
    return path


PLACED = ("a.wav", "24.wav", "float.wav", "ulaw.au", "a.aiff", "a.flac", "a.ogg", "a.mp3", "lame.mp3", "untagged.mp3")


@pytest.mark.parametrize("name", PLACED)
@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_pieces_are_those_of_the_whole(name, rate, rng, tmp_path):
    path = write(tmp_path / name, music(rng, rate=rate, channels=1 + (rate > 22_050)), rate)
    whole, bound = decode(path), SAME if rate == 22_050 else ROUNDED
    report, expected = Heard(), Heard()
    for _ in stream(path, heard=expected):
        pass
    with seeking.seeker(path, heard=report) as found:
        assert found.samples == len(whole)
        n = 20_000
        for first in (0, 1, len(whole) - n, *rng.integers(0, len(whole) - n, 12).tolist()):
            np.testing.assert_allclose(found.read(first, first + n), whole[first : first + n], rtol=0, atol=bound)
        np.testing.assert_allclose(found.read(0, len(whole)), whole, rtol=0, atol=bound)
    assert report == expected


@pytest.mark.parametrize("name", ["a.m4a", "a.aac"])
def test_aac_is_found_but_for_the_noise_that_its_decoder_throws_in(name, rng, tmp_path):
    path = write(tmp_path / name, music(rng), RATE)
    whole = decode(path)
    with seeking.seeker(path) as found:
        assert found.samples == len(whole)
        for first in (0, 100_000, len(whole) - 20_000):
            error = found.read(first, first + 20_000) - whole[first : first + 20_000]
            assert np.sqrt(np.mean(error**2)) < 0.01  # a place that is off by a packet: 0.1


@pytest.mark.parametrize("name", ["a.ogg", "a.mp3"])
def test_file_objects_and_tags_before_the_sound_change_nothing(name, rng, tmp_path):
    data = write(tmp_path / name, music(rng, 6), RATE).read_bytes()
    if name == "a.mp3":
        data = b"ID3\x04\0\0\0\0\x7f\x7f" + bytes(0x3FFF) + data
    whole = decode(io.BytesIO(data))
    with seeking.seeker(io.BytesIO(data)) as found:
        np.testing.assert_allclose(found.read(40_000, 60_000), whole[40_000:60_000], rtol=0, atol=ROUNDED)


@pytest.mark.parametrize("kind", ["opus", "mka"])
def test_what_tells_no_places_is_to_be_decoded_from_its_beginning(kind, rng, tmp_path):
    y = music(rng, 3, 48_000, 1)
    if kind == "opus":
        sf.write(tmp_path / "a.opus", y, 48_000, format="OGG", subtype="OPUS")
    else:
        write_av(tmp_path / "a.mka", y, 48_000, codec="aac", container="matroska")
    with seeking.seeker(tmp_path / f"a.{kind}") as found:
        assert found is None


def test_short_songs_pipes_and_folders_too(rng, tmp_path):
    path = write(tmp_path / "a.wav", music(rng, 3), RATE)
    with seeking.seeker(path, above_s=3) as found:
        assert found is None
    with seeking.seeker(path, above_s=2.9) as found:
        assert found is not None
    with seeking.seeker(tmp_path) as found:
        assert found is None
    os.mkfifo(tmp_path / "pipe.wav")
    with seeking.seeker(tmp_path / "pipe.wav") as found:
        assert found is None  # and nothing was read from it


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.mp3", "untagged.mp3", "a.m4a"])
def test_a_file_that_was_cut_off_is_to_be_decoded_from_its_beginning(name, rng, tmp_path):
    path = write(tmp_path / name, music(rng), RATE)
    if name == "a.m4a":
        write_av(path, music(rng), RATE, codec="aac", container="ipod", movflags="faststart")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 5])
    report = Heard()
    with seeking.seeker(path, heard=report) as found:
        assert found is None
    assert report == Heard()


@pytest.mark.parametrize("name", ["a.wav", "a.aiff"])
def test_of_samples_that_were_cut_off_the_warning_is_the_same(name, rng, tmp_path):
    path = write(tmp_path / name, music(rng), RATE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    report, expected = Heard(), Heard()
    for _ in stream(path, heard=expected):
        pass
    with seeking.seeker(path, heard=report) as found:
        assert found is not None
    assert "could be decoded" in report.warning()
    assert report.warning() == expected.warning()


@pytest.mark.parametrize("name", ["a.ogg", "a.mp3", "untagged.mp3"])
@pytest.mark.parametrize("change", ["other bytes", "fewer bytes", "more bytes"])
def test_damage_amid_the_packets_is_noticed_without_decoding(name, change, rng, tmp_path):
    path = write(tmp_path / name, music(rng), RATE)
    data = bytearray(path.read_bytes())
    at = len(data) // 2
    part = {"other bytes": rng.bytes(3_000), "fewer bytes": b"", "more bytes": bytes(9_000)}[change]
    data[at : at + 3_000] = part
    path.write_bytes(data)
    with seeking.seeker(path) as found:
        assert found is None


def test_damage_in_a_piece_of_flac_loses_the_piece(rng, tmp_path, seeker):
    path = write(tmp_path / "a.flac", music(rng), RATE)
    data = bytearray(path.read_bytes())
    at = len(data) // 2
    data[at : at + 9_000] = rng.bytes(9_000)
    path.write_bytes(data)
    with seeker(path) as found:
        assert len(found.read(0, 22_050)) == 22_050
        with pytest.raises(seeking.LostError):
            found.read(3 * 22_050, 6 * 22_050)


def test_samples_that_are_no_numbers_are_refused_where_they_are_heard(rng, tmp_path, seeker):
    y = music(rng, 6, channels=1)
    y[4 * RATE] = np.nan
    path = write(tmp_path / "float.wav", y, RATE)
    with seeker(path) as found:
        found.read(0, 22_050)
        with pytest.raises(DecodeError, match=r"float\.wav: has samples that are no numbers .* near 3 s"):
            found.read(3 * 22_050 + 999, 5 * 22_050)


def test_a_piece_outside_the_song_is_refused(rng, tmp_path):
    path = write(tmp_path / "a.wav", music(rng, 1, 22_050), 22_050)
    with seeking.seeker(path) as found:
        for first, last in ((-1, 5), (5, 5), (0, 22_051)):
            with pytest.raises(ValueError, match="must be a piece of 22050 samples"):
                found.read(first, last)


def test_pieces_come_from_another_process_the_same_and_it_serves_on(rng, tmp_path):
    isolated.close()
    path = write(tmp_path / "a.mp3", music(rng), RATE)
    here, there = Heard(), Heard()
    with seeking.seeker(path, heard=here) as near, isolated.seeker(path, heard=there) as far:
        assert (far.samples, there) == (near.samples, here)
        np.testing.assert_array_equal(far.read(50_000, 90_000), near.read(50_000, 90_000))
    (process,) = isolated._idle
    with isolated.seeker(path, above_s=99) as found:
        assert found is None
    with pytest.raises(ZeroDivisionError), isolated.seeker(path) as far:
        raise ZeroDivisionError  # what goes wrong here is no reason to end it
    assert sum(map(len, isolated.stream(path))) == here.decoded_s * 22_050
    assert isolated._idle == [process]
    isolated.close()


def test_a_process_that_is_killed_between_pieces_costs_that_song(rng, tmp_path):
    isolated.close()
    path = write(tmp_path / "a.wav", music(rng), RATE)
    with isolated.seeker(path) as far:
        far._process._child.kill()
        with pytest.raises(DecodeError, match=r"a\.wav: brings its decoder down \(SIGKILL\) after 5 s"):
            far.read(5 * 22_050, 6 * 22_050)
    assert isolated._idle == []
    isolated.prepare()
    assert len(isolated._idle) == 1
    with isolated.seeker(path) as far:
        assert len(far.read(0, 10)) == 10
    assert len(isolated._idle) == 1
    isolated.close()


def test_many_threads_seek_at_once(rng, tmp_path):
    isolated.close()
    path = write(tmp_path / "a.ogg", music(rng), RATE)
    whole, wrong = decode(path), []

    def seek(first: int) -> None:
        with isolated.seeker(path) as found:
            piece = found.read(first, first + 9_000)
        if np.abs(piece - whole[first : first + 9_000]).max() > ROUNDED:
            wrong.append(first)

    threads = [threading.Thread(target=seek, args=(20_000 * k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    isolated.close()
