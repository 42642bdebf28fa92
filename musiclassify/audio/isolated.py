"""Decode in a process of its own, so that the crash of a C library costs one song and not the run.

`stream` is `decode.stream` but for that. Its processes (see `worker`) are started as they are needed, one for each song
that is decoded at the same time, kept for the next songs, and end with this process, however that ends.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from . import decode, errors
from .errors import AudioError, DecodeError
from .heard import Heard
from .source import Source, name_of

__all__ = ["close", "stream"]

STALL_S = 60.0
"""A process that gives nothing for so many seconds is ended, and its song an error."""

MEMORY = 4 << 30
"""Bytes of address space that a process may take, where that can be set; libraries take much of the first."""

_PIPE = 1 << 20

_START = "import sys; sys.path.insert(0, sys.argv[1]); from musiclassify.audio import worker; worker.main()"


def stream(
    source: Source, *, sample_rate: int = decode.SAMPLE_RATE, block_s: float = 10.0, heard: Heard | None = None
) -> Iterator[np.ndarray]:
    """Decode a sound block by block in another process; parameters, blocks and errors as of `decode.stream`.

    A file object is decoded in this process, and so is everything where no other process can be started.

    Raises
    ------
    DecodeError
        Also when the sound brings its decoder down, or keeps it still for `STALL_S`.
    """
    decode.check(sample_rate, block_s)
    process = _take() if isinstance(source, str | os.PathLike) else None
    if process is None:
        yield from decode.stream(source, sample_rate=sample_rate, block_s=block_s, heard=heard)
        return
    whole = False
    try:
        yield from process.blocks(source, sample_rate, block_s, heard or Heard())
        whole = True
    except _AnsweredError as error:
        whole = True
        raise error.error from None
    finally:
        _give_back(process, whole)


class _AnsweredError(Exception):
    """The process says itself what is wrong, and is ready for the next song."""

    def __init__(self, error: AudioError) -> None:
        super().__init__()
        self.error = error


class _Process:
    """One decoding process; see `worker` for what it says."""

    def __init__(self) -> None:
        root = Path(__file__).resolve().parents[2]
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, str(root), str(MEMORY)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        with contextlib.suppress(ImportError, AttributeError, OSError):
            import fcntl

            fcntl.fcntl(self._child.stdout, fcntl.F_SETPIPE_SZ, _PIPE)

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    @property
    def pid(self) -> int:
        return self._child.pid

    def blocks(self, source: str | os.PathLike[str], rate: int, block_s: float, heard: Heard) -> Iterator[np.ndarray]:
        name, given = name_of(source), 0
        task = {"path": os.path.abspath(source), "sample_rate": rate, "block_s": block_s}
        try:
            self._child.stdin.write(json.dumps(task).encode() + b"\n")
            self._child.stdin.flush()
            while True:
                with self._watched(name):
                    said, block = self._hear()
                if "error" in said:
                    kind, reason, advice = said["error"]
                    raise _AnsweredError(getattr(errors, kind, DecodeError)(name, reason, advice))
                vars(heard).update(said["heard"])
                if block is None:
                    return
                given += len(block)
                yield block
        except (EOFError, BrokenPipeError) as error:
            reason = f"brings its decoder down ({self._end()}) after {given / rate:.0f} s"
            raise DecodeError(name, reason, "convert it to wav with another program, or leave it out") from error

    def _hear(self) -> tuple[dict[str, Any], np.ndarray | None]:
        line = self._child.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        said = json.loads(line)
        if "samples" not in said:
            return said, None
        block = np.empty(said["samples"], dtype=np.float32)
        view = memoryview(block).cast("B")
        at = 0
        while at < len(view):
            got = self._child.stdout.readinto(view[at:])
            if not got:
                raise EOFError
            at += got
        return said, block

    @contextlib.contextmanager
    def _watched(self, name: str) -> Iterator[None]:
        """End the process when what is waited for does not come."""
        late = threading.Event()
        timer = threading.Timer(STALL_S, lambda: (late.set(), self._child.kill()))
        timer.daemon = True
        timer.start()
        try:
            yield
        except EOFError as error:
            if late.is_set():
                raise DecodeError(name, f"keeps its decoder still (waited {STALL_S:g} s)") from error
            raise
        finally:
            timer.cancel()

    def _end(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._child.wait(5)
            if code < 0:
                with contextlib.suppress(ValueError):
                    return signal.Signals(-code).name
            return f"exit {code}"
        return "no answer"

    def close(self) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


_idle: list[_Process] = []
_lock = threading.Lock()


def _take() -> _Process | None:
    """Give an idle process or a new one; None where none can be started."""
    while True:
        with _lock:
            process = _idle.pop() if _idle else None
        if process is None:
            try:
                return _Process() if sys.executable else None
            except OSError:
                return None
        if process.alive:
            return process
        process.close()


def _give_back(process: _Process, whole: bool) -> None:
    if whole:
        with _lock:
            _idle.append(process)
    else:
        process.close()


def close() -> None:
    """End the processes that are idle."""
    with _lock:
        ended, _idle[:] = list(_idle), []
    for process in ended:
        process.close()


def _forget() -> None:
    """In a fork: the processes are the parent's."""
    global _lock
    _lock = threading.Lock()
    _idle.clear()


atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
