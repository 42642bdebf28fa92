"""Sound files in all formats that carry tags, and random states of their tags, written by other means than ours."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import av
import mutagen
import numpy as np
import soundfile as sf
from mutagen import aiff, apev2, asf, flac, id3, mp4, wave

KINDS = ("mp3", "flac", "ogg", "opus", "m4a", "wav", "aiff", "wv", "ape", "wma")
OURS = ("MUSICLASSIFY_UNDO", "GENRE", "MOOD", "TCON", "TCO", "TMOO", "TXXX:MOOD", "TXX:MOOD", "\xa9gen", "gnre")
RATE = 48_000
_GENRES = ("Rock", "Jazz", "Death Metal", "Bebop", "Ünïcode", "(8)", "17", "Drum & Bass", "Polka", "音楽", "a/b", "")


def make_sound(kind: str, folder: Path, rng: np.random.Generator, seconds: float = 0.6) -> Path:
    """Write a short sound without any tags of ours."""
    path = folder / f"song.{kind}"
    n = int(seconds * RATE)
    y = (0.3 * np.sin(2 * np.pi * 440 * np.arange(n) / RATE) + 0.05 * rng.standard_normal(n)).astype(np.float32)
    if kind == "m4a":
        options = {"movflags": "faststart"} if rng.random() < 0.5 else {}
        return _encode(path, y, "aac", "ipod", options)
    if kind == "wma":
        return _encode(path, y, "wmav2", "asf", {})
    if kind == "wv":
        return _encode(path, y, "wavpack", "wv", {})
    if kind == "ape":
        return write_silent_ape(path)
    options = {"format": "OGG", "subtype": "OPUS"} if kind == "opus" else {}
    sf.write(path, y, RATE, **options)
    if kind == "mp3":
        id3.ID3().delete(path)
    return path


def _encode(path: Path, y: np.ndarray, codec: str, container: str, options: dict[str, str]) -> Path:
    with av.open(str(path), "w", format=container, options=options) as out:
        track = out.add_stream(codec, rate=RATE, layout="mono")
        track.bit_rate = 96_000
        for at in range(0, len(y), 1024):
            frame = av.AudioFrame.from_ndarray(y[None, at : at + 1024].copy(), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, at
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return path


def write_silent_ape(path: Path) -> Path:
    """Write Monkey's Audio 3.99 by hand: two frames that say no more than that they are silent."""
    frame = struct.pack("<II", 0x80000000, 3)  # checksum with the mark that flags follow; both channels are silent
    frames = [frame[3::-1] + frame[7:3:-1]] * 2
    descriptor = b"MAC " + struct.pack("<HHIIIIIII16s", 3990, 0, 52, 24, 8, 0, 16, 0, 0, bytes(16))
    header = struct.pack("<HHIIIHHI", 2000, 0, 73728, 48_000, 2, 16, 2, RATE)
    first = 52 + 24 + 8
    path.write_bytes(descriptor + header + struct.pack("<II", first, first + 8) + b"".join(frames))
    return path


# --- states


def dress(path: Path, rng: np.random.Generator) -> None:
    """Give a file a random state of tags."""
    _DRESS[path.suffix[1:]](path, rng)


def _some(rng: np.random.Generator) -> list[str]:
    return [str(g) for g in rng.choice(_GENRES, size=rng.integers(0, 4), replace=False)]


def _bytes(rng: np.random.Generator, most: int) -> bytes:
    return rng.bytes(int(rng.integers(0, most)))


def _comments(rng: np.random.Generator) -> dict[str, list[str]]:
    found = {"title": ["Title é"], "replaygain_track_gain": ["-7.30 dB"], "odd key": ["x"], "comment": [""]}
    kept = {name: values for name, values in found.items() if rng.random() < 0.6}
    if genres := [g for g in _some(rng) if g]:
        kept[str(rng.choice(["genre", "GENRE", "Genre"]))] = genres
    if rng.random() < 0.3:
        kept["MOOD"] = ["sad", "slow"]
    if rng.random() < 0.3:
        kept["metadata_block_picture"] = [base64.b64encode(_bytes(rng, 90_000)).decode()]
    return kept


