"""Composing: from an artist and a clip's own randomness to notes in seconds.

A clip takes a form (``intro 2, verse 8, chorus 8``) at some bar, one progression and one pattern for each section,
and goes round until it is long enough. Repeats of a section keep their patterns and their tune, as in a song;
fills, endings of phrases, timing and loudness vary.
"""

from __future__ import annotations

import bisect
import dataclasses
import math
import random
from collections.abc import Iterator, Mapping

from corpora.demo import gm, theory
from corpora.demo.artist import Artist, Player
from corpora.demo.patterns import Family, Pattern
from corpora.demo.theory import Chord

#: Composed beyond the clip's length, in seconds: what a silent upbeat at the start may use up.
SPARE_S = 3.0
#: What a player plays: start and end in beats, steps a beat of the pattern (they swing or not), pitch, velocity.
_Sound = tuple[float, float, float, int, float]
_LOUD = {"X": 112, "x": 90, "o": 60}
_SECTION_LOUD = {"intro": -10, "chorus": 8, "bridge": 2, "break": -8, "solo": 4}


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """A note: times in seconds, pitch and velocity as in MIDI; `player` is an index into the artist's players."""

    start_s: float
    end_s: float
    pitch: int
    velocity: int
    player: int


@dataclasses.dataclass(frozen=True)
class Score:
    """A composed clip."""

    notes: tuple[Note, ...]
    tempo: float
    key: int


@dataclasses.dataclass(frozen=True)
class _BarInfo:
    section: str
    number: int
    last: bool
    chords: tuple[Chord, ...]
    next_chord: Chord


@dataclasses.dataclass
class _Event:
    start: float
    end: float
    step: str
    chord: Chord
    following: Chord
    bar: _BarInfo
    steps_a_beat: float


def compose(artist: Artist, *, duration_s: float, rng: random.Random) -> Score:
    """A piece by an artist, at least `duration_s` and `SPARE_S` seconds long.

    Parameters
    ----------
    rng : random.Random
        The clip's own randomness: key, tempo, place in the form, progressions, patterns, tunes.
    """
    family = artist.family
    tempo = artist.tempo * rng.uniform(0.96, 1.04)
    key = rng.choice(family.keys)
    bars = list(_bars(family, rng, math.ceil((duration_s + SPARE_S) * tempo / 60 / family.meter) + 1))
    clock = _Clock(family, tempo, artist.swing, rng.uniform(0, 2 * math.pi))
    notes: list[Note] = []
    for index, player in enumerate(artist.players):
        own = random.Random(rng.getrandbits(64))
        play = _PLAYERS[player.part.role]
        for start, end, steps, pitch, velocity in play(player, family, bars, key, own):
            late = own.gauss(0, artist.timing_ms / 1000)
            begin = max(0.0, clock.seconds(start, steps) + late)
            finish = clock.seconds(start + (end - start) * player.part.gate, steps) + late
            loud = velocity + own.gauss(0, 4)
            notes.append(Note(begin, max(finish, begin + 0.03), pitch, max(1, min(127, round(loud))), index))
    notes.sort(key=lambda n: (n.start_s, n.player, n.pitch))
    return Score(tuple(notes), tempo, key)


class _Clock:
    """Beats to seconds: tempo, swing and rubato."""

    def __init__(self, family: Family, tempo: float, swing: float, phase: float) -> None:
        self.beat_s = 60 / tempo
        self.swing = swing
        self.unit = 1 / family.swing_steps
        self.rubato = family.rubato
        self.phase = phase

    def seconds(self, beat: float, steps_a_beat: float) -> float:
        if self.swing != 0.5 and steps_a_beat in (1, 2, 4, 8):
            whole, part = divmod(beat / self.unit, 1)
            part = part * 2 * self.swing if part < 0.5 else self.swing + (part - 0.5) * 2 * (1 - self.swing)
            beat = (whole + part) * self.unit
        # One breath in 16 beats; the slope stays positive for any rubato below 1.
        breath = self.rubato * 16 / (2 * math.pi)
        beat += breath * (math.sin(2 * math.pi * beat / 16 + self.phase) - math.sin(self.phase))
        return beat * self.beat_s


