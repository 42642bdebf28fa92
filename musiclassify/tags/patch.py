"""How a changed file becomes what it was: the old file told in pieces of the new one.

A patch is a list of ``[start, size]`` (bytes of the new file), texts (bytes that only the old one had, in base64)
and ``[start, count, width, delta]`` (big-endian numbers of the new file, each less ``delta``).
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from .data import Data, Splice

__all__ = ["decode", "encode", "inverse", "restored"]

Patch = list[Any]
_PROBE = 32
_STEP = 8


def inverse(data: Data, splices: Iterable[Splice]) -> Patch:
    """Describe a file by what it becomes.

    Parameters
    ----------
    data : Data
        The file before the changes.
    splices : iterable of Splice
        The changes, in the order of the file.
    """
    patch: Patch = []
    old_at = new_at = 0
    for splice in splices:
        _copy(patch, new_at, splice.start - old_at)
        new_at += splice.start - old_at
        if splice.shift is not None:
            width, delta = splice.shift
            patch.append([new_at, len(splice.new) // width, width, delta])
        else:
            _rebuild(patch, data.read(splice.start, splice.stop - splice.start), splice.new, new_at)
        new_at += len(splice.new)
        old_at = splice.stop
    _copy(patch, new_at, data.size - old_at)
    return patch


def restored(data: Data, patch: Patch) -> Iterator[bytes]:
    """Give the old file in blocks, from the new one and its patch.

    Raises
    ------
    TagError, ValueError
        The patch does not fit the file.
    """
    for piece in patch:
        if isinstance(piece, str):
            yield base64.b64decode(piece, validate=True)
        elif len(piece) == 2:
            yield from data.blocks(piece[0], piece[0] + piece[1])
        else:
            start, count, width, delta = piece
            table = data.read(start, count * width)
            numbers = (int.from_bytes(table[i : i + width]) - delta for i in range(0, len(table), width))
            yield b"".join(number.to_bytes(width) for number in numbers)


def encode(patch: Patch) -> str:
    """Write a patch as ASCII text."""
    return base64.b64encode(zlib.compress(json.dumps(patch, separators=(",", ":")).encode(), 9)).decode()


def decode(text: str) -> Patch:
    """Read what `encode` wrote; ValueError for what it did not write."""
    try:
        patch = json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
    except zlib.error as error:
        raise ValueError(str(error)) from error
    good = isinstance(patch, list) and all(
        isinstance(piece, str)
        or (isinstance(piece, list) and len(piece) in (2, 4) and all(isinstance(n, int) for n in piece))
        for piece in patch
    )
    if not good:
        raise ValueError("not a patch")
    return patch


def _copy(patch: Patch, start: int, size: int) -> None:
    if size and patch and isinstance(patch[-1], list) and len(patch[-1]) == 2 and sum(patch[-1]) == start:
        patch[-1] = [patch[-1][0], patch[-1][1] + size]
    elif size:
        patch.append([start, size])


def _rebuild(patch: Patch, old: bytes, new: bytes, base: int) -> None:
    """Tell ``old`` in runs that ``new`` has too (it begins at ``base``) and in bytes of its own."""
    own = bytearray()

    def flush() -> None:
        if own:
            patch.append(base64.b64encode(own).decode())
            own.clear()

    at = 0
    while at < len(old):
        probe = old[at : at + _PROBE]
        found = new.find(probe) if len(probe) == _PROBE and len(set(probe)) > 4 else -1
        if found < 0:
            own += old[at : at + _STEP]
            at += _STEP
            continue
        size = _same(old, at, new, found)
        flush()
        _copy(patch, base + found, size)
        at += size
    flush()


def _same(a: bytes, i: int, b: bytes, j: int) -> int:
    """Count the equal bytes of ``a`` from ``i`` and ``b`` from ``j`` on."""
    most, size, step = min(len(a) - i, len(b) - j), 0, 4096
    while step:
        while size + step <= most and a[i + size : i + size + step] == b[j + size : j + size + step]:
            size += step
        step //= 2
    return size