def _dress_vorbis(path: Path, rng: np.random.Generator) -> None:
    file = mutagen.File(path)
    if rng.random() < 0.8:
        if file.tags is None:
            file.add_tags()
        file.tags.clear()
        for key, values in _comments(rng).items():
            file[key] = values
        size = int(rng.integers(0, 5000))
        file.save(padding=lambda info: size)


def _dress_flac(path: Path, rng: np.random.Generator) -> None:
    file = flac.FLAC(path)
    if rng.random() < 0.3:
        picture = flac.Picture()
        picture.data, picture.mime, picture.type = _bytes(rng, 60_000), "image/png", 3
        file.add_picture(picture)
        file.save()
    _dress_vorbis(path, rng)
    if rng.random() < 0.2:  # no block of comments at all
        bare = flac.FLAC(path)
        bare.delete()
    if rng.random() < 0.2:
        path.write_bytes(raw_id3(rng, 0) + path.read_bytes())  # with a footer mutagen finds no flac
    if rng.random() < 0.2:
        path.write_bytes(path.read_bytes() + raw_id3v1(rng))


def _dress_mp3(path: Path, rng: np.random.Generator) -> None:
    data = path.read_bytes()
    tags = b"".join(raw_id3(rng) for _ in range(int(rng.choice([0, 1, 2], p=[0.15, 0.75, 0.1]))))
    behind = b""
    if rng.random() < 0.4:
        behind += raw_ape(rng)
    if rng.random() < 0.15:
        lyrics = b"LYRICSBEGIN" + b"IND0000200LYR00005la la"
        behind += lyrics + f"{len(lyrics):06d}".encode() + b"LYRICS200"
    if rng.random() < 0.5:
        behind += raw_id3v1(rng)
    path.write_bytes(tags + data + behind)


def raw_id3v1(rng: np.random.Generator) -> bytes:
    """Make an ID3v1 tag with bytes that are no UTF-8."""
    comment = b"a comment of thirty letters..."
    text = b"Beyonc\xe9".ljust(30, b"\0") + b"B".ljust(60, b" ") + b"2001" + comment
    return (b"TAG" + text)[:127].ljust(127, b"\0") + bytes([int(rng.choice([0, 8, 17, 191, 200, 255]))])


def raw_ape(rng: np.random.Generator) -> bytes:
    """Make an APE tag, mostly as mp3gain does."""
    items = [(b"REPLAYGAIN_TRACK_GAIN", 0, b"-7.30 dB"), (b"Cover Art (Front)", 2, b"a.png\0" + _bytes(rng, 5000))]
    if rng.random() < 0.6:
        items.append((b"gEnre", 0, b"\0".join(g.encode() for g in _some(rng))))
    body = b"".join(struct.pack("<II", len(v), kind) + k + b"\0" + v for k, kind, v in items)
    edge = b"APETAGEX" + struct.pack("<III", 2000, len(body) + 32, len(items))
    if rng.random() < 0.5:
        return body + edge + struct.pack("<I", 0) + bytes(8)
    return edge + struct.pack("<I", 0xA0000000) + bytes(8) + body + edge + struct.pack("<I", 0x80000000) + bytes(8)


def raw_id3(rng: np.random.Generator, footers: float = 0.1) -> bytes:
    """Make an ID3v2 tag of any version, form and oddity."""
    version = int(rng.choice([2, 3, 4], p=[0.15, 0.45, 0.4]))
    unsync, long_head, footer = (bool(rng.random() < p) for p in (0.25, 0.15, footers))
    bits = 8 if version == 4 and rng.random() < 0.1 else 7 if version == 4 else 8
    frames = [_frame(version, bits, *f) for f in _frames(version, rng)]
    if rng.random() < 0.1 and version > 2:
        frames.append(_frame(version, bits, "TPE1", b"\0" + b"Beyonc\xe9 in a frame that says UTF-8"))
    body, flags = b"".join(frames), 0
    if version == 3 and long_head:
        body, flags = struct.pack(">IHI", 6, 0, 0) + body, flags | 0x40
    if version == 4 and long_head:
        body, flags = b"\0\0\0\x06\x01\0" + body, flags | 0x40
    footer = footer and version == 4
    body += b"" if footer else bytes(int(rng.integers(0, 3000)))
    if unsync and version < 4:
        body, flags = _unsync(body), flags | 0x80
    head = bytes([version, 0, flags | 0x10 * footer]) + _sized(len(body), 7)
    return b"ID3" + head + body + (b"3DI" + head if footer else b"")


