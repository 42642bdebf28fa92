"""Synthesisers: a score in, two stems out.

`Synthesiser` is all that the corpus asks for, so another one takes its place by one small class. The default plays a
SoundFont that is read at run time (none is part of this project). It works at the corpus's own sample rate, and a
key of an instrument is computed once and kept: a clip is then little more than a sum of what is there.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import itertools
import math
from pathlib import Path
from typing import Protocol

import numpy as np

from corpora.demo.artist import Player
from corpora.demo.compose import Note, Score
from corpora.demo.errors import DemoError
from corpora.demo.kept import kept
from corpora.demo.settings import SAMPLE_RATE
from corpora.demo.soundfont import DRUM_BANK, Envelope, SoundFont, Zone

RHYTHM, OTHERS = 0, 1
_TAIL_S = 4.0  # what may sound on after the last note
_FLOOR_DB = 60.0  # a note that has fallen so far is over
_CHOKE_S = 0.02  # an open hat that the foot closes
_WHEEL_CENTS = 50.0  # what the whole modulation wheel bends
_STEP = 32  # and in what steps it is turned, so that artists share computed keys
_KEPT_BYTES = 128 * 2**20  # of computed keys, in each worker
_OPEN = 124  # semitones above key 0 (10.5 kHz): a filter there changes nothing


class Synthesiser(Protocol):
    """Renders scores to sound."""

    @property
    def name(self) -> str:
        """What renders, with its instruments: part of the fingerprint of a rendered corpus."""

    def render(self, score: Score, players: tuple[Player, ...]) -> tuple[np.ndarray, int]:
        """Samples and their rate in Hz: float32 [n, 2], drums and bass, everything else."""


class SoundFontPlayer:
    """The default, with the SoundFont that pretty_midi brings unless another is given.

    Parameters
    ----------
    soundfont : Path, optional
        A SoundFont 2 file.
    """

    def __init__(self, soundfont: Path | None = None) -> None:
        path = default_soundfont() if soundfont is None else Path(soundfont)
        if not path.is_file():
            raise DemoError(f"{path}: no such SoundFont; give a .sf2 file")
        # The path alone travels to worker processes, the file is opened once in each.
        self._path = path
        self.name = f"{path.name} sha256:{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"

    def render(self, score: Score, players: tuple[Player, ...]) -> tuple[np.ndarray, int]:
        """See `Synthesiser.render`."""
        font = _open(self._path)
        last = max((note.end_s for note in score.notes), default=0.0)
        stems = np.zeros((2, int((last + _TAIL_S) * SAMPLE_RATE)), np.float32)
        for number, player in enumerate(players):
            notes = [note for note in score.notes if note.player == number]
            _play(font, player, notes, stems[RHYTHM if player.part.role in ("drums", "bass") else OTHERS])
        return stems.T, SAMPLE_RATE


def _play(font: SoundFont, player: Player, notes: list[Note], out: np.ndarray) -> None:
    """Add what one player plays."""
    drums = player.part.role == "drums"
    zones = font.zones(DRUM_BANK if drums else 0, player.program)
    until = _ends(notes)
    wheel = _STEP * round(player.vibrato / _STEP)
    chokes: dict[int, float] = {}
    # Backwards, so that what closes a hat is known before the hat.
    for note, end_s in zip(reversed(notes), reversed(until), strict=True):
        loud = 10 ** (player.level_db / 20) * (note.velocity / 127) ** 2
        for zone in zones:
            if not (zone.keys[0] <= note.pitch <= zone.keys[1]):
                continue
            if not (zone.velocities[0] <= note.velocity <= zone.velocities[1]):
                continue
            closed_s = chokes.get(zone.exclusive, math.inf) if zone.exclusive else math.inf
            sound = np.float32(loud * zone.gain) * _sound(zone, note.pitch, end_s - note.start_s, wheel)
            at = round(note.start_s * SAMPLE_RATE)
            if closed_s < note.start_s + len(sound) / SAMPLE_RATE:
                sound = _closed(sound, round(closed_s * SAMPLE_RATE) - at)
            sound = sound[: len(out) - at]
            out[at : at + len(sound)] += sound
        chokes.update({zone.exclusive: note.start_s for zone in zones if zone.keys[0] <= note.pitch <= zone.keys[1]})


def _ends(notes: list[Note]) -> list[float]:
    """Where each note ends: one that is struck again while it sounds ends where the second begins."""
    following: dict[int, float] = {}
    ends = []
    for note in reversed(notes):
        ends.append(min(note.end_s, following.get(note.pitch, math.inf)))
        following[note.pitch] = note.start_s
    return ends[::-1]


def _sound(zone: Zone, pitch: int, hold_s: float, wheel: int) -> np.ndarray:
    """A key that is held for a while and let go."""
    hold, fall = max(1, round(hold_s * SAMPLE_RATE)), _release(round(zone.release, 4))
    seconds = 2.0 ** math.ceil(math.log2(max(0.5, hold_s + len(fall) / SAMPLE_RATE)))
    sound = _key(zone, pitch, wheel, seconds)[: hold + len(fall)].copy()
    sound[hold:] *= fall[: max(0, len(sound) - hold)]
    return sound


def _closed(sound: np.ndarray, after: int) -> np.ndarray:
    """What is left of a sound that something else cuts off."""
    n = max(0, min(round(_CHOKE_S * SAMPLE_RATE), len(sound) - after))
    fade = np.linspace(1, 0, n, dtype=np.float32)
    return np.concatenate([sound[:after], sound[after : after + n] * fade])


@functools.lru_cache(maxsize=256)
def _release(seconds: float) -> np.ndarray:
    """The fall after a note's end: 100 dB in that time."""
    n = max(64, round(seconds * SAMPLE_RATE * _FLOOR_DB / 100))
    return (10 ** (-_FLOOR_DB / 20 * np.arange(n) / n)).astype(np.float32)


