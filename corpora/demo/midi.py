"""A standard MIDI file (format 0) from a score: one tick is one millisecond."""

from __future__ import annotations

import struct

from corpora.demo.artist import Player
from corpora.demo.compose import Score

DRUM_CHANNEL = 9
LEFT, RIGHT = 0, 127
# The synthesiser's gain goes with the square of a channel's volume; what 0 dB is leaves room for many voices.
_REFERENCE_DB = -6.0


def write(score: Score, players: tuple[Player, ...]) -> bytes:
    """The score as a MIDI file, the rhythm section (drums, bass) hard left and everything else hard right.

    Panned so, one stereo rendering holds two stems that can be mixed apart. The synthesiser's own room and
    chorus are turned off.
    """
    events: list[tuple[int, int, bytes]] = []
    channels = _channels(players)
    for player, channel in zip(players, channels, strict=True):
        volume = max(1, min(127, round(127 * 10 ** ((player.level_db + _REFERENCE_DB) / 40))))
        side = LEFT if player.part.role in ("drums", "bass") else RIGHT
        events.append((0, 0, bytes((0xC0 | channel, player.program))))
        for control, value in ((1, player.vibrato), (7, volume), (10, side), (91, 0), (93, 0)):
            events.append((0, 1, bytes((0xB0 | channel, control, value))))
    sounding: dict[tuple[int, int], int] = {}
    spans = [[round(n.start_s * 1000), round(n.end_s * 1000)] for n in score.notes]
    for index, note in enumerate(score.notes):
        # A note that is struck again while it sounds ends where the second one begins.
        slot = (channels[note.player], note.pitch)
        before = sounding.get(slot)
        if before is not None:
            spans[before][1] = max(spans[before][0] + 1, min(spans[before][1], spans[index][0]))
        sounding[slot] = index
    for (start, end), note in zip(spans, score.notes, strict=True):
        channel = channels[note.player]
        events.append((start, 3, bytes((0x90 | channel, note.pitch, note.velocity))))
        events.append((end, 2, bytes((0x80 | channel, note.pitch, 0))))
    events.sort()
    track = bytearray(b"\x00\xff\x51\x03" + (1_000_000).to_bytes(3, "big"))
    now = 0
    for tick, _, message in events:
        track += _variable(tick - now) + message
        now = tick
    track += _variable(1000) + b"\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 1000) + b"MTrk" + struct.pack(">I", len(track)) + bytes(track)


def _channels(players: tuple[Player, ...]) -> list[int]:
    free = iter([c for c in range(16) if c != DRUM_CHANNEL])
    return [DRUM_CHANNEL if p.part.role == "drums" else next(free) for p in players]


def _variable(number: int) -> bytes:
    """A number in MIDI's variable length: seven bits a byte, the highest first."""
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(0x80 | number & 0x7F)
    return bytes(reversed(found))
