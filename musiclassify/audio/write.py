"""Write Ogg Vorbis whose bytes depend on the samples alone, of any length.

libsndfile gives every stream a serial number drawn from the clock; here it is set to zero and the pages'
checksums are made anew (RFC 3533, section 6). Its Vorbis writer keeps what one call gives on the stack and crashes
on a minute and a half, so samples go to it in short pieces, all of one length (it has a say in the first bytes).
"""

from __future__ import annotations

import io

import numpy as np
import soundfile as sf

from .ogg_pages import checksum

__all__ = ["ogg", "without_serial"]

_AT_ONCE = 16_384
"""Samples that go to the writer in one call."""


def ogg(samples: np.ndarray, sample_rate: int, *, compression: float | None = None) -> bytes:
    """Give samples as an Ogg Vorbis file.

    Parameters
    ----------
    samples : float [n] or [n, channels]
        Within -1 to 1.
    sample_rate : int
        Hz.
    compression : float, optional
        0 (large) to 1 (small: about 40 kbit/s for mono at 22 050 Hz); default: libsndfile's own.

    Examples
    --------
    >>> ogg(np.zeros(22_050), 22_050)[:4]
    b'OggS'
    """
    if compression is not None and not 0 <= compression <= 1:
        raise ValueError(f"compression={compression} must be between 0 and 1")
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    buffer = io.BytesIO()
    with sf.SoundFile(
        buffer, "w", sample_rate, channels, "VORBIS", format="OGG", compression_level=compression
    ) as file:
        for start in range(0, len(samples), _AT_ONCE):
            file.write(samples[start : start + _AT_ONCE])
    return without_serial(buffer.getvalue())


def without_serial(data: bytes) -> bytes:
    """Give the same stream with serial number zero and fitting checksums.

    Raises
    ------
    ValueError
        It is no Ogg stream.
    """
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
