"""Read params.yaml: the whole of it is checked before anything runs, and a stage sees only what it declares.

Each section is built by one schema: a frozen dataclass here, or the settings of the room that the section belongs to
(`features.FeatureSettings`, `musiclassify.audio.excerpts.Rule`, `augment.AugmentSettings`, `corpora.demo.DemoSettings`,
the constructors of `models`). A name that the schema does not know, a name that is missing, and a value out of its
range are refused by name.
"""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from pipeline.errors import ParamsError

PARAMS_FILE = Path("params.yaml")
MODEL_KINDS = ("cnn", "svm", "xgb", "blend")
TRAINED_KINDS = ("cnn", "svm", "xgb")


def _choice(name: str, value: object, choices: Iterable[str]) -> None:
    choices = tuple(choices)
    if value not in choices:
        raise ParamsError(f"{name}={value!r}: must be one of {', '.join(choices)}")


def _whole(name: str, value: object, low: int, high: float = math.inf) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        upper = "" if high == math.inf else f" and at most {high}"
        raise ParamsError(f"{name}={value!r}: must be a whole number of at least {low}{upper}")


def _number(name: str, value: object, low: float, high: float, *, open_ends: bool = False) -> None:
    fits = not isinstance(value, bool) and isinstance(value, int | float) and low <= value <= high
    if not fits or (open_ends and value in (low, high)):
        ends = "between" if not open_ends else "strictly between"
        raise ParamsError(f"{name}={value!r}: must be a number {ends} {low:g} and {high:g}")


@dataclasses.dataclass(frozen=True)
class Base:
    """seed : int. Everything random comes from it."""

    seed: int

    def __post_init__(self) -> None:
        _whole("seed", self.seed, 0, 2**32 - 1)


@dataclasses.dataclass(frozen=True)
class Corpus:
    """Which corpus: its name (for folders and titles), how its clips are found, and where it lies."""

    name: str
    kind: str
    path: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name or not all(c.isalnum() or c in "_-" for c in self.name):
            raise ParamsError(f"name={self.name!r}: must be letters, digits, _ and - only (it names folders)")
        _choice("kind", self.kind, ("demo", "gtzan", "folder"))
        if not isinstance(self.path, str) or not self.path:
            raise ParamsError(f"path={self.path!r}: must be the folder of the corpus")


@dataclasses.dataclass(frozen=True)
class Prepare:
    """Which clips can be used: durations in s, the peak below which a clip is silent, GTZAN's known faults."""

    min_duration_s: float
    max_duration_s: float
    silence_peak: float
    known_faults: str

    def __post_init__(self) -> None:
        from corpora.gtzan import FAULT_POLICIES

        _number("min_duration_s", self.min_duration_s, 0.1, 3600)
        _number("max_duration_s", self.max_duration_s, 0.1, 36000)
        if self.max_duration_s <= self.min_duration_s:
            raise ParamsError(
                f"max_duration_s={self.max_duration_s}: must be above min_duration_s={self.min_duration_s}"
            )
        _number("silence_peak", self.silence_peak, 0, 1)
        _choice("known_faults", self.known_faults, FAULT_POLICIES)


@dataclasses.dataclass(frozen=True)
class Split:
    """The protocol, the shares of valid and test, and the fold of a grouped cross-validation (folds 0: none)."""

    protocol: str
    valid: float
    test: float
    folds: int
    fold: int

    def __post_init__(self) -> None:
        from corpora.split import PROTOCOLS

        _choice("protocol", self.protocol, PROTOCOLS)
        _number("valid", self.valid, 0, 1, open_ends=True)
        _number("test", self.test, 0, 1, open_ends=True)
        if self.valid + self.test >= 1:
            raise ParamsError(f"valid={self.valid}, test={self.test}: must sum to less than 1, the rest is train")
        _whole("folds", self.folds, 0, 100)
        if self.folds == 1:
            raise ParamsError("folds=1: must be 0 (no cross-validation) or 2 and more")
        _whole("fold", self.fold, 0, max(0, self.folds - 1))


@dataclasses.dataclass(frozen=True)
class Segments:
    """Length of a segment and distance of the starts of two, in s."""

    segment_s: float
    segment_hop_s: float

    def __post_init__(self) -> None:
        _number("segment_s", self.segment_s, 1, 30)
        _number("segment_hop_s", self.segment_hop_s, 0.1, 30)
        if self.segment_hop_s > self.segment_s:
            raise ParamsError(f"segment_hop_s={self.segment_hop_s}: must be at most segment_s={self.segment_s}")


@dataclasses.dataclass(frozen=True)
class Train:
    """What counts as one when rows are weighted, and which share of the validation tracks is to be called uncertain."""

    weighting: str
    uncertain_share: float

    def __post_init__(self) -> None:
        _choice("weighting", self.weighting, ("segment", "track"))
        _number("uncertain_share", self.uncertain_share, 0, 0.9)


