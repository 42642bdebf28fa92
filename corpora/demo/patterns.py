"""Reading the pattern files: the notation, its rules, and errors that name file and field.

``README.md`` beside this file explains the notation to a musician; here it becomes frozen dataclasses. A file
that breaks a rule is refused with a `PatternError` that says where and what would be right.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from corpora.demo import gm, theory
from corpora.demo.errors import PatternError
from corpora.demo.theory import Chord

FOLDER = Path(__file__).parent / "genres"
PRODUCTION_FILE = Path(__file__).parent / "production.yaml"

#: What each role may write in a step beside ``.`` (rest) and ``-`` (hold).
ROLES: dict[str, str] = {
    "drums": "xXo",
    "chords": "xXo",
    "arpeggio": "123456",
    "bass": "123456789<>0",
    "riff": "0123456789abcX",
    "melody": "xXo",
}

_PART_FIELDS = (
    *("role", "kit", "instrument", "level", "range", "gate", "chance", "power", "harmony"),
    *("leap", "crash", "scale", "play"),
)

Range = tuple[float, float]
Bar = tuple[str, ...]
Pattern = tuple[Bar, ...]
T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Part:
    """One player of a band: what it plays in each section, and what an artist may choose for it.

    Parameters
    ----------
    play : mapping of str to tuple
        Section name (or ``all``) to alternatives; an alternative maps a voice (a drum, or ``""`` for a
        pitched part) to its pattern.
    """

    name: str
    role: str
    programs: tuple[int, ...]
    level_db: Range
    pitches: tuple[int, int]
    gate: float
    chance: float
    power: bool
    harmony: bool
    leap: float
    crash: float
    scale: str | None
    play: Mapping[str, tuple[Mapping[str, Pattern], ...]]

    def alternatives(self, section: str) -> tuple[Mapping[str, Pattern], ...]:
        """What the part may play in a section; nothing where the file leaves the section out."""
        return self.play.get(section, self.play.get("all", ()))


@dataclasses.dataclass(frozen=True)
class Family:
    """A groove family: one way of playing a genre."""

    name: str
    tempo: Range
    meter: int
    swing: Range
    swing_steps: int
    keys: tuple[int, ...]
    scale: str
    rubato: float
    timing_ms: Range
    form: tuple[tuple[str, int], ...]
    progressions: Mapping[str, tuple[tuple[tuple[Chord, ...], ...], ...]]
    parts: tuple[Part, ...]
    production: Mapping[str, Range]


@dataclasses.dataclass(frozen=True)
class Genre:
    """A genre: its name and its families, in the order of the file."""

    name: str
    families: tuple[Family, ...]


class _Place:
    """A mapping of the file that knows its own address and refuses what it does not know."""

    def __init__(self, path: str, value: Any, known: Iterable[str] | None = None) -> None:
        self.path = path
        if not isinstance(value, dict) or not value:
            raise PatternError(path, f"must be a mapping of names to values, not {value!r}")
        for name in value:
            if not isinstance(name, str):
                raise PatternError(path, f"{name!r} is no name; put it in quotes if it is meant to be one")
            if known is not None and name not in known:
                raise PatternError(f"{path}.{name}", f"unknown field; the fields here are {', '.join(known)}")
        self.value = value

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if ": " in self.path else f"{self.path}: {name}"

    def fail(self, name: str, rule: str) -> PatternError:
        return PatternError(self.at(name), rule)

    def need(self, name: str) -> Any:
        if name not in self.value:
            raise self.fail(name, "is missing")
        return self.value[name]

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        value = self.need(name) if default is None else self.value.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.fail(name, f"{value!r} must be a number from {low:g} to {high:g}")
        return float(value)

    def span(self, name: str, low: float, high: float, default: Range | None = None) -> Range:
        value = self.need(name) if default is None else self.value.get(name, list(default))
        return span(self.at(name), value, low, high)

    def names(self, name: str, valid: Mapping[str, T]) -> tuple[T, ...]:
        value = self.need(name)
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not found:
            raise self.fail(name, f"must be a list of names, not {value!r}")
        for item in found:
            if item not in valid:
                raise self.fail(name, f"{item!r} is unknown; valid are {', '.join(valid)}")
        return tuple(valid[item] for item in found)

    def each(self, name: str, parse: Callable[[str], T]) -> tuple[T, ...]:
        value = self.need(name)
        if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
            raise self.fail(name, f"must be a list of strings, not {value!r}")
        try:
            return tuple(parse(v) for v in value)
        except ValueError as error:
            raise self.fail(name, str(error)) from None


def span(place: str, value: Any, low: float, high: float) -> Range:
    """A range ``[from, to]`` within some limits."""
    if (
        not isinstance(value, list)
        or len(value) != 2
        or any(isinstance(v, bool) or not isinstance(v, int | float) for v in value)
        or not low <= value[0] <= value[1] <= high
    ):
        raise PatternError(place, f"{value!r} must be [from, to] with {low:g} <= from <= to <= {high:g}")
    return float(value[0]), float(value[1])


def parse_pattern(text: str, role: str, meter: int) -> Pattern:
    """Bars of steps from a pattern's text.

    >>> parse_pattern("x.x. | x-..", "chords", 4)
    (('x', '.', 'x', '.'), ('x', '-', '.', '.'))
    """
    bars = []
    for number, bar in enumerate(text.split("|"), start=1):
        steps = tuple("".join(bar.split()))
        for step in steps:
            if step not in ROLES[role] and step not in ".-":
                raise ValueError(f"{text!r}: {step!r} is no step of {role}; valid are {ROLES[role]} . -")
        if not steps or (len(steps) % meter and meter % len(steps)):
            raise ValueError(f"{text!r}: bar {number} has {len(steps)} steps, which do not fit {meter} beats")
        bars.append(steps)
    return tuple(bars)


def parse_progression(text: str) -> tuple[tuple[Chord, ...], ...]:
    """Bars of chords from a progression's text: a space parts bars, a comma parts chords in a bar."""
    if not text.split():
        raise ValueError("a progression needs at least one chord")
    return tuple(tuple(theory.chord(name) for name in bar.split(",")) for bar in text.split())


