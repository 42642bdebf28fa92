"""Write the genre into the tags of mp3, flac, ogg, opus and m4a files, and take it out again.

Only the tags change: the coded sound is compared, packet by packet, before the new file takes the place of the
old one. What stood there before is kept inside the file itself, in a tag of our own (`MARK`), so that `undo`
works wherever the file has gone since. Needs mutagen.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .errors import AudioError

__all__ = ["MARK", "TagError", "Tags", "current", "sound_digest", "undo", "write"]

MARK = "MUSICLASSIFY_UNDO"
"""The tag that holds, as JSON, what we wrote and what stood there before."""


class TagError(AudioError):
    """The tags cannot be read or written."""

    advice = "mp3, flac, ogg, opus and m4a files can carry a genre"


@dataclass(frozen=True)
class Tags:
    """What a file's tags say.

    Attributes
    ----------
    genre : tuple of str
        As it stands in the file; empty for none.
    ours : bool
        Whether the file carries our mark, so that `undo` has something to do.
    undone : tuple of str
        The genre that `undo` would leave there.
    """

    genre: tuple[str, ...]
    ours: bool
    undone: tuple[str, ...]


class _File(Protocol):
    def get(self) -> list[str]: ...
    def set(self, genre: list[str]) -> None: ...
    def get_mark(self) -> dict[str, Any] | None: ...
    def set_mark(self, mark: dict[str, Any] | None) -> None: ...
    def save(self, path: Path) -> None: ...

    had_tags: bool


class _Vorbis:
    """flac, ogg (Vorbis, Opus): comments of any name."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.had_tags = file.tags is not None
        if file.tags is None:
            file.add_tags()

    def get(self) -> list[str]:
        return list(self._file.tags.get("genre", []))

    def set(self, genre: list[str]) -> None:
        _put(self._file.tags, "genre", genre)

    def get_mark(self) -> dict[str, Any] | None:
        return _parse(self._file.tags.get(MARK.lower(), []))

    def set_mark(self, mark: dict[str, Any] | None) -> None:
        _put(self._file.tags, MARK.lower(), [json.dumps(mark)] if mark else [])

    def save(self, path: Path) -> None:
        self._file.save(path)


class _Mp4:
    """m4a: the genre atom and a free-form one."""

    _mark = f"----:org.musiclassify:{MARK}"

    def __init__(self, file: Any) -> None:
        self._file = file
        self.had_tags = file.tags is not None
        if file.tags is None:
            file.add_tags()

    def get(self) -> list[str]:
        return list(self._file.tags.get("\xa9gen", []))

    def set(self, genre: list[str]) -> None:
        _put(self._file.tags, "\xa9gen", genre)

    def get_mark(self) -> dict[str, Any] | None:
        return _parse([bytes(value).decode("utf-8", "replace") for value in self._file.tags.get(self._mark, [])])

    def set_mark(self, mark: dict[str, Any] | None) -> None:
        _put(self._file.tags, self._mark, [json.dumps(mark).encode()] if mark else [])

    def save(self, path: Path) -> None:
        if not self.had_tags and not self._file.tags:
            self._file.delete(path)
        else:
            self._file.save(path)


class _Id3:
    """mp3: ID3v2 of the version that the file has (2.4 where it has none)."""

    def __init__(self, path: Path) -> None:
        from mutagen.id3 import ID3, ID3NoHeaderError

        try:
            version = ID3(path, translate=False).version
            self._version = 4 if version >= (2, 4, 0) or version < (2, 0, 0) else 3
            self._tags = ID3(path, v2_version=self._version)
            self.had_tags = True
        except ID3NoHeaderError:
            self._version, self._tags, self.had_tags = 4, ID3(), False

    def get(self) -> list[str]:
        return [str(text) for frame in self._tags.getall("TCON") for text in frame.genres]

    def set(self, genre: list[str]) -> None:
        from mutagen.id3 import TCON

        self._tags.delall("TCON")
        if genre:
            self._tags.add(TCON(encoding=1, text=genre))

    def get_mark(self) -> dict[str, Any] | None:
        return _parse([str(text) for frame in self._tags.getall(f"TXXX:{MARK}") for text in frame.text])

    def set_mark(self, mark: dict[str, Any] | None) -> None:
        from mutagen.id3 import TXXX

        self._tags.delall(f"TXXX:{MARK}")
        if mark:
            self._tags.add(TXXX(encoding=1, desc=MARK, text=[json.dumps(mark)]))

    def save(self, path: Path) -> None:
        if not self.had_tags and not self._tags:
            self._tags.delete(path)
        else:
            self._tags.save(path, v1=1, v2_version=self._version)  # an ID3v1 is brought up to date, never added


