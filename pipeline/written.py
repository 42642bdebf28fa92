"""``python -m pipeline.written``: params.yaml as the settings describe it, with the values that it has.

Each line's comment is its field's help. What the file lacks comes with its default, so a new section is written by the
file that needs it; what it has too much is left out.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from pipeline import params
from settings import Rule, asdict, rules

HEAD = """\
# Everything that can be set, a section a stage or room. Change a value and run `dvc repro`: only what depends on it
# runs again. A name that is unknown, missing or out of its range is refused before anything runs.
"""
COLUMN = 33  # at which the comments stand
ROOM = 85  # characters of a comment


def text(values: Mapping[str, Any]) -> str:
    """The whole file.

    Parameters
    ----------
    values : mapping
        Section -> parameter -> plain value; what is missing gets its default.
    """
    lines = []
    for name, section in params.sections().items():
        lines += ["", _line(f"{name}:", _about(section))]
        lines += _lines(section.rules(), values.get(name) or {}, "  ")
    return HEAD + "\n".join(lines) + "\n"


def _about(section: params.Section) -> str:
    """What the section's class says of itself; nothing where the section has but some of its fields."""
    return "" if section.only else _short(inspect.getdoc(section.schema) or "")


def _short(words: str) -> str:
    """The first words up to a stop, small as comments are."""
    first = re.split(r"[.:;]\s|\.$", words.replace("\n", " "), maxsplit=1)[0]
    return first[:1].lower() + first[1:] if first[1:2].islower() or first[1:2] == " " else first


def _lines(known: Iterable[Rule], values: Mapping[str, Any], indent: str) -> Iterable[str]:
    for rule in known:
        value = values.get(rule.name, rule.default)
        if rule.inside:
            given = value if isinstance(value, Mapping) else asdict(value)
            yield _line(f"{indent}{rule.name}:", _short(rule.help))
            yield from _lines(rules(rule.inside), given, indent + "  ")
        else:
            yield _line(f"{indent}{rule.name}: {_plain(value)}", _comment(rule))


def _comment(rule: Rule) -> str:
    """The help, after what can be chosen where both have room; a long one up to a stop. The reference has all of it."""
    chosen = ", ".join(rule.choices) if rule.words.startswith("one of") else ""
    both = f"{chosen}: {rule.help}" if chosen else rule.help
    if len(both) <= ROOM:
        return both
    return rule.help if len(rule.help) <= ROOM else _short(rule.help)


def _plain(value: Any) -> str:
    """A value in one line of YAML; one that must be given and is not is left open."""
    if value is dataclasses.MISSING:
        return ""
    if isinstance(value, str) and not isinstance(yaml.safe_load(value or "0"), str):
        return json.dumps(value)
    listed = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump(listed, default_flow_style=True, width=1000, allow_unicode=True).removesuffix("...\n").strip()


def _line(text: str, comment: str) -> str:
    return f"{text:<{COLUMN - 1}} # {comment}" if comment else text


if __name__ == "__main__":
    sys.stdout.write(text(yaml.safe_load(params.PARAMS_FILE.read_text(encoding="utf-8")) or {}))