def parse_form(text: str) -> tuple[tuple[str, int], ...]:
    """Sections and their bars from a form's text, as ``intro 2, verse 8``."""
    sections = []
    for item in text.split(","):
        match = re.fullmatch(r"\s*([a-z]+) (\d+)\s*", item)
        if not match or not 1 <= int(match[2]) <= 64:
            raise ValueError(f"{item.strip()!r} is no section; write a name and 1 to 64 bars, as 'verse 8'")
        sections.append((match[1], int(match[2])))
    return tuple(sections)


def genre_names() -> tuple[str, ...]:
    """Every genre that has a pattern file, sorted."""
    return tuple(sorted(p.stem for p in FOLDER.glob("*.yaml") if not p.name.startswith(".")))


@functools.lru_cache(maxsize=64)
def load(genre: str) -> Genre:
    """The patterns of a genre, from ``genres/<genre>.yaml``."""
    if genre not in genre_names():
        raise PatternError(f"{genre}.yaml", f"no such genre; there are {', '.join(genre_names())}")
    return parse(f"{genre}.yaml", (FOLDER / f"{genre}.yaml").read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=1)
def production() -> Mapping[str, Range]:
    """The ranges from which an artist's sound is drawn, unless its family says otherwise."""
    place = PRODUCTION_FILE.name
    values = _yaml(place, PRODUCTION_FILE.read_text(encoding="utf-8"))
    found = {name: span(f"{place}: {name}", value, -1e6, 1e6) for name, value in values.items()}
    if not found:
        raise PatternError(place, "is empty")
    return found


def parse(file: str, text: str) -> Genre:
    """The patterns of a genre from a file's text; `file` is the name that errors give."""
    top = _Place(file, _yaml(file, text), ("genre", "about", "families"))
    name = top.need("genre")
    if name != file.removesuffix(".yaml"):
        raise top.fail("genre", f"{name!r} must be the file's own name, {file.removesuffix('.yaml')!r}")
    families = _Place(f"{file}: families", top.need("families"))
    return Genre(name, tuple(_family(key, families) for key in families.value))


def _yaml(file: str, text: str) -> dict[str, Any]:
    try:
        value = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise PatternError(file, f"is no valid YAML: {error}") from None
    if not isinstance(value, dict):
        raise PatternError(file, "must hold a mapping of names to values")
    return value


