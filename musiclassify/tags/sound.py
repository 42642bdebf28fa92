"""The coded sound of a file, told apart from its tags."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

from .data import Data, TagError
from .formats import lay_out

__all__ = ["sound_digest"]


class _Part(io.RawIOBase):
    """The bytes of a file from ``start`` to ``stop``, as a file: FFmpeg need not read the tags around them."""

    def __init__(self, data: Data, start: int, stop: int) -> None:
        self._data, self._start, self._size, self._at = data, start, stop - start, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._size - self._at)
        found = self._data.read(self._start + self._at, left if size < 0 else min(size, left))
        self._at += len(found)
        return found


def sound_digest(path: str | os.PathLike[str]) -> str:
    """Give the sha256 of a file's coded sound: every packet, nothing of the tags.

    Raises
    ------
    TagError
        The file is of a kind that carries no tags we know, or its packets cannot be read.
    """
    with Path(path).open("rb") as file:
        data = Data(path, file)
        layout = lay_out(data)
        return _digest(path, _Part(data, layout.start, layout.stop))


def _digest(path: str | os.PathLike[str], part: _Part) -> str:
    import av

    found = hashlib.sha256()
    try:
        with av.open(part, metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise TagError(path, "holds no sound")
            for packet in container.demux(container.streams.audio[0]):
                if packet.size:
                    found.update(packet.size.to_bytes(8, "little"))
                    found.update(bytes(packet))
    except av.FFmpegError as error:
        raise TagError(path, f"its sound cannot be read ({error.strerror or error})") from error
    return found.hexdigest()