def _bars(family: Family, rng: random.Random, count: int) -> Iterator[_BarInfo]:
    """`count` bars of the form from some bar on; half of the clips begin where a section does."""
    chosen = {}
    for section in dict.fromkeys(name for name, _ in family.form):
        chosen[section] = rng.choice(family.progressions.get(section) or family.progressions["all"])
    form = [
        (section, number, number == bars - 1, chosen[section][number % len(chosen[section])])
        for section, bars in family.form
        for number in range(bars)
    ]
    starts = [i for i, bar in enumerate(form) if bar[1] == 0]
    first = rng.choice(starts) if rng.random() < 0.5 else rng.randrange(len(form))
    for i in range(first, first + count):
        section, number, last, chords = form[i % len(form)]
        yield _BarInfo(section, number, last, chords, form[(i + 1) % len(form)][3][0])


def _events(pattern_of: Mapping[str, Pattern], bars: list[_BarInfo], meter: int, *, follows: bool) -> list[_Event]:
    """The steps of a pitched part as events; a hold lengthens the event before it, across bars as well.

    A part that `follows` the harmony strikes anew where the chord changes under a hold.
    """
    events: list[_Event] = []
    sounding = False
    for index, bar in enumerate(bars):
        pattern = pattern_of.get(bar.section)
        if pattern is None:
            sounding = False
            continue
        steps = pattern[bar.number % len(pattern)]
        length = meter / len(steps)
        for i, step in enumerate(steps):
            start = index * meter + i * length
            at = i * len(bar.chords) // len(steps)
            chord = bar.chords[at]
            if step == "-" and sounding:
                last = events[-1]
                if not follows or chord == last.chord or last.step in "<>":
                    last.end = start + length
                    continue
                step = last.step
            if step in ".-":
                sounding = False
            else:
                following = bar.chords[at + 1] if at + 1 < len(bar.chords) else bar.next_chord
                events.append(_Event(start, start + length, step, chord, following, bar, 1 / length))
                sounding = True
    return events


def _choose(player: Player, bars: list[_BarInfo], rng: random.Random) -> dict[str, Mapping[str, Pattern]]:
    """One alternative for each section, the same through the clip."""
    chosen = {}
    for section in dict.fromkeys(bar.section for bar in bars):
        alternatives = player.part.alternatives(section)
        if alternatives:
            chosen[section] = rng.choice(alternatives)
    return chosen


def _pitched(player: Player, family: Family, bars: list[_BarInfo], rng: random.Random) -> list[_Event]:
    chosen = {section: voices[""] for section, voices in _choose(player, bars, rng).items()}
    return _events(chosen, bars, family.meter, follows=player.part.role != "melody")


def _loudness(event: _Event, meter: int) -> float:
    place = event.start % meter
    accent = 8 if place == 0 else 0 if place % 1 == 0 else -6
    return _LOUD.get(event.step, 90) + accent + _SECTION_LOUD.get(event.bar.section, 0)


def _drums(player: Player, family: Family, bars: list[_BarInfo], key: int, rng: random.Random) -> Iterator[_Sound]:
    part, meter = player.part, family.meter
    chosen = _choose(player, bars, rng)
    fills = part.alternatives("fill") if "fill" in part.play else ()
    for index, bar in enumerate(bars):
        voices = chosen.get(bar.section)
        if voices is None:
            continue
        fill = rng.choice(fills) if fills and bar.last and rng.random() < 0.8 else {}
        if bar.number == 0 and rng.random() < part.crash:
            yield index * meter, index * meter + 1, 1, gm.DRUMS["crash"], 100
        # A drum that the fill names plays the fill, the others keep the groove.
        for drum, pattern in {**voices, **fill}.items():
            steps = pattern[bar.number % len(pattern)]
            length = meter / len(steps)
            for i, step in enumerate(steps):
                if step in _LOUD:
                    start = index * meter + i * length
                    loud = _LOUD[step] + _SECTION_LOUD.get(bar.section, 0) * 0.6 + (4 if i == 0 else 0)
                    yield start, start + length, 1 / length, gm.DRUMS[drum], loud


def _chords(player: Player, family: Family, bars: list[_BarInfo], key: int, rng: random.Random) -> Iterator[_Sound]:
    low, high = player.part.pitches
    previous: tuple[int, ...] | None = None
    for event in _pitched(player, family, bars, rng):
        classes = tuple((key + event.chord.root + i) % 12 for i in _upper(event.chord))
        previous = theory.voice(classes, low, high, previous)
        for pitch in previous:
            yield event.start, event.end, event.steps_a_beat, pitch, _loudness(event, family.meter)


def _upper(chord: Chord) -> tuple[int, ...]:
    """What a comping hand plays: with five notes it leaves the root to the bass."""
    return chord.intervals[1:] if len(chord.intervals) > 4 else chord.intervals


