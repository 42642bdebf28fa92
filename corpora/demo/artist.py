"""An artist: the choices that stay the same through all its clips (family, instruments, sound, feel)."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping

from corpora.demo import gm, patterns
from corpora.demo.patterns import Family, Genre, Part


@dataclasses.dataclass(frozen=True)
class Player:
    """A part as one artist plays it.

    Parameters
    ----------
    program : int
        MIDI number of the instrument or kit.
    level_db : float
        Loudness against the written velocities.
    vibrato : int
        Depth of the tremble of long notes, MIDI's controller 1; melodies alone have it.
    """

    part: Part
    program: int
    level_db: float
    vibrato: int = 0


@dataclasses.dataclass(frozen=True)
class Artist:
    """What stays the same through an artist's clips.

    Parameters
    ----------
    tempo : float
        The middle of the artist's tempos, quarter notes a minute.
    swing : float
        Where the second half of a beat (or half beat) lies, 0.5 straight to 0.67 triplet.
    timing_ms : float
        Spread of the notes around the beat.
    production : mapping of str to float
        The sound, one value for each field of ``production.yaml``.
    """

    name: str
    family: Family
    players: tuple[Player, ...]
    tempo: float
    swing: float
    timing_ms: float
    production: Mapping[str, float]


def draw(genre: Genre, *, seed: int, artist: int) -> Artist:
    """The artist with a number (from 0), drawn from (seed, genre, artist) alone."""
    rng = random.Random(f"artist/{seed}/{genre.name}/{artist}")
    family = genre.families[artist % len(genre.families)]
    players = []
    for part in family.parts:
        # Drawn in any case, so that a change of one part leaves the others alone.
        chosen, program, level = rng.random() < part.chance, rng.choice(part.programs), rng.uniform(*part.level_db)
        depth = rng.randint(0, 64)
        if chosen:
            sings = part.role == "melody" and program in gm.VIBRATO
            players.append(Player(part, program, level, depth if sings else 0))
    ranges = {**patterns.production(), **family.production}
    return Artist(
        name=f"{genre.name}.a{artist:02d}",
        family=family,
        players=tuple(players),
        tempo=rng.uniform(*family.tempo),
        swing=rng.uniform(*family.swing),
        timing_ms=rng.uniform(*family.timing_ms),
        production={field: rng.uniform(*ranges[field]) for field in sorted(ranges)},
    )
