"""Open any sound, whatever it is called: libsndfile first, FFmpeg (PyAV) for mp3 and what that cannot open.

A reader yields float32 blocks of shape (frames, channels) at the sound's own rate, once, from its start.
The kind of a file is found from its content, never from its extension. FFmpeg sees only the bytes of the
file itself (no playlists, no other files, no network).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

import numpy as np
import soundfile as sf

from .errors import AudioError, DecodeError, EmptyAudioError

if TYPE_CHECKING:
    import av

__all__ = ["Reader", "Source", "name_of", "open_reader"]

Source = str | os.PathLike[str] | BinaryIO

MIN_RATE, MAX_RATE = 1_000, 1_000_000
"""Sample rates (Hz) outside these limits are taken for a broken header."""

CONTAINERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,eac3,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpc,mpc8,"
    "mpeg,mpegts,ogg,rf64,tta,w64,wav,wv"
)
"""The containers FFmpeg may open: none of them refers to other files."""


def name_of(source: Source) -> str:
    """Name a source for messages: its path, or the name of the stream."""
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "<stream>"


class Reader:
    """A sound that is open for reading.

    Attributes
    ----------
    sample_rate : int
        Hz.
    channels : int
    codec : str
        Container and coding, such as ``"ogg/vorbis"``.
    frames : int or None
        Length that the header declares, in samples per channel; None where it declares none.
    """

    sample_rate: int
    channels: int
    codec: str
    frames: int | None

    def __init__(self, name: str) -> None:
        self._name = name

    def blocks(self, frames: int) -> Iterator[np.ndarray]:
        """Yield float32 arrays of shape (m, channels), m about ``frames``, until the end of the sound.

        A sound that breaks off is given as far as it goes, as a player would.

        Raises
        ------
        DecodeError
            Nothing can be decoded.
        """
        blocks, begun = self._blocks(frames), False
        while True:
            try:
                block = next(blocks, None)
            except _BROKEN as error:
                if begun and not isinstance(error, _ChangedError):
                    return
                raise _refusal(self._name, error) from error
            if block is None:
                return
            begun = True
            yield block

    def _blocks(self, frames: int) -> Iterator[np.ndarray]:
        raise NotImplementedError


_BROKEN = (OSError, ValueError, sf.SoundFileError)
"""What reading a damaged or unreadable file raises (FFmpeg's own errors are turned into ValueError)."""


class _ChangedError(ValueError):
    """Rate or channels change in the middle."""


class _SoundFileReader(Reader):
    def __init__(self, name: str, file: sf.SoundFile) -> None:
        super().__init__(name)
        self._file = file
        self.sample_rate, self.channels = file.samplerate, file.channels
        self.codec = f"{file.format}/{file.subtype}".lower()
        self.frames = file.frames if 0 <= file.frames < 2**62 else None

    def _blocks(self, frames: int) -> Iterator[np.ndarray]:
        while True:
            block = self._file.read(frames, dtype="float32", always_2d=True)
            if len(block):
                yield block
            if len(block) < frames:
                return


class _AvReader(Reader):
    def __init__(self, name: str, container: av.container.InputContainer) -> None:
        super().__init__(name)
        self._frames = self._decode(container)
        first = next(self._frames, None)
        stream = container.streams.audio[0]
        self.sample_rate = first[1] if first else stream.codec_context.sample_rate
        self.channels = first[0].shape[1] if first else stream.codec_context.channels
        self.codec = f"{container.format.name.split(',')[0]}/{stream.codec_context.name}"
        self._first = first
        if first is None:
            self.frames = 0
        elif stream.duration and stream.time_base:
            self.frames = round(float(stream.duration * stream.time_base) * self.sample_rate)
        else:
            self.frames = round(container.duration / 1e6 * self.sample_rate) if container.duration else None

    @staticmethod
    def _decode(container: av.container.InputContainer) -> Iterator[tuple[np.ndarray, int]]:
        import av

        try:
            for packet in container.demux(container.streams.audio[0]):
                try:
                    decoded = packet.decode()
                except av.error.InvalidDataError:
                    continue  # as players do: a damaged packet is left out
                for frame in decoded:
                    yield _samples(frame), frame.sample_rate
        except av.error.FFmpegError as error:
            raise ValueError(_one_line(error)) from error

    def _blocks(self, frames: int) -> Iterator[np.ndarray]:
        held, count = [], 0
        for block, rate in self._all():
            if rate != self.sample_rate or block.shape[1] != self.channels:
                raise _ChangedError("its sample rate or its number of channels changes on the way")
            held.append(block)
            count += len(block)
            if count >= frames:
                yield np.concatenate(held)
                held, count = [], 0
        if held:
            yield np.concatenate(held)

    def _all(self) -> Iterator[tuple[np.ndarray, int]]:
        if self._first is not None:
            yield self._first
            yield from self._frames


def _samples(frame: av.AudioFrame) -> np.ndarray:
    """Turn a frame of FFmpeg's into float32 of shape (m, channels), full scale 1."""
    channels = frame.layout.nb_channels
    data = frame.to_ndarray()
    data = data.T if frame.format.is_planar else data.reshape(-1, channels)
    if data.dtype == np.uint8:
        return (data.astype(np.float32) - 128) / 128
    if np.issubdtype(data.dtype, np.integer):
        return (data / float(-int(np.iinfo(data.dtype).min))).astype(np.float32)
    return data.astype(np.float32)


@contextlib.contextmanager
def open_reader(source: Source) -> Iterator[Reader]:
    """Open a sound by its content.

    Parameters
    ----------
    source : path or binary file object
        A file object that can be rewound is read from its beginning; one that cannot (a pipe) is first
        copied to a temporary file. It is left open.

    Raises
    ------
    EmptyAudioError
        The file has no bytes.
    DecodeError
        Whatever else is in the way; also while blocks are read.
    """
    name = name_of(source)
    with contextlib.ExitStack() as stack:
        try:
            file = _seekable(source, stack)
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            if size == 0:
                raise EmptyAudioError(name, "is empty (0 bytes)")
            reader = _try_soundfile(file, stack, name) or _try_av(file, stack, name)
            if not MIN_RATE <= reader.sample_rate <= MAX_RATE:
                raise DecodeError(name, f"declares a sample rate of {reader.sample_rate} Hz")
        except _BROKEN as error:
            raise _refusal(name, error) from error
        yield reader


def _seekable(source: Source, stack: contextlib.ExitStack) -> IO[bytes]:
    if isinstance(source, str | os.PathLike):
        kind = Path(source).stat().st_mode
        if stat.S_ISDIR(kind):
            raise DecodeError(source, "is a folder, not a file", "name the files in it")
        if not stat.S_ISREG(kind) and not stat.S_ISFIFO(kind):
            raise DecodeError(source, "is a device, not a file", "name a sound file")
        file: IO[bytes] = stack.enter_context(open(source, "rb"))  # noqa: SIM115
    else:
        file = source
    if file.seekable():
        file.seek(0)
        return file
    copy = stack.enter_context(contextlib.closing(tempfile.TemporaryFile()))  # noqa: SIM115
    shutil.copyfileobj(file, copy)
    return copy


def _try_soundfile(file: IO[bytes], stack: contextlib.ExitStack, name: str) -> Reader | None:
    try:
        target: object = file.fileno()  # libsndfile reads a real file itself, which is faster
    except (OSError, AttributeError):
        target = _Nameless(file)
    try:
        opened = stack.enter_context(sf.SoundFile(target, closefd=False))
    except sf.SoundFileError:
        return None
    # mp3 goes to FFmpeg: libsndfile gives up at the first damaged frame and complains on stderr
    return None if opened.format == "MP3" else _SoundFileReader(name, opened)


class _Nameless:
    """A file object without its name, so that soundfile cannot look at the extension."""

    def __init__(self, file: IO[bytes]) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def _try_av(file: IO[bytes], stack: contextlib.ExitStack, name: str) -> Reader:
    import av

    file.seek(0)
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "none"}
    try:
        container = stack.enter_context(av.open(_Nameless(file), options=options))
    except av.error.FFmpegError as error:
        raise ValueError(_one_line(error)) from error
    if not container.streams.audio:
        raise DecodeError(name, "holds no sound", "choose a file with an audio track")
    return _AvReader(name, container)


def _refusal(name: str, error: Exception) -> AudioError:
    """Say in our words why a sound cannot be had."""
    if isinstance(error, AudioError):
        return error
    if isinstance(error, FileNotFoundError):
        return DecodeError(name, "does not exist", "check the name (a link may point nowhere)")
    if isinstance(error, PermissionError):
        return DecodeError(name, "may not be read", "change its permissions")
    return DecodeError(name, f"cannot be decoded ({_one_line(error)})")


def _one_line(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split()) or type(error).__name__
