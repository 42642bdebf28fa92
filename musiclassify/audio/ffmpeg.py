"""Read sound through FFmpeg (PyAV): mp3, and what libsndfile cannot open."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .errors import DecodeError
from .mp3 import Mp3
from .packets import Packets
from .readers import MAX_RATE, MIN_RATE, LostError, Reader, one_line
from .steady import MOST_PADDING, Steady, without_ends, without_padding
from .view import View

if TYPE_CHECKING:
    import av

__all__ = ["CONTAINERS", "open_av"]

CONTAINERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,eac3,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpc,mpc8,"
    "mpeg,mpegts,ogg,rf64,tta,w64,wav,wv"
)
"""The containers FFmpeg may open: none of them refers to other files."""

_ESTIMATED = ("aac", "ac3", "amr", "eac3", "mpeg", "mpegts")
"""Containers that declare no length: FFmpeg guesses one."""

_PLACED = ("mp3", "aac", "mov")
"""In the names of the containers whose packets tell to the sample where they belong."""

_INDEX = 1 << 26
"""Bytes that FFmpeg's list of packets may take (24 for each): what it has let go it looks for from far before."""

_AHEAD = 1 << 14
"""Samples that are decoded before a piece, so that the decoder knows what went before."""

_EDITED = "mp4"
"""In the name of the container that says by an edit list how much of its sound is meant to be heard; FFmpeg cuts by it
at the start, and at the end by whole packets only."""


def open_av(file: View, stack: contextlib.ExitStack, name: str, mp3: Mp3) -> Reader:
    """Open a sound with FFmpeg; the bytes of its tags are not looked at.

    Raises
    ------
    DecodeError
        There is no sound in it.
    ValueError
        FFmpeg cannot open it.
    """
    import av

    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "none", "indexmem": str(_INDEX)}
    try:
        container = stack.enter_context(av.open(file, options=options, metadata_errors="replace"))
    except av.error.FFmpegError as error:
        raise ValueError(one_line(error)) from error
    if not container.streams.audio:
        raise DecodeError(name, "holds no sound", "choose a file with an audio track")
    return _AvReader(name, container, mp3)


