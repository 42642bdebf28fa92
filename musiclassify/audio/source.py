"""Open what is to be heard: a file, a pipe or a file object, as something that can be rewound."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import IO, BinaryIO

from .errors import DecodeError

__all__ = ["Source", "name_of", "open_source"]

Source = str | os.PathLike[str] | BinaryIO

WRITER_WAIT_S = 10.0
"""How long a named pipe may have nobody who writes to it, seconds."""

BYTES_WAIT_S = 60.0
"""How long who writes to a named pipe may stay silent, seconds."""


def name_of(source: Source) -> str:
    """Name a source for messages: its path, or the name of the stream."""
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "<stream>"


def open_source(source: Source, stack: contextlib.ExitStack) -> IO[bytes]:
    """Open a source at its beginning; what cannot be rewound is first copied to a temporary file.

    Parameters
    ----------
    source : path or binary file object
        A file object is left open.
    stack : ExitStack
        Closes what is opened here.

    Raises
    ------
    DecodeError
        A folder or a device, or a named pipe into which nobody writes for `WRITER_WAIT_S`.
    OSError
        As the system says it.
    """
    if not isinstance(source, str | os.PathLike):
        if source.seekable():
            source.seek(0)
            return source
        return _copied(source, stack)
    kind = Path(source).stat().st_mode
    if stat.S_ISDIR(kind):
        raise DecodeError(source, "is a folder, not a file", "name the files in it")
    if stat.S_ISFIFO(kind):
        return _copied(_Pipe(source, stack), stack)
    if not stat.S_ISREG(kind):
        raise DecodeError(source, "is a device, not a file", "name a sound file")
    return stack.enter_context(open(source, "rb"))


def _copied(file: BinaryIO | _Pipe, stack: contextlib.ExitStack) -> IO[bytes]:
    copy = stack.enter_context(contextlib.closing(tempfile.TemporaryFile()))  # noqa: SIM115
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    return copy


class _Pipe:
    """A named pipe that is waited for a stated time only, first for somebody who writes, then for bytes."""

    def __init__(self, path: str | os.PathLike[str], stack: contextlib.ExitStack) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        stack.callback(os.close, self._file)
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)
        self._begun = False

    def read(self, size: int = 65_536) -> bytes:
        started = time.monotonic()
        while True:
            try:
                data, writer = os.read(self._file, size), False
            except BlockingIOError:
                data, writer = b"", True
            ended = self._begun and not writer
            if data or ended:
                self._begun = True
                return data
            self._begun |= writer
            limit = BYTES_WAIT_S if writer else WRITER_WAIT_S
            left = started + limit - time.monotonic()
            if left <= 0:
                who = "stays silent" if writer else "has nobody who writes to it"
                advice = "start the program that fills it, or name a file"
                raise DecodeError(self._path, f"is a pipe that {who} (waited {limit:g} s)", advice)
            if self._poll.poll(min(left, 0.5) * 1000) and not writer:
                self._begun = True  # somebody writes now, or wrote nothing and went
