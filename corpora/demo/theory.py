"""Pitches, scales and chords: what the pattern files call by name, in MIDI numbers (60 is middle C, C4)."""

from __future__ import annotations

import dataclasses
import functools
import re

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic_minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "bebop": (0, 2, 4, 5, 7, 9, 10, 11),
    "blues": (0, 3, 5, 6, 7, 10),
    "major_blues": (0, 2, 3, 4, 7, 9),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor_pentatonic": (0, 3, 5, 7, 10),
}

_NUMERALS = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}

# Suffix of a numeral: intervals above the root, for an upper-case and for a lower-case numeral.
_QUALITIES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "": ((0, 4, 7), (0, 3, 7)),
    "7": ((0, 4, 7, 10), (0, 3, 7, 10)),
    "maj7": ((0, 4, 7, 11), (0, 3, 7, 11)),
    "9": ((0, 4, 7, 10, 14), (0, 3, 7, 10, 14)),
    "maj9": ((0, 4, 7, 11, 14), (0, 3, 7, 11, 14)),
    "13": ((0, 4, 10, 14, 21), (0, 3, 10, 14, 21)),
    "6": ((0, 4, 7, 9), (0, 3, 7, 9)),
    "add9": ((0, 4, 7, 14), (0, 3, 7, 14)),
    "7b9": ((0, 4, 7, 10, 13), (0, 3, 7, 10, 13)),
    "m7b5": ((0, 3, 6, 10), (0, 3, 6, 10)),
    "dim": ((0, 3, 6), (0, 3, 6)),
    "dim7": ((0, 3, 6, 9), (0, 3, 6, 9)),
    "aug": ((0, 4, 8), (0, 4, 8)),
    "sus4": ((0, 5, 7), (0, 5, 7)),
    "sus2": ((0, 2, 7), (0, 2, 7)),
    "5": ((0, 7), (0, 7)),
}
_NUMERAL = re.compile(r"^([b#]?)([IV]+|[iv]+)(.*)$")
_PITCH = re.compile(r"^([A-G])([b#]?)(-?\d+)$")


@dataclasses.dataclass(frozen=True)
class Chord:
    """A chord of a progression.

    Parameters
    ----------
    root : int
        Semitones above the key's tonic, 0 to 11.
    intervals : tuple of int
        Semitones above the root, ascending, the root itself (0) first.
    """

    root: int
    intervals: tuple[int, ...]

    def degree(self, number: int) -> int:
        """Semitones above the root of degree 1 to 9 (third, fifth and seventh as the chord has them)."""
        third = next((i for i in self.intervals if i in (3, 4)), 4)
        fifth = next((i for i in self.intervals if i in (6, 7, 8)), 7)
        seventh = next((i for i in self.intervals if i in (9, 10, 11)), 10)
        return {1: 0, 2: 2, 3: third, 4: 5, 5: fifth, 6: 9, 7: seventh, 8: 12, 9: 14}[number]


def pitch_class(name: str) -> int:
    """Number of a key's tonic, as ``C`` 0, ``F#`` 6, ``Bb`` 10."""
    if not re.fullmatch(r"[A-G][b#]?", name):
        raise ValueError(f"{name!r} is no key; write C, F# or Bb")
    return (_LETTERS[name[0]] + {"": 0, "b": -1, "#": 1}[name[1:]]) % 12


def pitch(name: str) -> int:
    """MIDI number of a pitch, as ``C4`` 60."""
    match = _PITCH.match(name)
    if not match:
        raise ValueError(f"{name!r} is no pitch; write C4, F#2 or Bb3")
    number = _LETTERS[match[1]] + {"": 0, "b": -1, "#": 1}[match[2]] + 12 * (int(match[3]) + 1)
    if not 0 <= number <= 115:
        raise ValueError(f"{name!r} is out of the range C-1 to G8")
    return number


def chord(numeral: str) -> Chord:
    """A chord from its Roman numeral, counted on the major scale of the key.

    Lower case is minor; a flat or sharp stands before (``bVII``), the quality behind (``V7``, ``iim7b5``).
    """
    match = _NUMERAL.match(numeral)
    if not match or match[2].upper() not in _NUMERALS or match[3] not in _QUALITIES:
        known = " ".join(name for name in _QUALITIES if name)
        raise ValueError(f"{numeral!r} is no chord; write I to VII or i to vii, b or # before, one of {known} behind")
    root = (_NUMERALS[match[2].upper()] + {"": 0, "b": -1, "#": 1}[match[1]]) % 12
    return Chord(root, _QUALITIES[match[3]][match[2].islower()])


@functools.lru_cache(maxsize=4096)
def voicings(classes: tuple[int, ...], low: int, high: int) -> tuple[tuple[int, ...], ...]:
    """All close positions of some pitch classes that lie within a range, each ascending."""
    found = []
    for bottom in range(low, high + 1):
        if bottom % 12 not in classes:
            continue
        voices = sorted(bottom + (c - bottom) % 12 for c in classes)
        if voices[-1] <= high:
            found.append(tuple(voices))
    return tuple(found)


def voice(classes: tuple[int, ...], low: int, high: int, previous: tuple[int, ...] | None) -> tuple[int, ...]:
    """The close position nearest to the one before (or to the middle of the range).

    A range too small for any close position gives the voices folded into it.
    """
    choices = voicings(tuple(sorted(set(classes))), low, high)
    if not choices:
        return tuple(sorted(low + (c - low) % 12 for c in set(classes)))
    target = sum(previous) / len(previous) if previous else (low + high) / 2
    return min(choices, key=lambda v: (abs(sum(v) / len(v) - target), v))
