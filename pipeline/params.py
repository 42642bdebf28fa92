"""Read params.yaml: the whole of it is checked before anything runs, and a stage sees only what it declares.

Each section is one class of settings (`settings.settings`): of the room that the section belongs to, or, for the
stages' own, of `pipeline.sections`. A name that the class does not know, a name that is missing, and a value out of its
range are refused by name.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

import models
from pipeline import memory
from pipeline.errors import ParamsError
from settings import Rule, rules

PARAMS_FILE = Path("params.yaml")
_SEGMENTS = ("segment_s", "segment_hop_s")  # a section of their own, and part of the features' settings


@dataclasses.dataclass(frozen=True)
class Section:
    """One section of the file.

    Attributes
    ----------
    place : str
        ``module:class``; imported when it is asked for.
    only, without : tuple of str
        Which of the class's fields stand in the section, and which do not; all where both are empty.
    """

    place: str
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def schema(self) -> Any:
        """The class of settings."""
        module, _, name = self.place.partition(":")
        return getattr(importlib.import_module(module), name)

    def rules(self) -> tuple[Rule, ...]:
        """What may stand in each line."""
        return tuple(rule for rule in rules(self.schema) if self._shows(rule.name))

    def _shows(self, name: str) -> bool:
        return name in self.only if self.only else name not in self.without

    def build(self, values: Mapping[str, Any]) -> Any:
        """The settings, checked; only their own part where the class has more than the section."""
        made = self.schema(**values)
        return Params(**{name: getattr(made, name) for name in self.only}) if self.only else made


class _Kind(Section):
    """The section of a kind of model."""

    @property
    def schema(self) -> Any:
        return models.kind_class(self.place).Settings


def sections() -> dict[str, Section]:
    """Every section, in the order of params.yaml."""
    return {
        "base": Section("pipeline.sections:Base"),
        "corpus": Section("pipeline.sections:Corpus"),
        "demo": Section("corpora.demo:DemoSettings"),
        "prepare": Section("pipeline.sections:Prepare"),
        "split": Section("pipeline.sections:Split"),
        "segments": Section("features:FeatureSettings", only=_SEGMENTS),
        "features": Section("features:FeatureSettings", without=_SEGMENTS),
        "augment": Section("augment:AugmentSettings"),
        "train": Section("pipeline.sections:Train"),
        **{name: _Kind(name) for name in models.names()},
        "families": Section("pipeline.sections:Families"),
        "rule": Section("pipeline.sections:SongRule"),
        "evaluate": Section("pipeline.sections:Evaluate"),
        "compare": Section("pipeline.sections:Compare"),
        "report": Section("pipeline.sections:Report"),
        "release": Section("pipeline.sections:Release"),
        "compute": Section("pipeline.sections:Compute"),
    }


def names(section: str) -> list[str]:
    """The parameters of a section, in the order of its class."""
    return [rule.name for rule in sections()[section].rules()]


class _UniqueKeys(yaml.SafeLoader):
    """A loader that refuses a key that stands twice in one place."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict:
    seen: dict = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise ParamsError(f"{key}: stands twice (line {key_node.start_mark.line + 1}); keep one")
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_UniqueKeys.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load(path: str | Path = PARAMS_FILE) -> dict[str, dict[str, Any]]:
    """Read and check a whole params.yaml.

    Returns
    -------
    dict
        Section -> parameter -> plain value.

    Raises
    ------
    ParamsError
        Naming the parameter (``section.name``) and the rule.
    """
    path = Path(path)
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)
    except FileNotFoundError:
        raise ParamsError(f"{path}: not found; run from the repository's folder") from None
    except ParamsError as error:
        raise ParamsError(f"{path}: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ParamsError(f"{path}{line}: is no YAML ({getattr(error, 'problem', error)}); mend it") from None
    try:
        check(values)
    except ParamsError as error:
        raise ParamsError(f"{path}: {error}") from None
    return values


def check(values: Any) -> None:
    """Refuse values that do not fit; see `load`."""
    known = sections()
    if not isinstance(values, Mapping):
        raise ParamsError(f"must hold the sections {', '.join(known)}")
    _same_names(values, list(known), "section", "")
    for section, given in values.items():
        if not isinstance(given, Mapping):
            raise ParamsError(f"{section}: must hold {', '.join(names(section))}")
        _same_parameters(given, known[section].rules(), f"{section}.")
        build(section, given)
    genres = values["demo"]["genres"]
    if len(genres) < 2:
        raise ParamsError(f"demo.genres={genres!r} must be a list of at least two genres to tell apart")
    cnn = values["cnn"]
    if (cnn["taught"] or cnn["architecture"] == "pretrained") and values["features"]["tagger"] == "none":
        reads = f"taught={cnn['taught']:g}" if cnn["taught"] else "architecture=pretrained"
        raise ParamsError(f"cnn.{reads}: needs features.tagger, which is none: name a network there")
    memory.check(_features(values), values["rule"]["excerpt_s"], Params(**values["cnn"]))


def _same_names(given: Mapping, known: list[str], what: str, prefix: str) -> None:
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"known are {', '.join(known)}"
            raise ParamsError(f"{prefix}{name}: unknown {what}; {hint}")
    for name in known:
        if name not in given:
            raise ParamsError(f"{prefix}{name}: missing {what}; add it")


def _same_parameters(given: Mapping, known: Iterable[Rule], prefix: str) -> None:
    """Refuse unknown and missing names, those of the sections inside too."""
    known = tuple(known)
    _same_names(given, [rule.name for rule in known], "parameter", prefix)
    for rule in known:
        if rule.inside and isinstance(given[rule.name], Mapping):
            _same_parameters(given[rule.name], rules(rule.inside), f"{prefix}{rule.name}.")


def build(section: str, values: Mapping[str, Any]) -> Any:
    """Make the settings of a section from plain values."""
    return _told(section, lambda: sections()[section].build(values))


def _told(section: str, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except (TypeError, ValueError) as error:
        words = str(error)
        raise ParamsError(words if words.startswith(f"{section}.") else f"{section}.{words}") from None


def _features(values: Mapping[str, Any]) -> Any:
    """The features' settings with the lengths of the segments, which are a section of their own."""
    schema = sections()["features"].schema
    return _told("features", lambda: schema(**values["features"], **values["segments"]))


class Params(SimpleNamespace):
    """The sections that a stage declares; anything else is an `AttributeError` that names it."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the stage reads the parameter {name} without declaring it")


def select(values: Mapping[str, Mapping[str, Any]], reads: Iterable[str]) -> Params:
    """What a stage may see.

    Parameters
    ----------
    values : mapping
        From `load`.
    reads : iterable of str
        Sections (``split``: its settings object) or single parameters (``corpus.name``).

    Returns
    -------
    Params
        One attribute a section.
    """
    chosen: dict[str, Any] = {}
    for key in reads:
        section, _, name = key.partition(".")
        if not name:
            made = build(section, values[section])
            chosen[section] = made.rule() if section == "rule" else made
        else:
            part = chosen.setdefault(section, Params())
            setattr(part, name, values[section][name])
    if "features" in chosen and "segments" in chosen:
        chosen["features"] = _features(values)
    return Params(**chosen)
