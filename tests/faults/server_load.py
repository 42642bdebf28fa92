"""The server at the load that it accepts, with bad company, for as long as is asked; and a restart in the middle.

``python tests/faults/server_load.py --minutes 10 --folder MODELS`` starts a server of its own on 127.0.0.1. Good
clients upload songs whose answers are known; slow readers, aborted uploads, half-open connections and some 500 bad
requests a minute come beside them (`misdeeds`). It prints how many answers came, the median and 95th percentile of the
waits, and by how much the server's own memory grew per hour: a line fitted to the second half (its decoding processes,
which come and go, are in the figure of most memory, not in the line). Exit status 1: an answer was wrong, mixed up or
lost, memory grew by more than 60 MB an hour (over ten minutes; less time tells little), or an upload met the restart
and was told neither its answer nor that the connection ended.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "musiclassify" / "web")]

from misdeeds import misbehave  # noqa: E402

from benchmarks.web_load import TOLERANCE, make_songs, resident_mb, send  # noqa: E402
from musiclassify import released  # noqa: E402

GROWTH_MB_H = 60.0
BAD_A_MINUTE = 500


@dataclass
class Load:
    """What came of it."""

    waits: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    memory: list[tuple[float, float, float]] = field(default_factory=list)
    bad: Counter = field(default_factory=Counter)
    restart: Counter = field(default_factory=Counter)

    def growth(self) -> float:
        """MB an hour, by a line through the second half of the record of the server's own memory."""
        at = np.array(self.memory)
        late = at[at[:, 0] >= at[-1, 0] / 2]
        return float(np.polyfit(late[:, 0], late[:, 2], 1)[0] * 3600) if len(late) > 10 else 0.0


class Server:
    """A server in a process of its own, which can be started again on the same port."""

    def __init__(self, models: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._command = [sys.executable, "-m", "musiclassify.web", "--port", str(self.port), "--quiet"]
        self._command += ["--models", str(models)]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, cwd=ROOT, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 120
        while time.monotonic() < end and self.process.poll() is None:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the server does not answer")

    def end(self, how: int = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(60)


def right(document: dict, expected: released.Answer) -> bool:
    """Whether an answer is the one that this song has."""
    found = document.get("probabilities", {})
    return document.get("genre") == expected.genre and all(
        abs(found.get(genre, 9) - p) <= TOLERANCE for genre, p in expected.probabilities.items()
    )


def run(models: Path, *, seconds: float, clients: int, song_s: float) -> Load:
    """Load a server for a while, then restart it under load.

    Parameters
    ----------
    models : path
        A folder of released models.
    seconds : float
    clients : int
        Good ones, each with one upload at a time.
    song_s : float
        Length of the shortest song, seconds.
    """
    songs = make_songs(8, song_s)
    model = released.load(next(path for path in sorted(models.iterdir()) if (path / "config.json").is_file()))
    expected = [model.classify(_file(song)) for song in songs]
    server, load, stop = Server(models), Load(), threading.Event()
    try:
        began = time.monotonic()
        threads = [threading.Thread(target=_client, args=(k, server, model.name, songs, expected, load, stop))
                   for k in range(clients)]  # fmt: skip
        threads.append(threading.Thread(target=_watch, args=(server, load, stop, began)))
        for thread in threads:
            thread.start()
        while (left := seconds - (time.monotonic() - began)) > 1:
            part = min(60.0, left)
            visitors = max(10, int(BAD_A_MINUTE * part / 60))
            report = misbehave(f"http://127.0.0.1:{server.port}", songs[0], visitors=visitors, seconds=part)
            load.bad.update(report.visitors)
            load.wrong += [f"while visitors misbehaved: {failure}" for failure in report.failures]
        stop.set()
        for thread in threads:
            thread.join()
        _restart(server, model.name, songs, expected, load)
    finally:
        stop.set()
        server.end(signal.SIGKILL)
    return load


def _file(song: bytes):
    import io

    return io.BytesIO(song)


def _client(number: int, server: Server, name: str, songs, expected, load: Load, stop: threading.Event) -> None:
    turn = number
    while not stop.is_set():
        song = turn % len(songs)
        try:
            reply = send(server.port, name, songs[song], song)
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
            load.wrong.append(f"lost: {error!r}")
        else:
            if reply.status != 200 or not right(reply.document, expected[song]):
                load.wrong.append(f"song {song}: {reply.status} {reply.document.get('genre')}")
            load.waits.append(reply.seconds)
        turn += 1


def _watch(server: Server, load: Load, stop: threading.Event, began: float) -> None:
    while not stop.wait(1.0):
        pid = server.process.pid
        load.memory.append((time.monotonic() - began, resident_mb(pid), _own_mb(pid)))


def _own_mb(pid: int) -> float:
    """Resident memory of one process, MB (Linux; 0 elsewhere)."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, ValueError):
        return 0.0


def _restart(server: Server, name: str, songs, expected, load: Load) -> None:
    """End the server while uploads are under way: each is answered rightly, or its client sees that it was not."""

    def upload(song: int) -> None:
        try:
            reply = send(server.port, name, songs[song], song)
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            load.restart["told that the connection ended"] += 1
            return
        if reply.status == 200 and right(reply.document, expected[song]):
            load.restart["answered"] += 1
        elif reply.status >= 500:
            load.restart["told to come again"] += 1
        else:
            load.wrong.append(f"restart, song {song}: {reply.status} {reply.document.get('genre')}")

    threads = [threading.Thread(target=upload, args=(k % len(songs),)) for k in range(2 * len(songs))]
    for k, thread in enumerate(threads):
        thread.start()
        if k == len(songs):
            time.sleep(0.2)
            server.end()
            server.start()
    for thread in threads:
        thread.join(300)
        if thread.is_alive():
            load.wrong.append("restart: a client still waits after five minutes")


def main() -> int:
    """Run the long form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=25.0, help="length of the shortest song")
    parser.add_argument("--folder", type=Path, default=ROOT / "models" / "released", help="released models")
    options = parser.parse_args()
    load = run(options.folder, seconds=60 * options.minutes, clients=options.clients, song_s=options.seconds)
    told = {
        "answers": len(load.waits),
        "wrong_or_lost": len(load.wrong),
        "p50_s": round(float(np.quantile(load.waits, 0.5)), 2),
        "p95_s": round(float(np.quantile(load.waits, 0.95)), 2),
        "bad_visitors": load.bad.total(),
        "memory_mb_most": round(max(every for _, every, _ in load.memory)),
        "own_memory_mb": [round(load.memory[len(load.memory) * k // 4][2]) for k in (1, 2, 3)],
        "growth_mb_an_hour": round(load.growth(), 1),
        "restart": load.restart,
    }
    print(json.dumps(told, indent=1))
    print("\n".join(load.wrong[:20]))
    return 1 if load.wrong or load.growth() > GROWTH_MB_H else 0


if __name__ == "__main__":
    sys.exit(main())