@dataclasses.dataclass(frozen=True)
class Evaluate:
    """Draws of the bootstrap and bins of the calibration error."""

    bootstrap: int
    bins: int

    def __post_init__(self) -> None:
        _whole("bootstrap", self.bootstrap, 100, 100_000)
        _whole("bins", self.bins, 2, 50)


@dataclasses.dataclass(frozen=True)
class Compare:
    """The validation score that chooses the model."""

    choose_by: str

    def __post_init__(self) -> None:
        _choice("choose_by", self.choose_by, ("accuracy", "macro_recall", "macro_f1"))


@dataclasses.dataclass(frozen=True)
class Report:
    """Whether sound is put into the page (``demo``: only where the corpus may be handed on)."""

    audio: str

    def __post_init__(self) -> None:
        _choice("audio", self.audio, ("demo", "always", "never"))


@dataclasses.dataclass(frozen=True)
class Release:
    """Version number of what is released, and the kinds of model."""

    version: str
    kinds: list[str]

    def __post_init__(self) -> None:
        parts = str(self.version).split(".")
        if not isinstance(self.version, str) or len(parts) != 2 or not all(part.isdigit() for part in parts):
            raise ParamsError(f'version={self.version!r}: must be "major.minor" in quotation marks')
        if not isinstance(self.kinds, list) or not self.kinds:
            raise ParamsError(f"kinds={self.kinds!r}: must be a list with at least one kind of model")
        for kind in self.kinds:
            _choice("kinds", kind, MODEL_KINDS)


def _features(**values: Any) -> Any:
    from features import FeatureSettings

    return FeatureSettings(**values)


def _room(module: str, name: str) -> Callable[[], Callable]:
    def load() -> Callable:
        import importlib

        return getattr(importlib.import_module(module), name)

    return load


#: Section -> what gives its schema. The order is that of params.yaml.
SCHEMAS: dict[str, Callable[[], Callable]] = {
    "base": lambda: Base,
    "corpus": lambda: Corpus,
    "demo": _room("corpora.demo", "DemoSettings"),
    "prepare": lambda: Prepare,
    "split": lambda: Split,
    "segments": lambda: Segments,
    "features": _room("features", "FeatureSettings"),
    "augment": _room("augment", "AugmentSettings"),
    "train": lambda: Train,
    "cnn": _room("models.cnn", "CNN"),
    "svm": _room("models.svm", "SVM"),
    "xgb": _room("models.xgb", "XGB"),
    "blend": _room("models.blend", "Blend"),
    "rule": _room("musiclassify.audio.excerpts", "Rule"),
    "evaluate": lambda: Evaluate,
    "compare": lambda: Compare,
    "report": lambda: Report,
    "release": lambda: Release,
}

#: Names that a schema takes but that come from elsewhere: the segment lengths have a section of their own, and a
#: model gets its genres, its seed and (a blend) its members from the stage that makes it.
_NOT_IN_SECTION = {
    "features": {"segment_s", "segment_hop_s"},
    **{kind: {"genres", "seed"} for kind in TRAINED_KINDS},
    "blend": {"genres", "seed", "members", "weights"},
}


def names(section: str) -> list[str]:
    """The parameters of a section, in the order of its schema."""
    schema = SCHEMAS[section]()
    skipped = _NOT_IN_SECTION.get(section, set())
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [p.name for p in inspect.signature(schema).parameters.values() if p.name not in skipped and p.kind in kinds]


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
    """Refuse values that do not fit the schemas; see `load`."""
    if not isinstance(values, Mapping):
        raise ParamsError(f"must hold the sections {', '.join(SCHEMAS)}")
    _same_names(values, list(SCHEMAS), "section", "")
    for section, given in values.items():
        if not isinstance(given, Mapping):
            raise ParamsError(f"{section}: must hold {', '.join(names(section))}")
        _same_names(given, names(section), "parameter", f"{section}.")
        build(section, given)
    if values["segments"]["segment_hop_s"] > values["segments"]["segment_s"]:
        raise ParamsError("segments.segment_hop_s: must be at most segments.segment_s")


def _same_names(given: Mapping, known: list[str], what: str, prefix: str) -> None:
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"known are {', '.join(known)}"
            raise ParamsError(f"{prefix}{name}: unknown {what}; {hint}")
    for name in known:
        if name not in given:
            raise ParamsError(f"{prefix}{name}: missing {what}; add it")


def build(section: str, values: Mapping[str, Any]) -> Any:
    """Make the settings of a section from plain values; a model's section stays a dict of checked values."""
    schema = SCHEMAS[section]()
    try:
        if section in MODEL_KINDS:
            schema(genres=["a", "b"], seed=0, **values)
            return dict(values)
        return schema(**values)
    except (TypeError, ValueError) as error:
        words = str(error)
        raise ParamsError(words if words.startswith(f"{section}.") else f"{section}.{words}") from None


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
            chosen[section] = build(section, values[section])
        else:
            part = chosen.setdefault(section, Params())
            setattr(part, name, values[section][name])
    if "features" in chosen and "segments" in chosen:
        chosen["features"] = _features(**values["features"], **values["segments"])
    return Params(**chosen)