def _frames(version: int, rng: np.random.Generator) -> list[tuple[str, bytes]]:
    names = {2: ("TT2", "TCO", "TXX", "PIC", "COM")}.get(version, ("TIT2", "TCON", "TXXX", "APIC", "COMM"))
    genres = _some(rng)
    gain = b"\0replaygain_track_gain\0-7.30 dB"
    found = [(names[0], b"\0Beyonc\xe9"), (names[2], gain), (names[4], b"\0engc\0hello")]
    coding = int(rng.choice([0, 1, 3 if version == 4 else 1]))
    code = {0: "latin-1", 1: "utf-16", 3: "utf-8"}[coding]
    nothing = b"\0\0" if coding == 1 else b"\0"
    if rng.random() < 0.75:
        text = nothing.join(g.encode(code, "replace") for g in genres) + nothing * int(rng.integers(0, 2))
        found.append((names[1], bytes([coding]) + text))
    if rng.random() < 0.1:
        found.append((names[1], b"\0Second frame"))
    if rng.random() < 0.4:
        kind = b"PNG" if version == 2 else b"image/png\0"
        found.append((names[3], b"\0" + kind + b"\x03\0" + _bytes(rng, 40_000) + b"\xff\xe0\xff\x00\xff"))
    if rng.random() < 0.3:
        found.append((names[2], b"\0MOOD\0sad"))
    if version == 4 and rng.random() < 0.3:
        found.append(("TMOO", b"\x03happy\0calm"))
    order = rng.permutation(len(found))
    return [found[i] for i in order]


def _frame(version: int, bits: int, name: str, content: bytes) -> bytes:
    if version == 2:
        return name.encode() + len(content).to_bytes(3) + content
    flags = b"\0\0"
    if version == 4 and name == "TIT2":  # a length beside the size, and compression, as some programs write it
        flags, content = b"\0\x09", _sized(len(content), 7) + zlib.compress(content)
    return name.encode() + _sized(len(content), bits) + flags + content


def _unsync(raw: bytes) -> bytes:
    out = bytearray()
    for i, byte in enumerate(raw):
        out.append(byte)
        if byte == 0xFF and (i + 1 == len(raw) or raw[i + 1] >= 0xE0 or raw[i + 1] == 0):
            out.append(0)
    return bytes(out)


def _sized(size: int, bits: int) -> bytes:
    return bytes((size >> bits * i) & ((1 << bits) - 1) for i in (3, 2, 1, 0))


def _dress_m4a(path: Path, rng: np.random.Generator) -> None:
    file = mp4.MP4(path)
    if rng.random() < 0.2:
        file.delete()
        return
    if file.tags is None:
        file.add_tags()
    if genres := [g for g in _some(rng) if g]:
        file["\xa9gen"] = genres
    file["\xa9nam"], file["----:com.apple.iTunes:replaygain_track_gain"] = ["T"], [b"-7.30 dB"]
    file["----:org.else:binary"] = [mp4.MP4FreeForm(b"\xe9\xff\0", mp4.AtomDataType.IMPLICIT)]
    if rng.random() < 0.4:
        file["covr"] = [mp4.MP4Cover(_bytes(rng, 50_000), mp4.MP4Cover.FORMAT_PNG)]
    if rng.random() < 0.3:
        file["----:com.apple.iTunes:MOOD"] = [b"sad"]
    size = int(rng.choice([0, 0, 300, 2000]))
    file.save(padding=lambda info: size)


def _dress_riff(path: Path, rng: np.random.Generator) -> None:
    if path.suffix == ".wav" and rng.random() < 0.5:
        _add_chunk(path, b"LIST", b"INFO" + b"".join(_infos(rng)))
    if rng.random() < 0.3:
        _add_chunk(path, b"odd ", _bytes(rng, 500))
    if rng.random() < 0.5:
        tag = raw_id3(rng)
        _add_chunk(path, b"id3 " if path.suffix == ".wav" else b"ID3 ", tag)


