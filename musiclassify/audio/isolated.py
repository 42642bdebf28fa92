"""Decode in a process of its own, so that the crash of a C library costs one song and not the run.

`stream` is `decode.stream` and `seeker` is `seeking.seeker` but for that. Its processes (see `worker`) are started as
they are needed, one for each song that is decoded at the same time, kept for the next songs, and end with this process,
however that ends.
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import errors
from .errors import AudioError, DecodeError
from .heard import Heard
from .rates import SAMPLE_RATE, check
from .readers import LostError
from .source import Source, name_of

if TYPE_CHECKING:
    import numpy as np

    from . import seeking

__all__ = ["close", "prepare", "seeker", "stream"]

STALL_S = 60.0
"""A process that gives nothing for so many seconds is ended, and its song an error."""

LEAST_PACE = 1 << 20
"""Bytes a second at which a file's packets are looked through at the least, before its first piece."""

MEMORY = 4 << 30
"""Bytes of address space that a process may take, where that can be set; libraries take much of the first."""

_PIPE = 1 << 20

_START = "import sys; sys.path.insert(0, sys.argv[1]); from musiclassify.audio import worker; worker.main()"


def stream(
    source: Source, *, sample_rate: int = SAMPLE_RATE, block_s: float = 10.0, heard: Heard | None = None
) -> Iterator[np.ndarray]:
    """Decode a sound block by block in another process; parameters, blocks and errors as of `decode.stream`.

    A file object is decoded in this process, and so is everything where no other process can be started.

    Raises
    ------
    DecodeError
        Also when the sound brings its decoder down, or keeps it still for `STALL_S`.
    """
    check(sample_rate, block_s)
    process = _take() if isinstance(source, str | os.PathLike) else None
    if process is None:
        from . import decode

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


@contextlib.contextmanager
def seeker(
    source: Source, *, sample_rate: int = SAMPLE_RATE, above_s: float = 0.0, heard: Heard | None = None
) -> Iterator[Seeker | seeking.Seeker | None]:
    """Open a sound in another process to read pieces of it; parameters and errors as of `seeking.seeker`.

    Raises
    ------
    DecodeError
        Also when the sound brings its decoder down, or keeps it still for `STALL_S`.
    """
    process = _take() if isinstance(source, str | os.PathLike) else None
    if process is None:
        from . import seeking

        with seeking.seeker(source, sample_rate=sample_rate, above_s=above_s, heard=heard) as found:
            yield found
        return
    opened = Seeker(process, name_of(source), sample_rate)
    try:
        yield opened if opened.open(source, above_s, heard or Heard()) else None
    finally:
        _give_back(process, opened.close())


class Seeker:
    """A sound of which another process reads any piece; see `seeking.Seeker`.

    Attributes
    ----------
    samples : int
    """

    def __init__(self, process: _Process, name: str, sample_rate: int) -> None:
        self._process, self._name, self._rate = process, name, sample_rate
        self.samples, self._at, self._open, self._waits, self._more_s = 0, 0, False, True, 0.0

    def open(self, source: str | os.PathLike[str], above_s: float, heard: Heard) -> bool:
        """Tell whether pieces can be had."""
        with contextlib.suppress(OSError):
            self._more_s = os.stat(source).st_size / LEAST_PACE
        said, _ = self._asked(path=os.path.abspath(source), sample_rate=self._rate, above_s=above_s)
        self._more_s = 0.0
        vars(heard).update(said["heard"])
        self.samples, self._open = said["length"] or 0, said["length"] is not None
        return self._open

    def read(self, first: int, last: int) -> np.ndarray:
        """Read the samples from the first to the last-plus-one."""
        self._at = first
        _, block = self._asked(first=first, last=last)
        if block is None:
            raise LostError
        return block

    def close(self) -> bool:
        """Say that this is enough; tell whether the process is ready for another song."""
        if self._waits and self._open:
            self._open = False
            with contextlib.suppress(BrokenPipeError):
                self._process.tell()
        return self._waits

    def _asked(self, **what: object) -> tuple[dict[str, Any], np.ndarray | None]:
        self._waits = False
        with self._process.answering(self._name, lambda: self._at / self._rate):
            self._process.tell(**what)
            try:
                answer = self._process.hear(self._name, self._more_s)
            except _AnsweredError as error:
                self._waits, self._open = True, False
                raise error.error from None
        self._waits = True
        return answer


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
        with self.answering(name, lambda: given / rate):
            self.tell(path=os.path.abspath(source), sample_rate=rate, block_s=block_s)
            while True:
                said, block = self.hear(name)
                vars(heard).update(said["heard"])
                if block is None:
                    return
                given += len(block)
                yield block

    def tell(self, **what: object) -> None:
        self._child.stdin.write(json.dumps(what).encode() + b"\n")
        self._child.stdin.flush()

    @contextlib.contextmanager
    def answering(self, name: str, at_s: Callable[[], float]) -> Iterator[None]:
        """Say so where the process ends in place of an answer."""
        try:
            yield
        except (EOFError, BrokenPipeError) as error:
            reason = f"brings its decoder down ({self._end()}) after {at_s():.0f} s"
            raise DecodeError(name, reason, "convert it to wav with another program, or leave it out") from error

    def hear(self, name: str, more_s: float = 0.0) -> tuple[dict[str, Any], np.ndarray | None]:
        """Take an answer, waiting `STALL_S` and so many seconds more: what was said, and a block if there is one."""
        with self._watched(name, STALL_S + more_s):
            said, block = self._hear()
        if "error" in said:
            kind, reason, advice = said["error"]
            raise _AnsweredError(getattr(errors, kind, DecodeError)(name, reason, advice))
        return said, block

    def _hear(self) -> tuple[dict[str, Any], np.ndarray | None]:
        line = self._child.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        said = json.loads(line)
        if "samples" not in said:
            return said, None
        import numpy as np  # what is above must start a process at once

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
    def _watched(self, name: str, patience_s: float) -> Iterator[None]:
        """End the process when what is waited for does not come."""
        late = threading.Event()
        timer = threading.Timer(patience_s, lambda: (late.set(), self._child.kill()))
        timer.daemon = True
        timer.start()
        try:
            yield
        except EOFError as error:
            if late.is_set():
                raise DecodeError(name, f"keeps its decoder still (waited {patience_s:.3g} s)") from error
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


def prepare() -> None:
    """Start a process for the song to come, where there is none, and do not wait for it."""
    process = _take()
    if process is not None:
        _give_back(process, whole=True)


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
