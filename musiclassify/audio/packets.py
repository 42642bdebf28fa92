"""Where the packets of a sound lie, as FFmpeg finds them without decoding: what is needed to begin anywhere.

FFmpeg's own idea of where it has landed may be off by a packet (of mp3 with a constant rate it is reckoned from the
bytes), so places are taken from the list of all packets, by where in the file they begin.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .readers import LostError

if TYPE_CHECKING:
    import av

__all__ = ["Packets"]

_BEFORE = 1 << 20
"""Time before the first sample of mp4, where packets lie that only prepare the decoder."""

_BITRATES = {
    (3, 1): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),  # MPEG 1, layer III
    (3, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0),  # layer II
    (2, 0): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),  # MPEG 2 and 2.5
}
_RATES = {3: (44_100, 48_000, 32_000, 0), 2: (22_050, 24_000, 16_000, 0), 0: (11_025, 12_000, 8_000, 0)}


def _mpeg_size(head: bytes) -> int:
    """Bytes of an mp3 or mp2 frame by its head (ISO 11172-3, 2.4.2.3); 0 for what is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] < 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate = _RATES.get(version, (0,) * 4)[head[2] >> 2 & 3]
    if not rate or layer not in (1, 2):
        return 0
    bitrate = _BITRATES[(3, layer) if version == 3 else (2, 0)][head[2] >> 4]
    return (144 if version == 3 or layer == 2 else 72) * bitrate * 1000 // rate + (head[2] >> 1 & 1)


def _adts_size(head: bytes) -> int:
    """Bytes of a packet of aac by its head (ISO 13818-7, 6.2)."""
    return (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5 if len(head) == 6 and head[:1] == b"\xff" else 0


_FRAMED = {"mp3": _mpeg_size, "aac": _adts_size}
"""Of containers that are nothing but packets: how long each says it is. Anything between two is damage."""


class Packets:
    """The packets of a sound, from the second on.

    Parameters
    ----------
    container : InputContainer
        Its first packets may have been taken.
    stream : AudioStream

    Raises
    ------
    LostError
        Something between the packets is damaged, or they do not tell where they belong.
    """

    def __init__(self, container: av.container.InputContainer, stream: av.audio.stream.AudioStream) -> None:
        self._container, self._stream = container, stream
        self._places, self._times = array("q"), array("q")
        framed = _FRAMED.get(container.format.name)
        lengths: set[int] = set()
        self._first = 0 if framed else -_BEFORE
        container.seek(self._first, stream=stream)
        last = 0
        for packet in container.demux(stream):
            if packet.size == 0:
                continue  # the end
            if packet.pts is None or not packet.duration or packet.is_corrupt or packet.pos is None:
                raise LostError
            if framed is not None and packet.size != framed(bytes(memoryview(packet)[:6])):
                raise LostError
            if self._places and packet.pos <= self._places[-1]:
                raise LostError
            last = packet.duration
            lengths.add(packet.duration)
            self._places.append(packet.pos)
            self._times.append(packet.pts)
        if not self._places or len(lengths) > 2:
            raise LostError
        self._end = self._times[-1] + last

    def length(self, sample_rate: int) -> int:
        """About how many samples there are."""
        return round(float((self._end - self._times[0]) * self._stream.time_base) * sample_rate)

    def seek(self, first: int, origin: int, sample_rate: int) -> Iterator[tuple[av.Packet, int]]:
        """Yield packets from one on that begins at a sample or before, each with how much too late its time is.

        Parameters
        ----------
        first : int
        origin : int
            Time of sample 0.
        sample_rate : int
            Hz.
        """
        time = origin + int(first / sample_rate / float(self._stream.time_base))
        self._container.seek(time if first else self._first, stream=self._stream)
        late = None
        for packet in self._container.demux(self._stream):
            if late is None:
                at = bisect_left(self._places, packet.pos or 0)
                if packet.pos is None or at == len(self._places) or self._places[at] != packet.pos:
                    raise LostError
                late = packet.pts - self._times[at]
            yield packet, late