class _AvReader(Reader):
    def __init__(self, name: str, container: av.container.InputContainer, mp3: Mp3) -> None:
        super().__init__(name)
        self._container, self._origin = container, 0
        self._packets: Packets | None = None
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
        kind = container.format.name
        self._ends = mp3.ends if kind == "mp3" else (0, 0)
        self._most = self.frames if _EDITED in kind else None
        if self.frames is not None:
            self.frames = max(0, self.frames - sum(self._ends))
        self.declared = None if kind in _ESTIMATED or (kind == "mp3" and not mp3.counted) else self.frames

    def _decode(self, container: av.container.InputContainer) -> Iterator[tuple[np.ndarray, int]]:
        import av

        pack, first = _Packer(), True
        try:
            for packet in container.demux(container.streams.audio[0]):
                try:
                    decoded = packet.decode()
                except av.error.InvalidDataError:
                    self.damaged += 1
                    continue  # as players do: a damaged packet is left out
                for frame in decoded:
                    if frame.samples:
                        if first:
                            self._origin, first = frame.pts, False
                        yield pack(frame), frame.sample_rate
        except av.error.FFmpegError as error:
            raise ValueError(one_line(error)) from error

    def _blocks(self, frames: int) -> Iterator[np.ndarray]:
        held, count = [], 0
        for block in self._trimmed():
            held.append(block)
            count += len(block)
            if count >= frames:
                yield np.concatenate(held)
                held, count = [], 0
        if held:
            yield np.concatenate(held)

    def _trimmed(self) -> Iterator[np.ndarray]:
        if any(self._ends):
            return without_ends(self._steady(), *self._ends)
        return without_padding(self._steady(), self._most) if self._most else self._steady()

    def _steady(self) -> Iterator[np.ndarray]:
        if self._first is None:
            return
        steady = Steady(self.sample_rate, self.channels)
        yield self._first[0]
        for block, rate in self._frames:
            if steady.fits(block, rate):
                yield block
            elif MIN_RATE <= rate <= MAX_RATE:
                yield from steady.feed(block, rate)
            else:
                self.damaged += 1
        yield from steady.end()

    def exact_frames(self) -> int | None:
        """Give the length, if all packets are as they should be and the end can be found."""
        stream = self._container.streams.audio[0]
        if self._first is None or not any(kind in self._container.format.name for kind in _PLACED):
            return None
        try:
            self._packets = Packets(self._container, stream)
            *_, (_, end) = self._from(max(0, self._packets.length(self.sample_rate) - 2 * _AHEAD))
        except (LostError, ValueError):
            return None
        end = self._cut_padding(end) - sum(self._ends)
        return end if end > 0 and not self.damaged else None

    def _cut_padding(self, end: int) -> int:
        return self._most if self._most and 0 < end - self._most <= MOST_PADDING else end

    def piece(self, first: int, last: int) -> np.ndarray:
        """Read the samples from the first to the last-plus-one."""
        first, last = first + self._ends[0], last + self._ends[0]
        held: list[np.ndarray] = []
        begun = None
        for block, end in self._from(max(0, first - _AHEAD)):
            if begun is None:
                begun = end - len(block)
                if begun > max(0, first - _AHEAD // 4):
                    raise LostError  # too late for the decoder to know what went before
            if end > first:
                held.append(block[max(0, first - (end - len(block))) : last - end if end > last else None])
            if end >= last:
                return np.concatenate(held)
        raise LostError

    def _from(self, first: int) -> Iterator[tuple[np.ndarray, int]]:
        """Yield blocks from a place on, each with the place of its last-plus-one sample."""
        import av

        if self._packets is None:
            raise LostError
        stream, pack, at = self._container.streams.audio[0], _Packer(), None
        try:
            for packet, late in self._packets.seek(first, self._origin, self.sample_rate):
                for frame in packet.decode():
                    if not frame.samples:
                        continue
                    place = round(float((frame.pts - late - self._origin) * stream.time_base) * self.sample_rate)
                    block = pack(frame)
                    if place != (place if at is None else at) or not self._fits(block, frame.sample_rate):
                        raise LostError
                    at = place + len(block)
                    yield block, at
        except av.error.FFmpegError as error:
            raise LostError from error
        if at is None:
            raise LostError

    def _fits(self, block: np.ndarray, rate: int) -> bool:
        return (rate, block.shape[1]) == (self.sample_rate, self.channels)


class _Packer:
    """Turns frames of FFmpeg's into float32 [m, channels], full scale 1."""

    def __init__(self) -> None:
        self._resampler: av.AudioResampler | None = None
        self._kind: tuple[object, ...] = ()

    def __call__(self, frame: av.AudioFrame) -> np.ndarray:
        channels = frame.layout.nb_channels
        planar = frame.format.is_planar
        if (planar and channels >= 8) or frame.format.name in ("s64", "s64p"):
            return self._by_ffmpeg(frame, channels)
        if frame.format.name == "fltp":  # what mp3, aac, opus and vorbis are decoded to
            planes = np.empty((channels, frame.samples), np.float32)
            for plane, samples in zip(frame.planes, planes, strict=True):
                samples[:] = np.frombuffer(plane, np.float32, frame.samples)
            return planes.T
        data = frame.to_ndarray()
        data = data.T if planar else data.reshape(-1, channels)
        if data.dtype == np.uint8:
            return (data.astype(np.float32) - 128) / 128
        if np.issubdtype(data.dtype, np.integer):
            return (data / float(-int(np.iinfo(data.dtype).min))).astype(np.float32)
        return data.astype(np.float32)

    def _by_ffmpeg(self, frame: av.AudioFrame, channels: int) -> np.ndarray:
        """Have FFmpeg put the channels side by side: of 8 planes or more, PyAV reads beyond the last."""
        import av

        kind = (frame.format.name, frame.layout.name, channels, frame.sample_rate)
        if kind != self._kind:
            self._resampler, self._kind = av.AudioResampler(format="flt"), kind
        packed = [out.to_ndarray().reshape(-1, channels) for out in self._resampler.resample(frame)]
        return np.concatenate(packed) if packed else np.zeros((0, channels), np.float32)
