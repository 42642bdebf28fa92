"""Reading a SoundFont: which recordings an instrument plays for a key, and how they are shaped.

After the SoundFont 2.04 specification: the chunks of section 4 and 7, the generators of section 8.1.3. Modulators are
passed over; the few that matter (velocity, the modulation wheel) the player applies itself.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from corpora.demo.errors import DemoError

DRUM_BANK = 128

_RECORDS: dict[str, list[tuple]] = {
    "phdr": [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("more", "<u4", 3)],
    "pbag": [("generator", "<u2"), ("modulator", "<u2")],
    "pgen": [("what", "<u2"), ("value", "<i2")],
    "inst": [("name", "S20"), ("bag", "<u2")],
    "ibag": [("generator", "<u2"), ("modulator", "<u2")],
    "igen": [("what", "<u2"), ("value", "<i2")],
    "shdr": [
        ("name", "S20"),
        *((name, "<u4") for name in ("start", "end", "loop_start", "loop_end", "rate")),
        ("key", "u1"),
        ("cents", "i1"),
        ("link", "<u2"),
        ("type", "<u2"),
    ],
}
_INSTRUMENT, _KEYS, _VELOCITIES, _SAMPLE = 41, 43, 44, 53
_INSTANT = -12000  # 1 ms, in cents of a second
_DEFAULTS = {8: 13500, 56: 100, 58: -1, **dict.fromkeys((21, 23, 25, 26, 27, 28, 30, 33, 34, 35, 36, 38), _INSTANT)}
_ROM = 0x8000


@dataclasses.dataclass(frozen=True, eq=False)
class Envelope:
    """Times in seconds; `sustain` is the level after the decay, in dB of loss for loudness, 0 to 1 for the filter."""

    delay: float
    attack: float
    hold: float
    decay: float
    sustain: float


@dataclasses.dataclass(frozen=True, eq=False)
class Zone:
    """One recording and how it is played.

    Attributes
    ----------
    wave : np.ndarray [n]
        int16, at `rate` Hz.
    loop : tuple of int or None
        Its part that goes round while the note lasts.
    key, cents, scale : float
        The key at which it sounds as recorded, what it is tuned up by, cents from one key to the next.
    gain : float
    cutoff_cents, resonance_db, sweep_cents : float
        The low-pass filter (13500 is open), and how far `sweep` moves it.
    """

    keys: tuple[int, int]
    velocities: tuple[int, int]
    wave: np.ndarray
    rate: int
    loop: tuple[int, int] | None
    key: int
    cents: float
    scale: float
    gain: float
    loudness: Envelope
    release: float
    sweep: Envelope
    sweep_pitch: float
    sweep_cents: float
    cutoff_cents: float
    resonance_db: float
    vibrato_cents: float
    vibrato_hz: float
    vibrato_delay: float
    tremolo_db: float
    tremolo_hz: float
    exclusive: int


class SoundFont:
    """A SoundFont 2 file.

    Raises
    ------
    DemoError
        The file is none, or is broken.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._data = path.read_bytes()
        found = dict(self._chunks(0, len(self._data)))
        if self._data[8:12] != b"sfbk" or not {*_RECORDS, "smpl"} <= set(found):
            raise DemoError(f"{path}: is no SoundFont 2 file")
        self._pool = np.frombuffer(self._data, "<i2", found["smpl"][1] // 2, found["smpl"][0])
        for name, fields in _RECORDS.items():
            kind = np.dtype(fields)
            start, size = found[name]
            setattr(self, f"_{name}", np.frombuffer(self._data, kind, size // kind.itemsize, start))

    def _chunks(self, start: int, end: int) -> Iterator[tuple[str, tuple[int, int]]]:
        while start + 8 <= end:
            name, size = self._data[start : start + 4], int.from_bytes(self._data[start + 4 : start + 8], "little")
            if name in (b"RIFF", b"LIST"):
                yield from self._chunks(start + 12, start + 8 + size)
            else:
                yield name.decode("latin-1"), (start + 8, size)
            start += 8 + size + size % 2

    @functools.lru_cache(maxsize=64)  # noqa: B019 - there is one font a process
    def zones(self, bank: int, program: int) -> tuple[Zone, ...]:
        """What an instrument plays; of a kit that the file lacks, the standard one.

        Raises
        ------
        DemoError
            There is no such instrument.
        """
        where = (self._phdr["bank"][:-1] == bank) & (self._phdr["program"][:-1] == program)
        if not where.any():
            if bank == DRUM_BANK and program != 0:
                return self.zones(bank, 0)
            raise DemoError(f"{self.path}: has no instrument {program} in bank {bank}")
        preset = int(np.argmax(where))
        made = []
        for above in self._bags("p", self._phdr["bag"], preset, _INSTRUMENT):
            for own in self._bags("i", self._inst["bag"], above[_INSTRUMENT], _SAMPLE):
                zone = self._zone(above, own)
                made += [zone] if zone else []
        return tuple(made)

    def _bags(self, level: str, owners: np.ndarray, owner: int, last: int) -> Iterator[dict[int, int]]:
        """Generators of each zone of a preset or an instrument, those of its global zone among them."""
        bags, generators = getattr(self, f"_{level}bag"), getattr(self, f"_{level}gen")
        common: dict[int, int] = {}
        for number, bag in enumerate(range(owners[owner], owners[owner + 1])):
            part = generators[bags["generator"][bag] : bags["generator"][bag + 1]]
            given = dict(zip(part["what"].tolist(), part["value"].tolist(), strict=True))
            if last in given:
                yield common | given
            elif number == 0:
                common = given

    def _zone(self, above: dict[int, int], own: dict[int, int]) -> Zone | None:
        sample = self._shdr[own[_SAMPLE]]
        keys = _overlap(above.get(_KEYS), own.get(_KEYS))
        velocities = _overlap(above.get(_VELOCITIES), own.get(_VELOCITIES))
        if int(sample["type"]) & _ROM or keys is None or velocities is None:
            return None
        g = {what: own.get(what, _DEFAULTS.get(what, 0)) for what in range(60)}
        for what, value in above.items():
            if what not in (_INSTRUMENT, _KEYS, _VELOCITIES):
                g[what] += value
        start, end, loop_start, loop_end = (
            int(sample[name]) + g[fine] + 32768 * g[coarse]
            for name, fine, coarse in (("start", 0, 4), ("end", 1, 12), ("loop_start", 2, 45), ("loop_end", 3, 50))
        )
        wave = self._pool[start:end]
        loop = (loop_start - start, min(loop_end - start, len(wave)))
        goes_round = g[54] in (1, 3) and 0 <= loop[0] < loop[1] - 1
        return Zone(
            keys=keys,
            velocities=velocities,
            wave=wave,
            rate=int(sample["rate"]),
            loop=loop if goes_round else None,
            key=g[58] if g[58] >= 0 else int(sample["key"]),
            cents=100 * g[51] + g[52] + int(sample["cents"]),
            scale=g[56],
            gain=10 ** (-0.4 * g[48] / 200),  # attenuations count four tenths, as in the synthesisers fonts are made on
            loudness=Envelope(*(_seconds(g[n]) for n in (33, 34, 35, 36)), sustain=max(0, g[37]) / 10),
            release=_seconds(g[38]),
            sweep=Envelope(*(_seconds(g[n]) for n in (25, 26, 27, 28)), sustain=1 - min(1000, max(0, g[29])) / 1000),
            sweep_pitch=g[7],
            sweep_cents=g[11],
            cutoff_cents=g[8],
            resonance_db=g[9] / 10,
            vibrato_cents=g[6],
            vibrato_hz=_hertz(g[24]),
            vibrato_delay=_seconds(g[23]),
            tremolo_db=g[13] / 10,
            tremolo_hz=_hertz(g[22]),
            exclusive=g[57],
        )


def _overlap(*ranges: int | None) -> tuple[int, int] | None:
    """Lowest and highest that all ranges (low byte, high byte) hold."""
    low, high = 0, 127
    for each in ranges:
        if each is not None:
            low, high = max(low, each & 0xFF), min(high, each >> 8 & 0xFF)
    return (low, high) if low <= high else None


def _seconds(cents: int) -> float:
    return 0.0 if cents <= _INSTANT else 2 ** (cents / 1200)


def _hertz(cents: int) -> float:
    return 8.176 * 2 ** (cents / 1200)
