"""A decoding process of `isolated`: reads songs, so that a crash or a hang takes nothing else along.

One line of JSON on standard input asks for one song::

    {"path": ..., "sample_rate": 22050, "block_s": 10.0}

The answer on standard output is a line of JSON for each block and, after it, that many float32 samples in the
machine's order; then one line without samples, or one with what is wrong::

    {"samples": 220500, "heard": {...}}  <bytes>
    {"heard": {...}}        or        {"error": ["DecodeError", reason, advice]}

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
from dataclasses import asdict
from typing import Any, BinaryIO

from .decode import stream
from .errors import AudioError, DecodeError
from .heard import Heard

__all__ = ["main"]


def _serve(task: dict[str, Any], out: BinaryIO) -> None:
    """Decode one song into ``out``."""

    def say(**fields: object) -> None:
        out.write(json.dumps(fields).encode() + b"\n")

    heard = Heard()
    try:
        for block in stream(task["path"], sample_rate=task["sample_rate"], block_s=task["block_s"], heard=heard):
            say(samples=len(block), heard=asdict(heard))
            out.write(block.data)
            out.flush()
        say(heard=asdict(heard))
    except AudioError as error:
        say(error=[type(error).__name__, error.reason, error.advice])
    except MemoryError:
        say(error=[DecodeError.__name__, "asks for more memory than it may have", DecodeError.advice])
    except BrokenPipeError:
        raise
    except Exception as error:  # whatever a damaged file brings about: its row says so, and the next song is read
        say(error=[DecodeError.__name__, f"cannot be decoded ({type(error).__name__}: {error})", DecodeError.advice])
    out.flush()


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
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin.buffer:
            tasks.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        try:
            _serve(json.loads(tasks.get()), out)
        except BrokenPipeError:
            os._exit(0)
