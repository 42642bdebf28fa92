"""What a person says that songs are, kept line by line until something is learned from it.

A file begins with the line `HEADER`. JSON lines ``{"path", "sha256", "genre", "said"}`` follow, each appended whole by
one write; nothing is ever removed. The last line about a song counts, and one whose genre is null takes the earlier
ones back. A song that was moved is known again by its sha256.
"""

from __future__ import annotations

import datetime
import json
import os
from dataclasses import dataclass
from pathlib import Path

from musiclassify.audio.errors import printable
from musiclassify.places import data_folder

from .cache import content_digest
from .errors import LearnError

__all__ = ["HEADER", "Correction", "correct", "corrections", "default_corrections", "take_back"]

HEADER = b'{"musiclassify": "corrections", "version": 1}\n'
LONGEST = 200
"""Characters of a genre's name at most."""


@dataclass(frozen=True)
class Correction:
    """What somebody said that a song is.

    Attributes
    ----------
    path : str
        Absolute, links followed.
    sha256 : str
        Of its bytes, as they were.
    genre : str
    said : str
        When, in UTC.
    """

    path: str
    sha256: str
    genre: str
    said: str


def default_corrections() -> Path:
    """Give the file that is used when none is named."""
    return data_folder() / "corrections.jsonl"


def correct(file: str | os.PathLike[str], song: str | os.PathLike[str], genre: str) -> Correction:
    """Keep what a song is; it is on the disk when this returns.

    Raises
    ------
    LearnError
        The song cannot be read, the genre is no name, or the file is something else.
    """
    genre = " ".join(genre.split())
    if not genre or len(genre) > LONGEST or not genre.isprintable():
        raise LearnError(f"{genre!r} must be a genre's name of 1 to {LONGEST} letters")
    try:
        sha256 = content_digest(song)
    except OSError as error:
        raise LearnError(f"{printable(song)} cannot be read ({error.strerror or error}); check its name") from error
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    made = Correction(os.path.realpath(song), sha256, genre, now)
    _append(Path(file), {**made.__dict__})
    return made


def take_back(file: str | os.PathLike[str], song: str | os.PathLike[str]) -> Correction:
    """Take back what was said of a song; give what was.

    Raises
    ------
    LearnError
        Nothing was said of it.
    """
    path = os.path.realpath(song)
    found = next((one for one in corrections(file) if one.path == path), None)
    if found is None:
        raise LearnError(f"{printable(song)} was not corrected in {file}; see `musiclassify correct --list`")
    _append(Path(file), {**found.__dict__, "genre": None})
    return found


def corrections(file: str | os.PathLike[str]) -> list[Correction]:
    """List what counts, in the order in which it was said last; nothing where there is no file.

    Raises
    ------
    LearnError
        The file cannot be read, is something else, or a line of it is damaged. A line that was cut
        off while it was written is passed over.
    """
    try:
        data = Path(file).read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise LearnError(f"{file} cannot be read ({error.strerror or error}); name another --file") from error
    if not data.startswith(HEADER):
        raise LearnError(f"{file} holds no corrections of this program; name another --file")
    found: dict[str, Correction] = {}
    for number, line in enumerate(data[len(HEADER) :].split(b"\n"), 2):
        if not line.endswith(b"}"):  # cut off while it was written
            continue
        try:
            said = json.loads(line)
            path, genre = str(said["path"]), said["genre"]
            one = Correction(path, str(said["sha256"]), str(genre), str(said["said"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise LearnError(f"{file}: line {number} is damaged; remove it") from error
        found.pop(path, None)
        if genre is not None:
            found[path] = one
    return list(found.values())


def _append(file: Path, line: dict[str, object]) -> None:
    """Append a line by one write, behind a line that was cut off too."""
    corrections(file)  # refuses a file that is something else
    data = json.dumps(line, ensure_ascii=True).encode() + b"\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a+b", buffering=0) as out:
            size = out.seek(0, os.SEEK_END)
            if size:
                out.seek(size - 1)
                data = data if out.read(1) == b"\n" else b"\n" + data
            out.write(data if size else HEADER + data)
            os.fsync(out.fileno())
    except OSError as error:
        raise LearnError(f"{file} cannot be written ({error.strerror or error}); name another --file") from error
