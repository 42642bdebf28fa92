"""What can be set: dataclasses whose fields carry their range and their help, checked when they are made.

    @settings
    class Noise:
        \"\"\"Coloured noise.\"\"\"

        probability: float = field(0.25, "share of the copies that get noise", low=0, high=1)
        snr_db: Interval = field((20.0, 40.0), "signal-to-noise ratio, dB", low=-20, high=100)
        colors: tuple[str, ...] = field(("white",), "one of them is drawn", choices=COLORS)

A field of a wrong type, outside its range or unknown is refused by name; nothing is clamped or converted, except that
a whole number may stand for a real one, a list (from YAML) for a tuple, and a mapping for a class of settings inside
another. Rules between fields stand in a method ``__post_init__`` that raises `SettingError`. `rules` tells all of it to
documents and forms. The types are checked by pydantic.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, dataclass_transform

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass as checked

__all__ = ["Interval", "Rule", "SettingError", "asdict", "field", "number", "replace", "rules", "settings"]

Interval = tuple[float, float]
"""Lowest and highest; a field of this type is refused when they stand the other way round."""

Choices = Iterable[str] | Callable[[], Iterable[str]]


class SettingError(ValueError):
    """A setting that cannot be used; the text names it, its value and its rule."""


@dataclass(frozen=True)
class Rule:
    """What may stand in one field.

    Attributes
    ----------
    name, help : str
    default : object
        `dataclasses.MISSING` where the field must be given.
    low, high : float or None
        Limits, themselves allowed; of each number where the field holds several, of its length where it is text.
    choices : tuple of str
        Empty where anything of the type may stand.
    count : (int, int) or None
        Fewest and most values of a list.
    inside : type or None
        The class of settings that the field holds.
    words : str
        All of it in words: "a whole number from 1 to 8".
    """

    name: str
    help: str
    default: Any
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    count: tuple[int, int] | None
    inside: type | None
    words: str


def field(
    default: Any = dataclasses.MISSING,
    help: str = "",
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Choices = (),
    count: tuple[int, int] | None = None,
) -> Any:
    """A field with its range; see `Rule`. ``choices`` may be a function, so that a registry is asked late."""
    extra = {"low": low, "high": high, "choices": choices, "count": count}
    given = {} if default is dataclasses.MISSING else {"default": default}
    # A list of YAML's may stand for a tuple; what is in it stays strict, as the class says.
    loose = {"strict": False} if isinstance(default, tuple) else {}
    return Field(**given, **loose, description=help, json_schema_extra=extra)


def number(name: str, value: Any, low: float, high: float) -> float:
    """A number that is used without settings, as a float; refused like a field outside [low, high]."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not fits:
        raise SettingError(f"{name}={value!r} must be a number from {_plain(low)} to {_plain(high)}")
    return float(value)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def settings(cls: type) -> Any:
    """Make a class of settings: a frozen dataclass that checks what it is given and raises `SettingError`."""
    between = cls.__dict__.get("__post_init__")

    def after(self: Any) -> None:
        for rule in rules(type(self)):
            _check(rule, getattr(self, rule.name))
        if between is not None:
            between(self)

    cls.__post_init__ = after  # type: ignore[attr-defined]
    made = checked(cls, frozen=True, config=ConfigDict(strict=True, extra="forbid", allow_inf_nan=False))
    inner = made.__init__

    @functools.wraps(inner)
    def init(self: Any, *given: Any, **named: Any) -> None:
        for rule in rules(made):
            if rule.inside and isinstance(named.get(rule.name), Mapping):
                named[rule.name] = _part(rule, named[rule.name])
        try:
            inner(self, *given, **named)
        except ValidationError as error:
            raise SettingError("; ".join(_told(made, named, each) for each in error.errors())) from None

    made.__init__ = init
    return made


def rules(cls: type) -> tuple[Rule, ...]:
    """The rules of a class of settings, in the order of its fields."""
    return tuple(_rules(cls))


