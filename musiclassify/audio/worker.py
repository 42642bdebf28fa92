"""A decoding process of `isolated`: reads songs, so that a crash or a hang takes nothing else along.

One line of JSON on standard input asks for one song::

    {"path": ..., "sample_rate": 22050, "block_s": 10.0}

The answer on standard output is a line of JSON for each block and, after it, that many float32 samples in the
machine's order; then one line without samples, or one with what is wrong::

    {"samples": 220500, "heard": {...}}  <bytes>
    {"heard": {...}}        or        {"error": ["DecodeError", reason, advice]}

A line with ``above_s`` asks for pieces of a song in place of the whole (see `seeking`). The answer is one line, with
its length; then each line ``{"first": ..., "last": ...}`` is answered by a block or ``{"lost": true}``, until ``{}``::

    {"length": 72765000, "heard": {...}}        or        {"length": null, "heard": {...}}, and nothing follows

It ends with its standard input, in the middle of a song too.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, BinaryIO

import numpy as np

from .decode import stream
from .errors import AudioError, DecodeError
from .heard import Heard
from .seeking import LostError, seeker

__all__ = ["main"]


Say = Callable[..., None]
Tasks = queue.SimpleQueue[bytes]


def _serve(tasks: Tasks, out: BinaryIO) -> None:
    """Decode one song, or pieces of it, into ``out``."""
    task = json.loads(tasks.get())

    def say(samples: np.ndarray | None = None, **fields: object) -> None:
        length = {} if samples is None else {"samples": len(samples)}
        out.write(json.dumps(length | fields).encode() + b"\n")
        if samples is not None:
            out.write(samples.data)
        out.flush()

    try:
        _pieces(task, tasks, say) if "above_s" in task else _whole(task, say)
    except AudioError as error:
        say(error=[type(error).__name__, error.reason, error.advice])
    except MemoryError:
        say(error=[DecodeError.__name__, "asks for more memory than it may have", DecodeError.advice])
    except BrokenPipeError:
        raise
    except Exception as error:  # whatever a damaged file brings about: its row says so, and the next song is read
        say(error=[DecodeError.__name__, f"cannot be decoded ({type(error).__name__}: {error})", DecodeError.advice])


def _whole(task: dict[str, Any], say: Say) -> None:
    heard = Heard()
    for block in stream(task["path"], sample_rate=task["sample_rate"], block_s=task["block_s"], heard=heard):
        say(block, heard=asdict(heard))
    say(heard=asdict(heard))


def _pieces(task: dict[str, Any], tasks: Tasks, say: Say) -> None:
    heard = Heard()
    with seeker(task["path"], sample_rate=task["sample_rate"], above_s=task["above_s"], heard=heard) as found:
        say(length=None if found is None else found.samples, heard=asdict(heard))
        while found is not None and (wanted := json.loads(tasks.get())):
            try:
                say(np.ascontiguousarray(found.read(wanted["first"], wanted["last"])))
            except LostError:
                say(lost=True)


def _confine(memory: int) -> None:
    """Bound what this process may take, where the system knows how to."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def main() -> None:
    """Serve songs until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the keyboard's; who started this process ends it
    out = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)  # whatever a codec prints goes to standard error
    _confine(int(sys.argv[2]))
    tasks: Tasks = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin.buffer:
            tasks.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        try:
            _serve(tasks, out)
        except BrokenPipeError:
            os._exit(0)
