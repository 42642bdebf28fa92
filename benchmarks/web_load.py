"""How the web server bears a crowd: 64 uploads from 16 clients, on loopback: ``python -m benchmarks.web_load``.

Starts a server of its own (``python -m musiclassify.web``) on a free port of 127.0.0.1, sends songs whose answers are
known from `musiclassify.released`, and reports throughput, latency, refusals (503, sent again after Retry-After) and
the memory of the server with its decoding processes. Any wrong, mixed or lost answer is a failure (exit 1).
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from musiclassify import released

ROOT = Path(__file__).resolve().parents[1]
MAX_UPLOADS = 1000
TOLERANCE = 1e-4
"""By how much a probability may differ from the one that `released` gives (sums in another order)."""


@dataclass(frozen=True)
class Reply:
    """What came back for one upload: seconds from the first try to the answer, and how often it was told to wait."""

    song: int
    status: int
    seconds: float
    refused: int
    document: dict


def make_songs(count: int, seconds: float) -> list[bytes]:
    """Songs that differ from each other: chords of their own in noise, as Ogg Vorbis at 44.1 kHz."""
    songs = []
    for k in range(count):
        rng = np.random.default_rng(k)
        n = round((seconds + 3 * (k % 4)) * 44_100)
        t = np.arange(n) / 44_100
        y = sum(0.2 * np.sin(2 * np.pi * hz * t) for hz in rng.uniform(80, 4000, 4)) + 0.02 * rng.standard_normal(n)
        buffer = io.BytesIO()
        with sf.SoundFile(buffer, "w", 44_100, 1, format="OGG", subtype="VORBIS") as file:
            for start in range(0, n, 44_100):
                file.write(0.7 * y[start : start + 44_100] / np.abs(y).max())
        songs.append(buffer.getvalue())
    return songs


def send(port: int, model: str, song: bytes, number: int) -> Reply:
    """Upload a song until the server takes it."""
    head = f'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n{model}\r\n'
    head += '--b\r\nContent-Disposition: form-data; name="file"; filename="song"\r\n\r\n'
    body = head.encode() + song + b"\r\n--b--\r\n"
    begun = time.perf_counter()
    refused = 0
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        connection.request("POST", "/api/v1/classify", body, {"Content-Type": "multipart/form-data; boundary=b"})
        response = connection.getresponse()
        document = json.loads(response.read())
        wait = response.getheader("Retry-After")
        connection.close()
        if response.status != 503 or refused == 100:
            break
        refused += 1
        time.sleep(int(wait or 1))
    return Reply(number, response.status, time.perf_counter() - begun, refused, document)


def resident_mb(pid: int) -> float:
    """Resident memory of a process and its children, MB (Linux; 0 elsewhere)."""
    total = 0.0
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) / 1024
    except OSError:
        return 0.0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            children += (thread / "children").read_text().split()
        except OSError:
            continue
    return total + sum(resident_mb(int(child)) for child in set(children))


def run(model: str | None, uploads: int, clients: int, seconds: float, models: Path | None) -> dict[str, object]:
    """Start a server, load it, compare every answer; the figures as a dict."""
    songs = make_songs(8, seconds)
    reference = released.load(models / model if models and model else model)
    expected = [reference.classify(io.BytesIO(song)) for song in songs]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "musiclassify.web", "--port", str(port), "--quiet"]
    server = subprocess.Popen(command + (["--models", str(models)] if models else []), cwd=ROOT)
    peak = [0.0]
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.2):
            peak[0] = max(peak[0], resident_mb(server.pid))

    try:
        _await(port, server)
        threading.Thread(target=watch, daemon=True).start()
        begun = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            replies = list(
                pool.map(lambda k: send(port, reference.name, songs[k % len(songs)], k % len(songs)), range(uploads))
            )
        wall = time.perf_counter() - begun
    finally:
        stop.set()
        server.terminate()
        server.wait(10)
    wrong = sum(not _right(reply, expected[reply.song]) for reply in replies)
    times = np.sort([reply.seconds for reply in replies])
    return {
        "model": reference.name,
        "uploads": uploads,
        "clients": clients,
        "wrong_or_lost": wrong,
        "told_to_wait": sum(reply.refused for reply in replies),
        "songs_a_second": round(uploads / wall, 2),
        "seconds_of_sound_a_second": round(sum(e.duration_s for e in (expected[r.song] for r in replies)) / wall),
        "p50_s": round(float(np.quantile(times, 0.5)), 2),
        "p95_s": round(float(np.quantile(times, 0.95)), 2),
        "peak_resident_mb": round(peak[0]),
    }


def _right(reply: Reply, expected: released.Answer) -> bool:
    if reply.status != 200 or reply.document.get("genre") != expected.genre:
        return False
    found = reply.document["probabilities"]
    return all(abs(found[genre] - p) <= TOLERANCE for genre, p in expected.probabilities.items())


def _await(port: int, server: subprocess.Popen) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode} before it answered")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not answer within 30 s")


def main(argv: list[str] | None = None) -> int:
    """Print the figures as JSON; 1 when an answer was wrong, 2 for a wrong option."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.web_load", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--model", help="released model to load the server with (default: the default one)")
    parser.add_argument("--models", type=Path, help="folder of released models (default: models/released)")
    parser.add_argument("--uploads", type=int, default=64, help=f"uploads in all, at most {MAX_UPLOADS}")
    parser.add_argument("--clients", type=int, default=16, help="clients at a time, at most 64")
    parser.add_argument("--seconds", type=float, default=25.0, help="length of the shortest song, 1 to 300 s")
    options = parser.parse_args(argv)
    if not (1 <= options.uploads <= MAX_UPLOADS and 1 <= options.clients <= 64 and 1 <= options.seconds <= 300):
        parser.error("--uploads, --clients or --seconds is out of its range (see --help)")
    figures = run(options.model, options.uploads, options.clients, options.seconds, options.models)
    print(json.dumps(figures, indent=2))
    return 1 if figures["wrong_or_lost"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