def _rules(cls: type) -> Iterator[Rule]:
    for name, info in cls.__pydantic_fields__.items():  # type: ignore[attr-defined]
        extra = info.json_schema_extra or {}
        choices = extra.get("choices", ())
        known = tuple(choices() if callable(choices) else choices)
        default = dataclasses.MISSING if info.is_required() else info.default
        low, high, count = (extra.get(key) for key in ("low", "high", "count"))
        inside = info.annotation if hasattr(info.annotation, "__pydantic_fields__") else None
        if known and count is None:
            count = (1, len(known))
        words = _words(info.annotation, low, high, known, count)
        yield Rule(name, info.description or "", default, low, high, known, count, inside, words)


def _words(
    annotation: Any, low: float | None, high: float | None, choices: tuple[str, ...], count: tuple[int, int] | None
) -> str:
    several = getattr(annotation, "__origin__", None) in (tuple, list)
    inner = annotation.__args__[0] if several else annotation
    if hasattr(inner, "__pydantic_fields__"):
        return f"a section with {', '.join(inner.__pydantic_fields__)}"
    limits = ""
    if low is not None:
        limits = f" from {_plain(low)} to {_plain(high)}" if high is not None else f" of at least {_plain(low)}"
    elif high is not None:
        limits = f" of at most {_plain(high)}"
    kind = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}.get(inner, str(inner))
    kind += limits + (" characters" if inner is str and limits else "")
    if choices:
        kind = f"one of {', '.join(choices)}"
    if annotation == Interval:
        return f"two numbers{limits}, the lowest and the highest"
    if not several:
        return kind
    if count is None:
        return f"a list, each {kind}"
    fewest, most = count
    if choices and most == len(choices):
        return f"a list of at least {'one' if fewest == 1 else fewest}: {kind}"
    return f"a list of {fewest} to {most}, each {kind}"


def _part(rule: Rule, given: Mapping[str, Any]) -> Any:
    """The settings inside a field, its name before what they complain of."""
    try:
        return rule.inside(**given)  # type: ignore[misc]
    except (SettingError, TypeError) as error:
        raise SettingError(f"{rule.name}.{error}") from None


def _check(rule: Rule, value: Any) -> None:
    several = isinstance(value, tuple | list)
    for each in value if several else (value,):
        if isinstance(each, int | float) and not isinstance(each, bool):
            fits = math.isfinite(each) and _between(rule, each)
        elif isinstance(each, str):
            fits = each in rule.choices if rule.choices else _between(rule, len(each))
        else:
            fits = True
        if not fits:
            raise SettingError(f"{rule.name}={_short(value)} must be {rule.words}")
    if several and rule.count and not rule.count[0] <= len(value) <= rule.count[1]:
        raise SettingError(f"{rule.name}={_short(value)} must be {rule.words}")
    if several and rule.choices and len(set(value)) != len(value):
        raise SettingError(f"{rule.name}={_short(value)}: one of them stands twice")
    if rule.words.startswith("two numbers") and value[0] > value[1]:
        raise SettingError(f"{rule.name}={_short(value)}: the lowest must not be above the highest")


def _between(rule: Rule, value: float) -> bool:
    return (rule.low is None or value >= rule.low) and (rule.high is None or value <= rule.high)


def _plain(limit: float) -> str:
    return str(limit) if isinstance(limit, int) else f"{limit:g}"


def _short(value: Any) -> str:
    """A value as it was written, a list as a list, and not a page of it."""
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= 100 else f"{text[:60]}... ({len(text)} characters)"


def _told(cls: type, given: dict[str, Any], error: Any) -> str:
    """Say what pydantic found, in the words of the rules."""
    name = str(error["loc"][0]) if error["loc"] else ""
    known = {rule.name: rule for rule in rules(cls)}
    if not name:
        return str(error.get("ctx", {}).get("error", error["msg"]))
    if error["type"] == "missing" and len(error["loc"]) == 1:
        return f"{name} is missing: it must be {known[name].words}"
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        return f"{name} is unknown; " + (f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}")
    return f"{name}={_short(given.get(name, error['input']))} must be {known[name].words}"
