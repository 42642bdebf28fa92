"""Where clips lie: a folder, or any address that `fsspec` knows (``s3://bucket/clips``), by one set of names.

A place is a `pathlib.Path`, or a `UPath` (universal-pathlib), which has the same methods. What an address asks for
besides (keys, the endpoint of a server that is not Amazon's) stands in the environment, as s3fs reads it:
``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_ENDPOINT_URL``.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from .walk import EXTENSIONS

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://.")


class PlaceError(ValueError):
    """An address that cannot be used; the text names it and says what to do."""


def is_address(text: str) -> bool:
    """Whether a text is an address (``s3://…``) and no folder's name."""
    return bool(_ADDRESS.match(text))


def place(text: Any) -> Any:
    """A folder's name or an address as a path.

    Raises
    ------
    PlaceError
        If nothing here can read such an address.
    """
    if not isinstance(text, str):
        return text
    if not is_address(text):
        return Path(text)
    kind = text.split(":", 1)[0]
    try:
        from upath import UPath

        made = UPath(text)
        made.fs  # noqa: B018 - the library of this kind of address is loaded here
    except ImportError as error:
        raise PlaceError(
            f"{text}: {error.name or kind} is not installed, which {kind}:// needs: pip install -e '.[cluster]'"
        ) from None
    except ValueError as error:
        raise PlaceError(f"{text}: {error}; give a folder or an address that fsspec knows, such as s3://") from None
    return made


def is_file(where: Any) -> bool:
    """Whether a place is one file; an address that cannot be read is none."""
    return where.is_file() if isinstance(where, Path) else bool(where.fs.isfile(where.path))


def names(folder: Any) -> list[PurePosixPath]:
    """The names of all files below an address, from it on, sorted; one listing, however many there are.

    Raises
    ------
    PlaceError
        If it cannot be read.
    """
    try:
        folder.fs.invalidate_cache()
        found = folder.fs.find(folder.path)
    except Exception as error:
        raise PlaceError(_told(folder, error)) from error
    return sorted(PurePosixPath(name).relative_to(PurePosixPath(folder.path)) for name in found)


def sounds(folder: Any) -> list[Any]:
    """The sounds below an address, sorted, by the rules of `musiclassify.audio.walk`: names with a dot are hidden."""
    return [
        folder / name.as_posix()
        for name in names(folder)
        if name.suffix.lower() in EXTENSIONS and not any(part.startswith(".") for part in name.parts)
    ]


def _told(folder: Any, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{folder}: does not exist; check the address"
    return (
        f"{folder}: cannot be read ({type(error).__name__}: {error}); check the address, and the keys and the endpoint "
        "in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL)"
    )


@contextmanager
def local(path: Any) -> Iterator[Path]:
    """A file on this machine: itself, or a copy that is fetched once and deleted after use.

    Raises
    ------
    PlaceError
        If it cannot be fetched.
    """
    if isinstance(path, str | Path):
        yield Path(path)
        return
    with tempfile.TemporaryDirectory(prefix="musiclassify-") as folder:
        copy = Path(folder) / f"clip{path.suffix}"
        try:
            path.fs.get_file(path.path, str(copy))
        except Exception as error:
            raise PlaceError(_told(path, error)) from error
        yield copy
