"""Any sound in, mono float32 at one rate out."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tracemalloc

import av
import numpy as np
import pytest
import soundfile as sf
from sounds import write_av

from musiclassify.audio.decode import decode, probe, stream
from musiclassify.audio.errors import AudioError, DecodeError, EmptyAudioError

FORMATS = {
    "wav": {},
    "au": {},
    "aiff": {},
    "flac": {},
    "ogg": {"subtype": "VORBIS"},
    "opus": {"format": "OGG", "subtype": "OPUS"},
    "mp3": {},
}


def pitch(y: np.ndarray, rate: int = 22_050) -> float:
    return np.abs(np.fft.rfft(y * np.hanning(len(y)))).argmax() * rate / len(y)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_tone(kind, tone, sound_file):
    rate = 48_000 if kind == "opus" else 44_100
    path = sound_file(f"a.{kind}", tone(3, rate=rate), rate, **FORMATS[kind])
    y = decode(path)
    assert y.dtype == np.float32
    assert y.ndim == 1
    assert len(y) == pytest.approx(3 * 22_050, abs=60 if kind != "mp3" else 2400)
    assert pitch(y) == pytest.approx(440, abs=1)
    assert np.abs(y[5000:-5000]).max() == pytest.approx(0.5, abs=0.02)


def test_m4a_is_decoded_by_ffmpeg(tone, tmp_path):
    path = write_av(tmp_path / "a.m4a", tone(3, rate=44_100), 44_100, codec="aac", container="ipod")
    y = decode(path)
    assert pitch(y) == pytest.approx(440, abs=1)
    info = probe(path)
    assert info.duration_s == pytest.approx(3, abs=0.1)
    assert (info.sample_rate, info.channels) == (44_100, 1)
    assert info.codec.endswith("/aac")


@pytest.mark.parametrize("name", ["really.mp3", "really.raw", "REALLY.WAV", "no extension", "é ü 音 'q' \"d\".ogg"])
def test_content_decides_not_the_name(name, tone, sound_file, tmp_path):
    path = sound_file("a.flac", tone()).rename(tmp_path / name)
    assert len(decode(path)) == 22_050
    assert probe(path).codec == "flac/pcm_16"


def test_a_name_with_control_characters_is_opened_and_printed_on_one_line(tone, sound_file, tmp_path):
    path = sound_file("a.wav", tone()).rename(tmp_path / "two\nlines\x1b[31m.wav")
    assert len(decode(path)) == 22_050
    path.write_bytes(b"no sound")
    with pytest.raises(DecodeError) as caught:
        decode(path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 32_000, 44_100, 48_000, 96_000, 192_000])
def test_any_rate_keeps_pitch_and_length(rate, tone, sound_file):
    y = decode(sound_file("a.wav", tone(2, rate=rate), rate))
    assert abs(len(y) - 44_100) <= 1
    assert pitch(y) == pytest.approx(440, abs=0.6)


def test_channels_are_averaged_before_resampling(tone, sound_file):
    rate = 44_100
    eight = np.stack([tone(1, rate=rate, amplitude=a / 10) for a in range(8)], axis=1)
    mono = decode(sound_file("mono.wav", eight.mean(axis=1), rate, subtype="FLOAT"))
    np.testing.assert_allclose(
        decode(sound_file("eight.wav", eight, rate, subtype="FLOAT")), mono, atol=1e-6
    )  # float32 rounding of the mean


def test_the_native_rate_passes_through_untouched(noise, sound_file):
    y = noise(2)
    np.testing.assert_array_equal(decode(sound_file("a.wav", y, subtype="FLOAT")), y)


@pytest.mark.parametrize("rate", [22_050, 44_100])
@pytest.mark.parametrize("block_s", [0.013, 1.0, 10.0])
def test_the_stream_gives_the_very_samples_of_decode(rate, block_s, noise, sound_file):
    path = sound_file("a.flac", noise(3.3, rate), rate)
    blocks = list(stream(path, block_s=block_s))
    np.testing.assert_array_equal(np.concatenate(blocks), decode(path))
    assert {len(block) for block in blocks[:-1]} <= {round(block_s * 22_050)}
    assert 0 < len(blocks[-1]) <= round(block_s * 22_050)


@pytest.mark.parametrize(("start_s", "duration_s"), [(0, 1), (0.5, 1), (1.25, None), (2.9, 5), (0, None)])
def test_a_part_is_a_slice_of_the_whole(start_s, duration_s, noise, sound_file):
    path = sound_file("a.ogg", noise(3, 44_100), 44_100)
    first = round(start_s * 22_050)
    last = None if duration_s is None else round((start_s + duration_s) * 22_050)
    np.testing.assert_array_equal(decode(path, start_s=start_s, duration_s=duration_s), decode(path)[first:last])


def test_a_start_beyond_the_end_says_so(tone, sound_file):
    with pytest.raises(EmptyAudioError, match=r"ends at 1\.0 s, before 5 s"):
        decode(sound_file("a.wav", tone(1)), start_s=5)


def test_file_objects_and_pipes_are_read_like_files(tone, sound_file):
    path = sound_file("a.mp3", tone(2, rate=44_100), 44_100)
    expected = decode(path)
    with path.open("rb") as file:
        np.testing.assert_array_equal(decode(file), expected)
        assert not file.closed
        np.testing.assert_array_equal(decode(file), expected)  # it is rewound
    np.testing.assert_array_equal(decode(io.BytesIO(path.read_bytes())), expected)
    here, there = os.pipe()
    with os.fdopen(here, "rb") as pipe:
        os.write(there, path.read_bytes()[:60_000])
        os.close(there)
        np.testing.assert_array_equal(decode(pipe), expected)


def test_an_m4a_is_read_from_memory(tone, tmp_path):
    path = write_av(tmp_path / "a.m4a", tone(1), 22_050, codec="aac", container="ipod")
    np.testing.assert_array_equal(decode(io.BytesIO(path.read_bytes())), decode(path))


def test_two_tenths_of_a_second_decode(tone, sound_file):
    assert len(decode(sound_file("a.wav", tone(0.2)))) == 4_410


@pytest.mark.parametrize("kind", ["mp3", "ogg", "flac", "wav"])
def test_a_truncated_file_gives_what_is_there(kind, noise, sound_file):
    path = sound_file(f"a.{kind}", noise(10, 44_100), 44_100)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert 3.9 < len(decode(path)) / 22_050 < 6


def test_a_damaged_mp3_is_played_to_its_end_without_complaint(noise, sound_file, rng, capfd):
    path = sound_file("a.mp3", noise(10, 44_100), 44_100)
    data = bytearray(path.read_bytes())
    for at in range(5_000, len(data), 20_000):
        data[at : at + 500] = rng.bytes(500)
    path.write_bytes(data)
    assert 8.5 < len(decode(path)) / 22_050 < 10.5
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("data", [b"not a sound at all" * 99, b"RIFF", bytes(5000), b"#EXTM3U\n/etc/passwd\n"])
def test_what_is_no_sound_is_refused(data, tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(data)
    with pytest.raises(DecodeError, match=r"a\.mp3: .*; "):
        decode(path)


def test_noise_bytes_are_refused(rng, tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(rng.bytes(50_000))
    with pytest.raises(AudioError):
        decode(path)


def test_ffmpeg_opens_no_other_file_and_no_address(tone, sound_file, tmp_path):
    inner = sound_file("inner.wav", tone())
    for name, text in {
        "list.m3u8": f"#EXTM3U\n#EXTINF:1,\nfile://{inner}\n#EXT-X-ENDLIST\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile {inner.name}\n",
        "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    }.items():
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(DecodeError):
            decode(path)
    with pytest.raises(DecodeError, match="does not exist"):
        decode(f"concat:{inner}|{inner}")


def test_no_bytes_and_no_samples_are_empty(tmp_path, sound_file):
    path = tmp_path / "a.mp3"
    path.touch()
    with pytest.raises(EmptyAudioError, match="0 bytes"):
        decode(path)
    with pytest.raises(EmptyAudioError, match="no samples"):
        decode(sound_file("b.wav", np.zeros(0, np.float32)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(bad, tone, sound_file):
    y = tone(3)
    y[2 * 22_050 + 7] = bad
    with pytest.raises(DecodeError, match=r"no numbers .* near 2 s"):
        decode(sound_file("a.wav", y, subtype="FLOAT"))


def test_missing_folder_broken_link_and_device_are_named(tmp_path):
    (tmp_path / "link.mp3").symlink_to(tmp_path / "nowhere.mp3")
    for path, reason in [
        (tmp_path / "none.mp3", "does not exist"),
        (tmp_path / "link.mp3", "does not exist"),
        (tmp_path, "is a folder"),
        ("/dev/zero", "is a device"),
    ]:
        with pytest.raises(DecodeError, match=reason):
            decode(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tone, sound_file):
    path = sound_file("a.wav", tone())
    path.chmod(0)
    with pytest.raises(DecodeError, match="may not be read"):
        decode(path)


def test_a_video_without_sound_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as out:
        track = out.add_stream("mpeg4", rate=5)
        track.width = track.height = 16
        frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8))
        out.mux(track.encode(frame))
        out.mux(track.encode(None))
    with pytest.raises(DecodeError, match="holds no sound"):
        decode(path)


def test_wrong_arguments_are_named(tone, sound_file):
    path = sound_file("a.wav", tone())
    with pytest.raises(ValueError, match="start_s=-1"):
        decode(path, start_s=-1)
    with pytest.raises(ValueError, match="duration_s=0"):
        decode(path, duration_s=0)
    with pytest.raises(ValueError, match="sample_rate=0"):
        list(stream(path, sample_rate=0))


def test_a_long_file_streams_in_constant_memory(tmp_path):
    path = tmp_path / "long.flac"
    with sf.SoundFile(path, "w", 8_000, 1) as out:
        for _ in range(180):
            out.write(np.full(8_000 * 10, 0.25, np.float32))  # half an hour
    tracemalloc.start()
    try:
        length = sum(len(block) for block in stream(path))
        assert tracemalloc.get_traced_memory()[1] < 8e6  # the whole would be 160 MB
    finally:
        tracemalloc.stop()
    assert length == pytest.approx(1800 * 22_050, abs=2)


def test_probe_reads_the_header(tone, sound_file):
    info = probe(sound_file("a.wav", np.stack([tone(2, rate=48_000)] * 2, axis=1), 48_000))
    assert (info.duration_s, info.sample_rate, info.channels, info.codec) == (2.0, 48_000, 2, "wav/pcm_16")


def test_errors_survive_pickling(tmp_path):
    import pickle

    with pytest.raises(DecodeError) as caught:
        decode(tmp_path / "none.mp3")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.path) == (DecodeError, str(caught.value), caught.value.path)


def test_importing_audio_pulls_in_nothing_heavy():
    code = (
        "import sys; import musiclassify.audio.decode, musiclassify.audio.excerpts, musiclassify.audio.segments, "
        "musiclassify.audio.convert, musiclassify.audio.levels; "
        "print([m for m in ('scipy', 'librosa', 'numba', 'pandas', 'av', 'tensorflow', 'sklearn') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
