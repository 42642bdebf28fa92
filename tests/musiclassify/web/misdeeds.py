"""Visitors who behave badly, many at once, and a good client who counts how long it waits.

``python tests/musiclassify/web/misdeeds.py http://127.0.0.1:5000 --visitors 1000`` asks a server of yours on this
machine; the tests ask one of their own with fewer visitors. Half of them hold what they opened until the end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

BOUNDARY = "good"
OWN = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"]
"""Addresses the visitors come from; all of them lead to this machine (on Linux)."""


@dataclass
class Report:
    """What came of it: visitors by kind, statuses they got, the good client's waits in seconds, what it missed."""

    visitors: Counter = field(default_factory=Counter)
    statuses: Counter = field(default_factory=Counter)
    waits: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def slowest(self) -> dict[str, float]:
        """The longest wait for each thing the good client asked."""
        return {path: round(max(waits), 2) for path, waits in self.waits.items()}


def _head(method: str, path: str, host: str, **headers: object) -> bytes:
    named = {"Host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _song(host: str, length: int, **headers: object) -> bytes:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return _head("POST", "/api/v1/classify", host, Content_Type=kind, Content_Length=length, **headers)


class Visitors:
    """Many connections to one server, each with a way of its own to misbehave."""

    def __init__(self, url: str, report: Report, until: float) -> None:
        self.address = urlsplit(url)
        self.host = self.address.netloc
        self.report, self.until = report, until
        self.ways: list[Callable] = [
            self.say_nothing,
            self.half_a_head,
            self.drop_a_head,
            self.drop_a_body,
            self.break_off,
            self.come_too_large,
            self.come_from_elsewhere,
            self.ask_for_another,
            self.talk_nonsense,
            self.do_not_listen,
        ]

    async def visit(self, number: int, after: float) -> None:
        """Come after a while and misbehave in the way of that number."""
        await asyncio.sleep(after)
        way = self.ways[number % len(self.ways)]
        self.report.visitors[way.__name__] += 1
        with contextlib.suppress(OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            local = (OWN[number % len(OWN)], 0) if sys.platform == "linux" else None
            reader, writer = await asyncio.open_connection(self.address.hostname, self.address.port, local_addr=local)
            try:
                await way(reader, writer)
            finally:
                writer.close()

    async def _hold(self, writer: asyncio.StreamWriter, drop: bytes = b"", every: float = 1.0) -> None:
        while time.monotonic() < self.until:
            if drop:
                writer.write(drop)
                await writer.drain()
            await asyncio.sleep(every)

    async def _status(self, reader: asyncio.StreamReader) -> None:
        line = await asyncio.wait_for(reader.readline(), 10)
        if line:
            self.report.statuses[int(line.split()[1])] += 1

    async def say_nothing(self, reader, writer) -> None:
        await self._hold(writer)

    async def half_a_head(self, reader, writer) -> None:
        writer.write(b"GET / HTTP/1.1\r\nHost: ")
        await self._hold(writer)

    async def drop_a_head(self, reader, writer) -> None:
        writer.write(b"GET / HTTP/1.1\r\nX: ")
        await self._hold(writer, b"x")

    async def drop_a_body(self, reader, writer) -> None:
        writer.write(_song(self.host, 10_000_000))
        await self._hold(writer, b"x" * 10)

    async def break_off(self, reader, writer) -> None:
        writer.write(_song(self.host, 2_000_000) + b"x" * 700_000)
        await writer.drain()
        writer.transport.abort()

    async def come_too_large(self, reader, writer) -> None:
        writer.write(_song(self.host, 5 * 2**30))
        await self._status(reader)

    async def come_from_elsewhere(self, reader, writer) -> None:
        writer.write(_song(self.host, 5, Origin="https://elsewhere.example", Connection="close") + b"xxxxx")
        await self._status(reader)

    async def ask_for_another(self, reader, writer) -> None:
        writer.write(_head("GET", "/api/v1/models", "elsewhere.example", Connection="close"))
        await self._status(reader)

    async def talk_nonsense(self, reader, writer) -> None:
        writer.write(random.Random(0).randbytes(3000) + b"\r\n\r\n")
        await self._status(reader)

    async def do_not_listen(self, reader, writer) -> None:
        reader._limit = 0  # read as little as can be
        writer.write(_head("GET", "/static/app.css", self.host) * 20)
        await self._hold(writer)


def good_client(url: str, song: bytes, report: Report, stop: threading.Event) -> None:
    """Ask for the page, the health and a song's genre, again and again, each on a connection of its own."""
    form = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'.encode()
    body = form + song + f"\r\n--{BOUNDARY}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    asked = [("GET", "/healthz", None, {}), ("GET", "/", None, {}), ("POST", "/api/v1/classify", body, kind)]
    while not stop.is_set():
        for method, path, content, headers in asked:
            begun = time.monotonic()
            try:
                connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
                connection.request(method, path, content, headers)
                status = connection.getresponse().status
                connection.close()
                if status != 200:
                    report.failures.append(f"{method} {path}: {status}")
            except OSError as error:
                report.failures.append(f"{method} {path}: {error!r}")
            report.waits.setdefault(path, []).append(time.monotonic() - begun)
        stop.wait(0.1)


def misbehave(url: str, song: bytes, *, visitors: int, seconds: float) -> Report:
    """Let visitors come over two thirds of the time; a good client asks from the beginning to the end.

    Parameters
    ----------
    url : str
    song : bytes
        What the good client sends.
    visitors : int
    seconds : float
    """
    report, stop = Report(), threading.Event()
    client = threading.Thread(target=good_client, args=(url, song, report, stop))
    client.start()

    async def run() -> None:
        crowd = Visitors(url, report, time.monotonic() + seconds)
        after = [0.66 * seconds * k / visitors for k in range(visitors)]
        await asyncio.gather(*(crowd.visit(k, after[k]) for k in range(visitors)))

    misdoers = threading.Thread(target=lambda: asyncio.run(run()))  # a loop of their own, whatever runs here already
    misdoers.start()
    misdoers.join()
    stop.set()
    client.join()
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--song", type=argparse.FileType("rb"), required=True, help="what the good client sends")
    parser.add_argument("--visitors", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    report = misbehave(options.url, options.song.read(), visitors=options.visitors, seconds=options.seconds)
    asked = {path: len(waits) for path, waits in report.waits.items()}
    told = {"asked": asked, "slowest_s": report.slowest(), "failures": Counter(report.failures)}
    print(json.dumps({"visitors": report.visitors, "statuses": report.statuses} | told, indent=1))


if __name__ == "__main__":
    main()
