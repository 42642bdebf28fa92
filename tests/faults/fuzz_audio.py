"""Hostile audio: seeded mutations of eight formats and crafted files, each decoded as a folder's run does.

``python tests/faults/fuzz_audio.py [--mutations N] [--seed N]`` prints how many were heard, refused, and brought their
decoder down, the longest time and the most memory of a decoding process. It exits 1 where one took longer than 10 s of
processor time, more than 500 MB, or ended in anything but samples or an error of ours.
"""

from __future__ import annotations

import argparse
import io
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile as sf

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from sounds import write_av  # noqa: E402

from musiclassify.audio import isolated  # noqa: E402
from musiclassify.audio.errors import AudioError  # noqa: E402

RATE = 22_050
LIMIT_S, LIMIT_MB = 10.0, 500.0
KINDS = ("wav", "au", "flac", "ogg", "opus", "mp3", "m4a", "aiff")


def whole(kind: str, folder: Path, rng: np.random.Generator) -> bytes:
    """A sound of two seconds in one of the formats."""
    y = (0.1 * rng.standard_normal(2 * 24_000)).astype(np.float32)
    path = folder / f"whole.{kind}"
    if kind == "m4a":
        return write_av(path, y, 24_000, codec="aac", container="ipod").read_bytes()
    options = {"format": "OGG", "subtype": "OPUS"} if kind == "opus" else {}
    sf.write(path, y, 24_000, **options)
    return path.read_bytes()


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Change bytes, headers first; cut, double or move a part."""
    out = bytearray(data)
    for _ in range(rng.integers(1, 12)):
        at = int(rng.integers(0, min(len(out), 200) if rng.random() < 0.5 else len(out)))
        out[at] = int(rng.choice([0, 0x7F, 0x80, 0xFF, rng.integers(0, 256)]))
    first, last = sorted(int(place) for place in rng.integers(0, len(out), 2))
    how = rng.integers(0, 5)
    if how == 0:
        del out[last:]
    elif how == 1:
        del out[first:last]
    elif how == 2:
        out[last:last] = out[first:last]
    return bytes(out) or b"\0"


def wav(rate: int = RATE, channels: int = 1, bits: int = 16, tag: int = 1, said: int | None = None) -> bytes:
    """A wav of a second whose head says what it is told to."""
    data = bytes(2 * RATE)
    head = struct.pack(
        "<HHIIHH", tag, channels, rate, rate * channels * bits // 8 & 0xFFFFFFFF, channels * bits // 8 & 0xFFFF, bits
    )
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", said or len(data)) + data
    return b"RIFF" + struct.pack("<I", said or len(body)) + body


def crafted() -> Iterator[tuple[str, bytes]]:
    """Files that were made to hurt."""
    yield "says 4 GB", wav(said=0xFFFFFFF0)
    yield "no channels", wav(channels=0)
    yield "65535 channels", wav(channels=65_535)
    yield "2^31 Hz", wav(rate=2**31)
    yield "0 Hz", wav(rate=0)
    yield "0 bits", wav(bits=0)
    for name, value in (("NaN", np.nan), ("infinite", np.inf), ("1e30", 1e30)):
        yield name, written(np.full(RATE, value, np.float32), "WAV", "FLOAT")
    yield "an hour of silence", written(np.zeros(3600 * 8_000, np.int16), "FLAC", "PCM_16", 8_000)
    link = written(np.zeros(800, np.float32), "OGG", "VORBIS", 8_000)
    yield "1000 links", link * 1000
    yield "ogg of first pages", link[:58] * 5000
    yield "id3 in id3", b"ID3\4\0\0\0\0\0\x0a" * 5000 + wav()
    yield "id3 beyond the end", b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(5000)
    yield "mp4 within mp4", mp4(b"moov", 2000) + bytes(1000)
    yield "mp4 of nothing", struct.pack(">I4s", 8, b"ftyp") + struct.pack(">I4s", 1, b"moov") + bytes(8)
    yield "matroska of nothing", b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff" + b"\xec\x80" * 50_000


def mp4(name: bytes, depth: int) -> bytes:
    """Containers in containers."""
    data = b""
    for _ in range(depth):
        data = struct.pack(">I4s", len(data) + 8, name) + data
    return struct.pack(">I4s4s4x", 16, b"ftyp", b"M4A ") + data


def written(y: np.ndarray, form: str, subtype: str, rate: int = RATE) -> bytes:
    """The bytes of a sound file."""
    file = io.BytesIO()
    sf.write(file, y, rate, format=form, subtype=subtype)
    return file.getvalue()


def outcome(path: Path) -> tuple[str, float, float]:
    """What became of a file; the processor's seconds and the megabytes (at most so far) of the process that read it."""
    before = _used()
    started = time.monotonic()
    try:
        samples = sum(map(len, isolated.stream(path)))
        said = "heard" if samples else "nothing said"
    except AudioError as error:
        said = "decoder brought down" if error.reason.startswith(("brings", "keeps")) else "refused"
    after = _used()
    seconds = after[0] - before[0] if before and after and after[0] >= before[0] else time.monotonic() - started
    return said, seconds, after[1] if after else 0.0


def _used() -> tuple[float, float] | None:
    """Processor seconds and most megabytes of the idle decoding process, where the system tells (Linux)."""
    try:
        (process,) = isolated._idle
        fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        status = Path(f"/proc/{process.pid}/status").read_text()
        most = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return (int(fields[11]) + int(fields[12])) / 100, int(most.split()[1]) / 1024
    except (OSError, ValueError, StopIteration):
        return None


def run(mutations: int, seed: int) -> tuple[Counter[str], float, float, list[str]]:
    """Decode them all: counts, the longest seconds, the most megabytes, and what went beyond the limits."""
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    longest, most, wrong = 0.0, 0.0, []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        originals = {kind: whole(kind, folder, rng) for kind in KINDS}
        files = [(f"{KINDS[k % 8]} {k}", mutated(originals[KINDS[k % 8]], rng)) for k in range(mutations)]
        for name, data in [*files, *crafted()]:
            path = folder / "hostile"
            path.write_bytes(data)
            said, seconds, megabytes = outcome(path)
            counts[said] += 1
            longest, most = max(longest, seconds), max(most, megabytes)
            if seconds > LIMIT_S or megabytes > LIMIT_MB or said == "nothing said":
                wrong.append(f"{name} (seed {seed}): {said}, {seconds:.1f} s, {megabytes:.0f} MB")
    isolated.close()
    return counts, longest, most, wrong


def main() -> int:
    """Run the long form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=17)
    options = parser.parse_args()
    counts, longest, most, wrong = run(options.mutations, options.seed)
    print(", ".join(f"{said} {n}" for said, n in counts.most_common()))
    print(f"longest {longest:.2f} s, most {most:.0f} MB")
    print("\n".join(wrong) or "all within the limits")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