@kept(_KEPT_BYTES)
def _key(zone: Zone, pitch: int, vibrato: int, seconds: float) -> np.ndarray:
    """A held key: float32, at most `seconds` long, shorter where the recording ends."""
    import soxr

    n = round(seconds * SAMPLE_RATE)
    time = np.arange(n, dtype=np.float32) / SAMPLE_RATE
    sweep = _sweep(zone.sweep, time)
    bend = zone.sweep_pitch * sweep if zone.sweep_pitch else np.zeros(1, np.float32)
    depth = zone.vibrato_cents + _WHEEL_CENTS * vibrato / 127
    if depth:
        begun = np.maximum(0, time - zone.vibrato_delay)
        bend = bend + depth * np.sin(2 * np.pi * zone.vibrato_hz * begun)
    cents = zone.scale * (pitch - zone.key) + zone.cents
    rate = zone.rate * 2 ** (cents / 1200)
    places = np.cumsum(2 ** (bend / 1200)) if len(bend) > 1 else None
    need = n if places is None else int(places[-1]) + 2
    y = _unrolled(zone, math.ceil((need + 64) * rate / SAMPLE_RATE))
    y = soxr.resample(y, rate, SAMPLE_RATE, "MQ")
    if places is not None:
        y = np.interp(places[places < len(y) - 1] - places[0], np.arange(len(y)), y).astype(np.float32)
    y = y[:n]
    y = _filtered(zone, y, sweep[: len(y)])
    if zone.tremolo_db:
        y *= 10 ** (zone.tremolo_db / 20 * np.sin(2 * np.pi * zone.tremolo_hz * time[: len(y)]))
    y *= _loudness(zone.loudness, time[: len(y)])
    loud = np.flatnonzero(np.abs(y) > 10 ** (-_FLOOR_DB / 20) * np.max(np.abs(y), initial=0.0))
    return y[: loud[-1] + 1 if len(loud) else 0]


def _unrolled(zone: Zone, n: int) -> np.ndarray:
    """The recording as long as it lasts or as its loop is asked for, float32 within -1 to 1."""
    places = np.arange(n if zone.loop else min(n, len(zone.wave)))
    if zone.loop:
        start, end = zone.loop
        places = np.where(places < end, places, start + (places - start) % (end - start))
    return zone.wave[places].astype(np.float32) / 32768


def _loudness(shape: Envelope, time: np.ndarray) -> np.ndarray:
    """Rising in a line, falling in decibels."""
    since = time - shape.delay
    rise = np.clip(since / shape.attack, 0, 1) if shape.attack else (since >= 0)
    fallen = np.maximum(0, since - shape.attack - shape.hold) * (100 / shape.decay if shape.decay else 1e9)
    return (rise * 10 ** (-np.minimum(fallen, shape.sustain) / 20)).astype(np.float32)


def _sweep(shape: Envelope, time: np.ndarray) -> np.ndarray:
    """Rising and falling in lines, 0 to 1."""
    since = time - shape.delay
    rise = np.clip(since / shape.attack, 0, 1) if shape.attack else (since >= 0)
    fallen = np.maximum(0, since - shape.attack - shape.hold) * (1 / shape.decay if shape.decay else 1e9)
    return np.minimum(rise, np.maximum(1 - fallen, shape.sustain)).astype(np.float32)


def _filtered(zone: Zone, y: np.ndarray, sweep: np.ndarray) -> np.ndarray:
    """The low-pass filter, which moves in steps of a semitone."""
    from scipy import signal

    steps = np.rint((zone.cutoff_cents + zone.sweep_cents * sweep) / 100).astype(int)
    steps = np.clip(steps, 0, _OPEN)
    if len(y) == 0 or (steps == _OPEN).all():
        return y
    edges = [0, *(np.flatnonzero(np.diff(steps)) + 1), len(y)]
    state = np.zeros(2, np.float32)
    out = np.empty_like(y)
    for start, end in itertools.pairwise(edges):
        b, a = _low_pass(int(steps[start]), zone.resonance_db)
        out[start:end], state = signal.lfilter(b, a, y[start:end], zi=state)
    return out


@functools.lru_cache(maxsize=4096)
def _low_pass(step: int, resonance_db: float) -> tuple[np.ndarray, np.ndarray]:
    """R. Bristow-Johnson's low-pass at a number of semitones above MIDI's key 0."""
    if step >= _OPEN:
        return np.array([1, 0, 0], np.float32), np.array([1, 0, 0], np.float32)
    w = 2 * math.pi * 8.176 * 2 ** (step / 12) / SAMPLE_RATE
    alpha = math.sin(w) / (2 * 10 ** ((resonance_db - 3.01) / 20))
    b = (1 - math.cos(w)) / 2
    a = np.array([1 + alpha, -2 * math.cos(w), 1 - alpha])
    return (np.array([b, 2 * b, b]) / a[0]).astype(np.float32), (a / a[0]).astype(np.float32)


@functools.lru_cache(maxsize=1)
def _open(path: Path) -> SoundFont:
    return SoundFont(path)


def default_soundfont() -> Path:
    """TimGM6mb.sf2 of the installed pretty_midi, found without importing it."""
    spec = importlib.util.find_spec("pretty_midi")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "TimGM6mb.sf2"
        if path.is_file():
            return path
    raise DemoError("pretty_midi: not installed or without TimGM6mb.sf2; run pip install 'pretty_midi>=0.2.10'")
