"""Ogg Vorbis whose bytes depend on the samples alone.

libsndfile gives every stream a serial number drawn from the clock; here it is set to zero and the pages'
checksums are made anew (RFC 3533, section 6).
"""

from __future__ import annotations

import io
import zlib

import numpy as np

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def encode(samples: np.ndarray, sample_rate: int) -> bytes:
    """Mono float samples [shape=(n,)] within -1 to 1 as an Ogg Vorbis file."""
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, samples, sample_rate, format="OGG", subtype="VORBIS")
    return without_serial(buffer.getvalue())


def without_serial(data: bytes) -> bytes:
    """The same stream with serial number zero and fitting checksums."""
    out = bytearray(data)
    start = 0
    while start < len(out):
        if out[start : start + 4] != b"OggS":
            raise ValueError(f"no Ogg page at byte {start}")
        segments = out[start + 26]
        end = start + 27 + segments + sum(out[start + 27 : start + 27 + segments])
        out[start + 14 : start + 18] = bytes(4)
        out[start + 22 : start + 26] = bytes(4)
        out[start + 22 : start + 26] = checksum(bytes(out[start:end])).to_bytes(4, "little")
        start = end
    return bytes(out)


def checksum(page: bytes) -> int:
    """Ogg's CRC-32 (polynomial 0x04C11DB7, highest bit first, no inversion), by way of zlib's mirrored one."""
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
