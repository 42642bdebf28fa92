"""The wire format of Protocol Buffers, in which ONNX files are written: fields read from bytes, and made.

What is read here is cut into fields and no further; what a field means, `external` and `learn.graph` know. Numbers of
fields are those of onnx.proto. Needs no library, so that whoever can answer can also check and put together graphs.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["BYTES", "VARINT", "fields", "put", "varint"]

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Kinds of fields that ONNX has."""


def fields(data: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Cut a message into its fields.

    Parameters
    ----------
    data : memoryview

    Yields
    ------
    (int, int, memoryview)
        Number and kind of the field, and its contents: of `BYTES` what stands behind the length.

    Raises
    ------
    ValueError, IndexError
        The bytes are no message, or end inside a field.
    """
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind, start = key & 7, at
        if kind == BYTES:
            size, start = varint(data, at)
            at = start + size
        elif kind == VARINT:
            _, at = varint(data, at)
        elif kind in (FIXED64, FIXED32):
            at += 8 if kind == FIXED64 else 4
        else:
            raise ValueError(f"a field of kind {kind}")
        if at > len(data):
            raise ValueError("the file ends inside a field")
        yield key >> 3, kind, data[start:at]


def varint(data: memoryview, at: int = 0) -> tuple[int, int]:
    """Read a whole number of seven bits a byte; give it and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value, at
        shift += 7


def put(number: int, value: bytes | bytearray | memoryview | str | int) -> bytes:
    """Make a field: of a whole number from 0 up, or of bytes or a text with their length before them.

    Examples
    --------
    >>> put(1, 300).hex(), put(2, "ab").hex()
    ('08ac02', '12026162')
    """
    if isinstance(value, int):
        return _number(number << 3 | VARINT) + _number(value)
    inner = value.encode() if isinstance(value, str) else bytes(value)
    return _number(number << 3 | BYTES) + _number(len(inner)) + inner


def _number(value: int) -> bytes:
    if value < 0:
        raise ValueError(f"{value} must be 0 or more")
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)
