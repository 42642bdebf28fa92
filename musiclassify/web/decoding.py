"""The server's side of decoding: a few processes, a short queue before them, a time limit on each song."""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from musiclassify.audio.excerpts import Excerpt, Rule

from .problems import ProblemError

__all__ = ["Decoders", "Gate", "Song"]

ROOT = Path(__file__).resolve().parents[2]


class Gate:
    """Lets ``size`` at a time in, has ``waiting`` more wait up to ``wait_s`` seconds, sends the rest away."""

    def __init__(self, size: int, waiting: int, wait_s: float) -> None:
        self._free = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._waiting = 0
        self._inside = 0
        self._size, self._limit, self._wait_s = size, waiting, wait_s

    @property
    def inside(self) -> int:
        """How many are in."""
        return self._inside

    @contextlib.contextmanager
    def enter(self) -> Iterator[None]:
        """Hold a place.

        Raises
        ------
        ProblemError
            ``busy``, with the seconds after which to try again.
        """
        if not self._free.acquire(blocking=False):
            with self._lock:
                if self._waiting >= self._limit:
                    raise self._busy()
                self._waiting += 1
            try:
                if not self._free.acquire(timeout=self._wait_s):
                    raise self._busy()
            finally:
                with self._lock:
                    self._waiting -= 1
        with self._lock:
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
            self._free.release()

    def _busy(self) -> ProblemError:
        seconds = 1 + math.ceil(self._waiting / self._size)
        return ProblemError("busy", f"Try again in {seconds} seconds.", retry_after=seconds)


class _Process:
    """One decoding process; see `musiclassify.web.decoder` for what it says."""

    def __init__(self, memory: int) -> None:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "musiclassify.web.decoder", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=environment,
        )

    def ask(self, task: Mapping[str, Any]) -> None:
        self._child.stdin.write(json.dumps(task).encode() + b"\n")
        self._child.stdin.flush()

    def line(self) -> dict[str, Any]:
        """The next thing it says.

        Raises
        ------
        EOFError
            It has ended.
        """
        line = self._child.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        return json.loads(line)

    def samples(self, n: int) -> np.ndarray:
        samples = np.empty(n, dtype="<f4")
        view = memoryview(samples).cast("B")
        at = 0
        while at < len(view):
            got = self._child.stdout.readinto(view[at:])
            if not got:
                raise EOFError
            at += got
        return samples

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def kill(self) -> None:
        self._child.kill()

    def close(self) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


class Song:
    """A song that is being decoded.

    Attributes
    ----------
    duration_s : float
        Length in seconds, known when all excerpts are read.
    declared_s : float or None
        Length that a file says which could not be decoded whole; known then too.
    warning : str
        What could not be decoded, in a line; empty where nothing is missing.
    """

    def __init__(self, process: _Process) -> None:
        self._process = process
        self.duration_s = 0.0
        self.declared_s: float | None = None
        self.warning = ""

    def excerpts(self) -> Iterator[Excerpt]:
        """Yield the excerpts, one in memory at a time.

        Raises
        ------
        ProblemError
            The file is no sound, or too long.
        """
        while True:
            ((kind, fields),) = self._process.line().items()
            if kind == "problem":
                raise ProblemError(**fields)
            if kind == "done":
                vars(self).update(fields)
                return
            yield Excerpt(fields["start_s"], fields["end_s"], self._process.samples(fields["samples"]))


class Decoders:
    """A bounded number of decoding processes, started as they are needed and kept."""

    def __init__(self, gate: Gate, *, limit_s: float, max_duration_s: float, memory: int) -> None:
        self.gate = gate
        self._limit_s, self._max_duration_s, self._memory = limit_s, max_duration_s, memory
        self._idle: list[_Process] = []
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def open(self, path: Path, rule: Rule, sample_rate: int) -> Iterator[Song]:
        """Decode the file at ``path`` in a process of its own.

        Raises
        ------
        ProblemError
            ``busy``; ``time-limit`` when the song takes longer than it may; ``not-audio`` when it brings
            its process down.
        """
        with self.gate.enter():
            process = self._take()
            late = threading.Event()
            timer = threading.Timer(self._limit_s, lambda: (late.set(), process.kill()))
            timer.daemon = True
            timer.start()
            whole = False
            try:
                process.ask(
                    {
                        "path": str(path),
                        "rule": asdict(rule),
                        "sample_rate": sample_rate,
                        "max_duration_s": self._max_duration_s,
                    }
                )
                yield Song(process)
                whole = True
            except ProblemError as error:
                whole = error.code in (
                    "not-audio",
                    "empty",
                    "too-long",
                )  # it said so itself and is ready again
                raise
            except (EOFError, BrokenPipeError) as error:
                if late.is_set():
                    detail = f"It may take {self._limit_s:g} seconds; send a shorter song or another format."
                    raise ProblemError("time-limit", detail) from error
                raise ProblemError("not-audio", "The file brought its decoder down; send another format.") from error
            finally:
                timer.cancel()
                if whole and not late.is_set():
                    with self._lock:
                        self._idle.append(process)
                else:
                    process.close()

    def _take(self) -> _Process:
        while True:
            with self._lock:
                process = self._idle.pop() if self._idle else None
            if process is None:
                return _Process(self._memory)
            if process.alive:
                return process
            process.close()

    def close(self) -> None:
        """End the processes that are idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.close()