def _before(genre: list[str], mark: dict[str, Any] | None) -> list[str]:
    """What stood there before us; what somebody else wrote after us stays."""
    return mark["before"] if mark and genre == [mark["written"]] else genre


def _put(tags: Any, key: str, values: list[Any]) -> None:
    if values:
        tags[key] = values
    elif key in tags:
        del tags[key]


def _parse(texts: list[str]) -> dict[str, Any] | None:
    try:
        mark = json.loads(texts[0])
        good = isinstance(mark["before"], list) and isinstance(mark["written"], str)
    except (IndexError, KeyError, TypeError, ValueError):
        return None
    return mark if good else None


def current(path: str | os.PathLike[str]) -> Tags:
    """Read the genre of a file.

    Raises
    ------
    TagError
        The file is of a kind that carries no tags we know, or is damaged.
    """
    file = _open(Path(path))
    genre, mark = file.get(), file.get_mark()
    return Tags(tuple(genre), mark is not None, tuple(_before(genre, mark)))


def write(path: str | os.PathLike[str], genre: str) -> bool:
    """Write a genre into a file's tags, keeping what stood there for `undo`.

    Parameters
    ----------
    path : path
        The file; its name, mode and times stay. A link is followed.
    genre : str

    Returns
    -------
    bool
        False where the file says so already.

    Raises
    ------
    TagError
    """
    path = Path(path)

    def change(file: _File) -> bool:
        if file.get() == [genre]:
            return False
        mark = file.get_mark()
        before = _before(file.get(), mark)
        had_tags = mark.get("had_tags", True) if mark else file.had_tags
        file.set([genre])
        file.set_mark({"written": genre, "before": before, "had_tags": had_tags})
        return True

    return _change(path, change)


def undo(path: str | os.PathLike[str]) -> bool:
    """Put back the genre that stood in a file before `write`.

    A genre that somebody changed since is left alone; only our mark goes.

    Returns
    -------
    bool
        False where there is nothing of ours.

    Raises
    ------
    TagError
    """

    def change(file: _File) -> bool:
        mark = file.get_mark()
        if mark is None:
            return False
        file.set(_before(file.get(), mark))
        file.set_mark(None)
        file.had_tags = mark.get("had_tags", True)
        return True

    return _change(Path(path), change)


def sound_digest(path: str | os.PathLike[str]) -> str:
    """Give the sha256 of a file's coded sound: every packet, nothing of the tags."""
    import av

    digest = hashlib.sha256()
    with Path(path).open("rb") as file, av.open(file) as container:
        for packet in container.demux(container.streams.audio[0]):
            if packet.size:
                digest.update(packet.size.to_bytes(8, "little"))
                digest.update(bytes(packet))
    return digest.hexdigest()


def _open(path: Path) -> _File:
    import mutagen
    from mutagen.flac import FLAC
    from mutagen.mp3 import MP3
    from mutagen.mp4 import MP4
    from mutagen.ogg import OggFileType

    try:
        file = mutagen.File(path)
        if isinstance(file, FLAC | OggFileType):
            return _Vorbis(file)
        if isinstance(file, MP4):
            return _Mp4(file)
        if isinstance(file, MP3):
            return _Id3(path)
    except (mutagen.MutagenError, OSError) as error:
        raise TagError(path, f"its tags cannot be read ({' '.join(str(error).split())})") from error
    raise TagError(path, "is of a kind whose tags are not written")


def _change(path: Path, change: Any) -> bool:
    """Change a copy, compare the sound, put the copy in the file's place."""
    import mutagen

    path = path.resolve()
    file = _open(path)
    if not change(file):
        return False
    copy = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        before = path.stat()
        shutil.copy2(path, copy)
        file.save(copy)
        if sound_digest(copy) != sound_digest(path):
            raise TagError(path, "writing the tags would change the sound", "the file was left as it was")
        os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.replace(copy, path)
    except (mutagen.MutagenError, OSError) as error:
        raise TagError(
            path, f"its tags cannot be written ({' '.join(str(error).split())})", "check the disk"
        ) from error
    finally:
        copy.unlink(missing_ok=True)
    return True