def _arpeggio(player: Player, family: Family, bars: list[_BarInfo], key: int, rng: random.Random) -> Iterator[_Sound]:
    low, high = player.part.pitches
    previous: tuple[int, ...] | None = None
    for event in _pitched(player, family, bars, rng):
        classes = tuple((key + event.chord.root + i) % 12 for i in _upper(event.chord))
        previous = theory.voice(classes, low, high, previous)
        octave, voice = divmod(int(event.step) - 1, len(previous))
        yield event.start, event.end, event.steps_a_beat, previous[voice] + 12 * octave, _loudness(event, family.meter)


def _root(key: int, chord: Chord, low: int) -> int:
    """The lowest root of a chord in a part's range."""
    return low + (key + chord.root - low) % 12


def _bass(player: Player, family: Family, bars: list[_BarInfo], key: int, rng: random.Random) -> Iterator[_Sound]:
    low, high = player.part.pitches
    for event in _pitched(player, family, bars, rng):
        root = _root(key, event.chord, low)
        if event.step in "<>":
            pitch = _root(key, event.following, low) + (-1 if event.step == "<" else 1)
        elif event.step == "0":
            pitch = root + event.chord.degree(5) - 12
        else:
            pitch = root + event.chord.degree(int(event.step))
        while pitch > high:
            pitch -= 12
        yield event.start, event.end, event.steps_a_beat, max(pitch, low - 5), _loudness(event, family.meter)


def _riff(player: Player, family: Family, bars: list[_BarInfo], key: int, rng: random.Random) -> Iterator[_Sound]:
    low, _ = player.part.pitches
    for event in _pitched(player, family, bars, rng):
        above = 0 if event.step == "X" else int(event.step, 16)
        pitch = _root(key, event.chord, low) + above
        for voice in (0, 7, 12) if player.part.power else (0,):
            yield event.start, event.end, event.steps_a_beat, pitch + voice, _loudness(event, family.meter)


def _melody(player: Player, family: Family, bars: list[_BarInfo], key: int, rng: random.Random) -> Iterator[_Sound]:
    part = player.part
    events = _pitched(player, family, bars, rng)
    scale = theory.SCALES[part.scale or family.scale]
    ladder = [p for p in range(part.pitches[0], part.pitches[1] + 1) if (p - key) % 12 in scale]
    tunes: dict[tuple[str, int], list[int]] = {}
    at = len(ladder) // 2
    for event, phrase, index in _phrases(events, rng):
        tune = tunes.setdefault((event.bar.section, phrase), [])
        while len(tune) <= index:
            tune.append(_step(rng, part.leap, len(tune)))
        if index == 0:
            at = len(ladder) // 2 + tune[0]
        else:
            at += tune[index]
        at = at if 0 <= at < len(ladder) else max(0, min(len(ladder) - 1, 2 * (len(ladder) // 2) - at))
        pitch = ladder[at]
        if event.step == "X" or event.start % 2 == 0 or event.end - event.start >= 1:
            pitch = _nearest(pitch, key, event.chord, part.pitches)
            at = min(len(ladder) - 1, bisect.bisect_left(ladder, pitch))
        loud = _loudness(event, family.meter)
        yield event.start, event.end, event.steps_a_beat, pitch, loud
        if part.harmony:
            yield event.start, event.end, event.steps_a_beat, ladder[max(0, at - 2)], loud - 12


def _phrases(events: list[_Event], rng: random.Random) -> Iterator[tuple[_Event, int, int]]:
    """Each event with the tune that it belongs to and its place in it: two-bar phrases in the order A A B A."""
    last, index = None, 0
    for event in events:
        phrase = event.bar.number // 2
        if last != (event.bar.section, phrase):
            last, index = (event.bar.section, phrase), 0
        yield event, (0, 0, 1, 0)[phrase % 4], index
        index += 1


def _step(rng: random.Random, leap: float, index: int) -> int:
    if index == 0:
        return rng.randint(-3, 4)
    if rng.random() < leap:
        return rng.choice((-5, -4, -3, 3, 4, 5))
    return rng.choice((-2, -1, -1, -1, 0, 1, 1, 1, 2))


def _nearest(pitch: int, key: int, chord: Chord, pitches: tuple[int, int]) -> int:
    classes = {(key + chord.root + i) % 12 for i in chord.intervals}
    near = [p for p in range(max(pitches[0], pitch - 5), min(pitches[1], pitch + 5) + 1) if p % 12 in classes]
    return min(near, key=lambda p: (abs(p - pitch), p)) if near else pitch


_PLAYERS = {"drums": _drums, "chords": _chords, "arpeggio": _arpeggio, "bass": _bass, "riff": _riff, "melody": _melody}
