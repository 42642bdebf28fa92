"""A decoding process: reads songs that strangers sent, so that a crash or a hang takes nothing else along.

Runs as ``python -m musiclassify.web.decoder``. One line of JSON on standard input asks for one song::

    {"path": ..., "rule": {...}, "sample_rate": 22050, "max_duration_s": 3600}

The answer on standard output is a line of JSON and, after ``excerpt`` lines, that many float32 samples::

    {"excerpt": {"start_s": 30.0, "end_s": 60.0, "samples": 661500}}  <bytes>
    {"done": {"duration_s": 18.0, "declared_s": 147.0, "warning": "only ..."}}
    {"problem": {"code": ..., "detail": ...}}        in its place

It ends with its standard input.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import numpy as np

from musiclassify.audio.decode import stream
from musiclassify.audio.errors import AudioError, EmptyAudioError
from musiclassify.audio.excerpts import Rule, excerpts
from musiclassify.audio.heard import Heard


class _TooLongError(Exception):
    pass


class _Meter:
    """Counts the samples that pass."""

    def __init__(self, limit: int) -> None:
        self.samples = 0
        self._limit = limit

    def watch(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for block in blocks:
            self.samples += len(block)
            if self.samples > self._limit:
                raise _TooLongError
            yield block


def serve(task: dict[str, Any], out: BinaryIO) -> None:
    """Decode one song and write its excerpts to ``out``."""

    def say(kind: str, **fields: object) -> None:
        out.write(json.dumps({kind: fields}).encode() + b"\n")

    rate = task["sample_rate"]
    meter, heard = _Meter(int(task["max_duration_s"] * rate)), Heard()
    try:
        blocks = meter.watch(stream(task["path"], sample_rate=rate, heard=heard))
        for excerpt in excerpts(blocks, Rule(**task["rule"]), rate):
            samples = np.ascontiguousarray(excerpt.samples, dtype="<f4")
            say("excerpt", start_s=excerpt.start_s, end_s=excerpt.end_s, samples=len(samples))
            out.write(samples.data)
        warning = heard.warning()
        declared_s = heard.declared_s if warning else None
        say("done", duration_s=meter.samples / rate, declared_s=declared_s, warning=warning)
    except _TooLongError:
        minutes = task["max_duration_s"] / 60
        say("problem", code="too-long", detail=f"At most {minutes:g} minutes are taken; send a part of it.")
    except AudioError as error:
        code = "empty" if isinstance(error, EmptyAudioError) else "not-audio"
        reason = error.reason.replace(task["path"], "the file")
        say("problem", code=code, detail=f"The file {reason}; {error.advice}.")
    except MemoryError:
        say("problem", code="not-audio", detail="The file asks for more memory than it may have.")
    out.flush()


def _confine(memory: int) -> None:
    """Bound what this process may take, where the system knows how to."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def main() -> None:
    """Serve tasks until standard input ends."""
    out = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)  # whatever a codec prints goes to standard error
    _confine(int(sys.argv[1]))
    for line in sys.stdin.buffer:
        try:
            serve(json.loads(line), out)
        except BrokenPipeError:
            return


if __name__ == "__main__":
    main()