def _infos(rng: np.random.Generator) -> list[bytes]:
    found = [(b"INAM", b"Beyonc\xe9\0")] + [(b"IGNR", b"Rock\0")] * int(rng.integers(0, 2))
    return [k + len(v).to_bytes(4, "little") + v + bytes(len(v) % 2) for k, v in found]


def _add_chunk(path: Path, kind: bytes, body: bytes) -> None:
    order = "little" if path.suffix == ".wav" else "big"
    data = path.read_bytes()
    data += kind + len(body).to_bytes(4, order) + body + bytes(len(body) % 2)
    path.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, order) + data[8:])


def _dress_ape(path: Path, rng: np.random.Generator) -> None:
    behind = raw_ape(rng) if rng.random() < 0.7 else b""
    behind += raw_id3v1(rng) if rng.random() < 0.3 else b""
    path.write_bytes(path.read_bytes() + behind)


def _dress_wma(path: Path, rng: np.random.Generator) -> None:
    file = asf.ASF(path)
    if rng.random() < 0.3:
        file.delete()
        return
    if genres := [g for g in _some(rng) if g]:
        file["WM/Genre"] = genres
    file["Title"], file["replaygain_track_gain"] = ["T é"], ["-7.30 dB"]
    if rng.random() < 0.4:
        file["WM/Picture"] = [asf.ASFByteArrayAttribute(_bytes(rng, 90_000))]
    if rng.random() < 0.3:
        file["WM/Mood"] = ["sad", "slow"]
    file.save()


_DRESS: dict[str, Callable[[Path, np.random.Generator], None]] = {
    "mp3": _dress_mp3, "flac": _dress_flac, "ogg": _dress_vorbis, "opus": _dress_vorbis, "m4a": _dress_m4a,
    "wav": _dress_riff, "aiff": _dress_riff, "wv": _dress_ape, "ape": _dress_ape, "wma": _dress_wma,
}  # fmt: skip


# --- read by other means than ours


def others(path: Path) -> dict[str, str]:
    """Give all tags but those that we write, as mutagen reads them."""
    data = path.read_bytes()
    found = {}
    kind = path.suffix[1:]
    for name, tags in _all_tags(path, kind).items():
        for key in tags.keys():  # noqa: SIM118 - mutagen's are no mappings
            plain = str(key).split(":")[-1] if str(key).startswith("----") else str(key)
            if not any(ours.upper() in (plain.upper(), str(key).upper().removeprefix("TXXX:")) for ours in _NAMES):
                found[f"{name} {key}"] = _shown(tags[key])
    if kind == "flac":
        found |= {f"picture {i}": repr(p.data) for i, p in enumerate(flac.FLAC(path).pictures)}
    if data[-128:-125] == b"TAG":
        found["ID3v1"] = repr(data[-128:-1])
    return found


_NAMES = (*OURS, "WM/Genre", "WM/Mood")


def _shown(value: object) -> str:
    return repr(value.write()) if isinstance(value, asf.ASFBaseAttribute) else repr(value)


def _all_tags(path: Path, kind: str) -> dict[str, object]:
    found: dict[str, object] = {}
    if kind in ("mp3", "ape", "wv"):
        for name, read in (("ID3", lambda: id3.ID3(path, translate=False)), ("APE", lambda: apev2.APEv2(path))):
            try:
                found[name] = read()
            except (id3.ID3NoHeaderError, apev2.APENoHeaderError):
                continue
    elif kind == "wav":
        found["ID3"] = wave.WAVE(path).tags or {}
    elif kind == "aiff":
        found["ID3"] = aiff.AIFF(path).tags or {}
    else:
        found["tags"] = mutagen.File(path).tags or {}
    return found


def genres(path: Path) -> list[str]:
    """Give the genres as mutagen reads them."""
    kind = path.suffix[1:]
    if kind in ("mp3", "wav", "aiff"):
        tags = _all_tags(path, kind)["ID3"]
        return [g for frame in tags.getall("TCON") for g in frame.genres] if tags else []
    keys = {"m4a": "\xa9gen", "wma": "WM/Genre", "wv": "Genre", "ape": "Genre"}
    tags = next(iter(_all_tags(path, kind).values() if kind not in ("wv", "ape") else [apev2.APEv2(path)]))
    return [str(value) for value in tags.get(keys.get(kind, "genre"), [])]