def _family(name: str, families: _Place) -> Family:
    fields = [f.name for f in dataclasses.fields(Family) if f.name not in ("name", "swing_steps")] + ["swing_on"]
    place = _Place(families.at(name), families.value[name], fields)
    meter = place.number("meter", 1, 12, 4)
    if meter != int(meter):
        raise place.fail("meter", f"{meter!r} must be a whole number of beats")
    swing_on = place.value.get("swing_on", 8)
    if swing_on not in (8, 16):
        raise place.fail("swing_on", f"{swing_on!r} must be 8 (eighths swing) or 16 (sixteenths swing)")
    scale = place.value.get("scale", "major")
    if scale not in theory.SCALES:
        raise place.fail("scale", f"{scale!r} is unknown; valid are {', '.join(theory.SCALES)}")
    form = place.need("form")
    try:
        sections = parse_form(str(form))
    except ValueError as error:
        raise place.fail("form", str(error)) from None
    progressions = _Place(place.at("progressions"), place.need("progressions"))
    parts = _Place(place.at("parts"), place.need("parts"))
    family = Family(
        name=name,
        tempo=place.span("tempo", 30, 300),
        meter=int(meter),
        swing=place.span("swing", 0.5, 0.8, (0.5, 0.5)),
        swing_steps=1 if swing_on == 8 else 2,
        keys=place.each("keys", theory.pitch_class),
        scale=scale,
        rubato=place.number("rubato", 0, 0.3, 0),
        timing_ms=place.span("timing_ms", 0, 60, (3, 10)),
        form=sections,
        progressions={key: progressions.each(key, parse_progression) for key in progressions.value},
        parts=tuple(_part(key, parts, int(meter), {s for s, _ in sections}) for key in parts.value),
        production=_production(place),
    )
    for section, _ in sections:
        if section not in family.progressions and "all" not in family.progressions:
            raise place.fail("progressions", f"has nothing for {section!r}; name it, or write 'all'")
        if not any(part.alternatives(section) and part.chance == 1 for part in family.parts):
            raise place.fail("parts", f"no part surely plays in {section!r}; it would be silent")
    return family


def _production(place: _Place) -> Mapping[str, Range]:
    if "production" not in place.value:
        return {}
    inner = _Place(place.at("production"), place.value["production"], list(production()))
    return {name: inner.span(name, -1e6, 1e6) for name in inner.value}


def _part(name: str, parts: _Place, meter: int, sections: set[str]) -> Part:
    place = _Place(
        parts.at(name),
        parts.value[name],
        _PART_FIELDS,
    )
    role = place.need("role")
    if role not in ROLES:
        raise place.fail("role", f"{role!r} is unknown; valid are {', '.join(ROLES)}")
    drums = role == "drums"
    low, high = (0, 115) if drums else _pitches(place)
    scale = place.value.get("scale")
    if scale is not None and scale not in theory.SCALES:
        raise place.fail("scale", f"{scale!r} is unknown; valid are {', '.join(theory.SCALES)}")
    play = _Place(place.at("play"), place.need("play"))
    allowed = sections | {"all"} | ({"fill"} if drums else set())
    for section in play.value:
        if section not in allowed:
            raise play.fail(section, f"is no section of this family; the sections are {', '.join(sorted(allowed))}")
    return Part(
        name=name,
        role=role,
        programs=place.names("kit", gm.KITS) if drums else place.names("instrument", gm.PROGRAMS),
        level_db=place.span("level", -40, 12, (-3, 0)),
        pitches=(low, high),
        gate=place.number("gate", 0.05, 1.2, 0.95),
        chance=place.number("chance", 0, 1, 1),
        power=_flag(place, "power"),
        harmony=_flag(place, "harmony"),
        leap=place.number("leap", 0, 1, 0.15),
        crash=place.number("crash", 0, 1, 0),
        scale=scale,
        play={section: _alternatives(play, section, role, meter) for section in play.value},
    )


def _pitches(place: _Place) -> tuple[int, int]:
    found = place.each("range", theory.pitch)
    if len(found) != 2 or found[1] - found[0] < 11:
        raise place.fail("range", "must be [lowest, highest], at least eleven semitones apart")
    return found[0], found[1]


def _flag(place: _Place, name: str) -> bool:
    value = place.value.get(name, False)
    if not isinstance(value, bool):
        raise place.fail(name, f"{value!r} must be true or false")
    return value


def _alternatives(play: _Place, section: str, role: str, meter: int) -> tuple[Mapping[str, Pattern], ...]:
    value = play.value[section]
    if not isinstance(value, list) or not value:
        raise play.fail(section, f"must be a list of alternatives, not {value!r}")
    found = []
    for number, item in enumerate(value, start=1):
        where = f"{section}[{number}]"
        if role != "drums":
            item = {"": item}
        elif not isinstance(item, dict) or not item:
            raise play.fail(where, f"must map drums to patterns, not {item!r}")
        for drum in item:
            if role == "drums" and drum not in gm.DRUMS:
                raise play.fail(where, f"{drum!r} is no drum; the drums are {', '.join(gm.DRUMS)}")
        try:
            found.append({drum: parse_pattern(_text(text), role, meter) for drum, text in item.items()})
        except ValueError as error:
            raise play.fail(where, str(error)) from None
    return tuple(found)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no pattern; put it in quotes")
    return value
