"""Tags and pictures: their bytes decide nothing and cost no memory."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import av
import mutagen.id3
import numpy as np
import pytest
import soundfile as sf
from mutagen.apev2 import BINARY, APEv2, APEValue
from mutagen.mp4 import MP4, MP4Cover
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from sounds import write_av

from musiclassify.audio.decode import decode

RATE = 44_100


def id3(version: int, *frames: bytes) -> bytes:
    body = b"".join(frames)
    return b"ID3" + bytes([version, 0, 0]) + synchsafe(len(body)) + body


def synchsafe(n: int) -> bytes:
    return bytes(n >> shift & 0x7F for shift in (21, 14, 7, 0))


def frame(name: bytes, data: bytes) -> bytes:
    return name + synchsafe(len(data)) + bytes(2) + data


TAGS = {
    "latin-1 said to be utf-8": id3(4, frame(b"TPE1", b"\x03Beyonc\xe9")),
    "utf-16 of odd length": id3(3, frame(b"TIT2", b"\x01\xff\xfeB\x00\xe9")),
    "txxx of any bytes": id3(4, frame(b"TXXX", b"\x03k\xe9y\x00v\xe9\xff\xfe")),
    "a language that is none": id3(3, frame(b"COMM", b"\x00\xe9\xe9\xe9x\x00y")),
    "nothing but noise": id3(4, frame(b"PRIV", bytes(range(256)))),
}


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("kind", ["mp3", "aac"])
def test_the_bytes_of_id3_never_decide_whether_a_song_is_heard(kind, tag, tone, sound_file, tmp_path):
    if kind == "mp3":
        path = sound_file("a.mp3", tone(1, rate=RATE), RATE)
    else:
        path = write_av(tmp_path / "a.aac", tone(1, rate=RATE), RATE, codec="aac", container="adts")
    expected = decode(path)
    sound = path.read_bytes()
    path.write_bytes(TAGS[tag] + sound)
    np.testing.assert_array_equal(decode(path), expected)
    path.write_bytes(TAGS[tag] + id3(3) + sound + b"TAG" + b"Beyonc\xe9".ljust(125, b"\xff"))
    np.testing.assert_array_equal(decode(path)[: len(expected)], expected)


@pytest.mark.parametrize("kind", ["wav", "aiff", "flac", "ogg", "m4a", "mka", "wma", "wv"])
def test_neither_do_those_of_other_containers(kind, tone, tmp_path):
    y = tone(1, rate=RATE)
    path = tmp_path / f"a.{kind}"
    title = "TITLETITLETITLE"
    codecs = {"m4a": ("aac", "ipod"), "mka": ("aac", "matroska"), "wma": ("wmav2", "asf"), "wv": ("wavpack", "wv")}
    if kind in codecs:
        codec, container = codecs[kind]
        tagged(path, y, codec, container, title)
    else:
        with sf.SoundFile(path, "w", RATE, 1) as file:
            file.title = title
            file.write(y)
    expected = decode(path)
    data = path.read_bytes()
    plain, wide = title.encode(), title.encode("utf-16-le")
    assert plain in data or wide in data
    data = data.replace(plain, b"Beyonc\xe9\xff\xfe\x00\xe9\xc3\x28\xf0\x28")
    path.write_bytes(data.replace(wide, b"\x00\xd8" * len(title)))
    if kind == "ogg":  # the change has made a page's checksum wrong
        from musiclassify.audio.write import without_serial

        path.write_bytes(without_serial(path.read_bytes()))
    np.testing.assert_array_equal(decode(path), expected)


def tagged(path: Path, y: np.ndarray, codec: str, container: str, title: str) -> None:
    with av.open(str(path), "w", format=container) as out:
        out.metadata["title"] = title
        track = out.add_stream(codec, rate=RATE, layout="mono")
        track.metadata["title"] = title
        track.bit_rate = 128_000
        for at in range(0, len(y), 1024):
            frame = av.AudioFrame.from_ndarray(y[None, at : at + 1024].copy(), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, at
            out.mux(track.encode(frame))
        out.mux(track.encode(None))


def test_entries_of_mp4_may_hold_any_bytes(tone, tmp_path):
    path = write_av(tmp_path / "a.m4a", tone(1, rate=RATE), RATE, codec="aac", container="ipod")
    expected = decode(path)
    tags = MP4(path)
    tags["\xa9nam"] = "Beyonce"
    tags["----:com.apple.iTunes:k"] = [b"\xe9\xff\xfe\x00"]
    tags["covr"] = [MP4Cover(b"\xff\xd8\xff\xe9")]
    tags.save()
    path.write_bytes(path.read_bytes().replace(b"Beyonce", b"Beyonc\xe9"))
    np.testing.assert_array_equal(decode(path), expected)


PICTURE = b"\xff\xd8\xff" + bytes(30_000_000)


def without_picture(kind: str, folder: Path, noise) -> Path:
    path = folder / f"a.{kind}"
    y = noise(2, 48_000 if kind == "opus" else RATE)
    if kind in ("m4a", "mka"):
        return write_av(path, y, RATE, codec="aac", container={"m4a": "ipod", "mka": "matroska"}[kind])
    if kind == "opus":
        sf.write(path, y, 48_000, format="OGG", subtype="OPUS")
    else:
        sf.write(path, y, RATE, format="MP3" if kind == "ape.mp3" else None)
    return path


def add_picture(kind: str, path: Path) -> None:
    tag = mutagen.id3.ID3()
    tag.add(mutagen.id3.APIC(encoding=0, mime="image/jpeg", type=3, desc="", data=PICTURE))
    if kind in ("mp3", "flac"):
        tag.save(path)
    elif kind == "ape.mp3":
        ape = APEv2()
        ape["Cover Art (front)"] = APEValue(b"x.jpg\0" + PICTURE, BINARY)
        ape.save(path)
    elif kind == "m4a":
        mp4 = MP4(path)
        mp4["covr"] = [MP4Cover(PICTURE)]
        mp4.save()
    elif kind == "mka":
        attach(path)
    else:
        comments = (OggVorbis if kind == "ogg" else OggOpus)(path)
        comments["metadata_block_picture"] = [base64.b64encode(PICTURE[:6_000_000]).decode()]
        comments.save()


def attach(path: Path) -> None:
    """Append an attachment to a Matroska file, where its segment is of unknown or fitting length."""

    def element(name: str, data: bytes) -> bytes:
        return bytes.fromhex(name) + (0x0100000000000000 | len(data)).to_bytes(8, "big") + data

    names = element("466e", b"c.jpg") + element("4660", b"image/jpeg") + element("46ae", b"\1")
    extra = element("1941a469", element("61a7", names + element("465c", PICTURE)))
    data = path.read_bytes()
    cluster = data.index(bytes.fromhex("1f43b675"))
    segment = data.index(bytes.fromhex("18538067")) + 4
    length = int.from_bytes(data[segment : segment + 8], "big") & (1 << 56) - 1
    head = data[:segment] + (1 << 56 | length + len(extra)).to_bytes(8, "big") + data[segment + 8 : cluster]
    path.write_bytes(head + extra + data[cluster:])


PICTURED = ["mp3", "ape.mp3", "flac", "m4a", "mka", "ogg", "opus"]


@pytest.mark.parametrize("kind", PICTURED)
def test_a_large_picture_changes_no_sample_and_is_never_in_memory(kind, noise, tmp_path):
    path = without_picture(kind, tmp_path, noise)
    expected = decode(path)
    small = tmp_path / "small"
    small.write_bytes(path.read_bytes())
    add_picture(kind, path)
    assert path.stat().st_size > small.stat().st_size + 6_000_000
    np.testing.assert_allclose(decode(path), expected, atol=1e-6)
    code = (
        "import sys, resource, av; from musiclassify.audio.decode import decode\n"
        "most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "decode(sys.argv[1]); before = most(); decode(sys.argv[2]); print(most() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(small), str(path)], capture_output=True, text=True, check=True
    )
    grown = int(done.stdout) / (1024 if sys.platform == "darwin" else 1)
    assert grown < 4_000  # KB; decoders keep a picture twice
