"""Sound files that soundfile cannot write."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1", 16: "9.1.6"}


def write_av(path: Path, samples: np.ndarray, rate: int, *, codec: str, container: str, **options: object) -> Path:
    """Write samples [n] or [n, channels] through FFmpeg; ``layout`` and ``format`` (of samples) may be given."""
    table = samples[:, None] if samples.ndim == 1 else samples
    layout = options.pop("layout", LAYOUTS[table.shape[1]])
    kind = str(options.pop("format", "flt"))
    of_container = {name: options.pop(name) for name in ("movflags", "write_xing") if name in options}
    with av.open(str(path), "w", format=container, options=of_container) as out:
        track = out.add_stream(codec, rate=rate, layout=layout, options=options)
        known = [shape.name for shape in track.codec.audio_formats or []]
        track.format = next((shape for shape in (kind, f"{kind}p") if shape in known), known[0] if known else kind)
        for at in range(0, len(table), 1024):
            piece = _as(kind, table[at : at + 1024])
            frame = av.AudioFrame.from_ndarray(piece.reshape(1, -1), format=kind, layout=layout)
            frame.sample_rate, frame.pts = rate, at
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return path


def _as(kind: str, table: np.ndarray) -> np.ndarray:
    if kind == "flt":
        return np.ascontiguousarray(table, dtype=np.float32)
    dtype = {"s16": np.int16, "s32": np.int32}[kind]
    return np.ascontiguousarray((table * np.iinfo(dtype).max).astype(dtype))


def write_s64_mkv(path: Path, samples: np.ndarray, rate: int) -> Path:
    """Write samples [n, channels] as 64-bit integers in Matroska, which no writer at hand does (RFC 9559)."""

    def element(name: str, data: bytes) -> bytes:
        return bytes.fromhex(name) + (0x0100000000000000 | len(data)).to_bytes(8, "big") + data

    def number(value: int) -> bytes:
        return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")

    head = element("4282", b"matroska") + element("4287", number(4)) + element("4285", number(2))
    sound = (
        element("b5", struct.pack(">d", rate)) + element("9f", number(samples.shape[1])) + element("6264", number(64))
    )
    track = element("d7", number(1)) + element("73c5", number(1)) + element("83", number(2))
    channels = samples.shape[1]
    wave = struct.pack("<HHIIHHH", 1, channels, rate, rate * channels * 8, channels * 8, 64, 0)
    track += element("86", b"A_MS/ACM") + element("63a2", wave) + element("e1", sound)
    data = (samples.astype(np.float64) * (2**63 - 1024)).astype("<i8")
    clusters = b"".join(
        element("1f43b675", element("e7", number(at * 1000 // rate)) + element("a3", b"\x81\0\0\x80" + block.tobytes()))
        for at in range(0, len(data), 1024)
        for block in [data[at : at + 1024]]
    )
    info = element("1549a966", element("2ad7b1", number(1_000_000)))
    segment = element("18538067", info + element("1654ae6b", element("ae", track)) + clusters)
    path.write_bytes(element("1a45dfa3", head) + segment)
    return path
