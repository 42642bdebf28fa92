"""Networks that others trained, one an entry: what they say of a segment are statistics of it (`features.tagger`).

Nothing of them is learned here. The songs that such a network learned from are by many artists, and those of a corpus
may be among them. A split by artist keeps the corpus' labels apart; what the network has heard before it cannot, so
every entry says what it has heard, and scores with and without it stand beside each other.

An entry defines ``TAGGER``, a `Tagger`. It reads 22 050 Hz and is called ``msd-musicnn`` in settings where its file is
``msd_musicnn.py``. A network of your own needs no entry: name its file, ``features.tagger: path/to/own.onnx``, and put
``path/to/own.json`` beside it: ``{"sha256": "...", "licence": "...", "card": "..."}``. It takes ``segments`` float32
[n, samples] and gives ``statistics`` float32 [n, m]; they are called ``own_0``, ``own_1``, ...
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from features.errors import FeatureError
from features.taggers._cache import from_environment
from musiclassify.registry import Registry
from settings import SettingError

NONE = "none"
OPSET = 18  # latest set of operations that a network may use: that of the graphs that carry it (`models.graph`)
REGISTRY = Registry(__name__, "features.tagger", needs=("TAGGER",))
ENDING = ".onnx"


@dataclass(frozen=True)
class Tagger:
    """A network and what must be said of it.

    Attributes
    ----------
    path : Path
        ONNX: ``segments`` float32 [n, samples at 22 050 Hz] to ``statistics`` float32 [n, len(statistics)].
    sha256 : str
        Of the file.
    statistics : tuple of str
    licence : str
    card : str
        What the card of a model that is built on it must say, above all what it has heard.
    """

    path: Path
    sha256: str
    statistics: tuple[str, ...]
    licence: str
    card: str

    def checked(self) -> Path:
        """The file, if it is the one that this describes.

        Raises
        ------
        FeatureError
        """
        try:
            found = hashlib.sha256(self.path.read_bytes()).hexdigest()
        except OSError:
            raise FeatureError(f"features.tagger: {self.path} cannot be read; restore it") from None
        if found != self.sha256:
            raise FeatureError(f"features.tagger: {self.path} has another sha256 than expected; restore it")
        return self.path


def names() -> tuple[str, ...]:
    """What settings may call the entries."""
    return tuple(name.replace("_", "-") for name in REGISTRY.names())


def named(setting: str) -> tuple[Tagger, ...]:
    """The networks of ``features.tagger``: none, one, or several joined by ``+``.

    >>> len(named("msd-musicnn+mtt-musicnn")), named("none")
    (2, ())

    Raises
    ------
    SettingError
        If one is neither an entry nor a file with its description beside it.
    """
    if setting == NONE:
        return ()
    found = tuple(_one(name) for name in setting.split("+"))
    if len(set(found)) < len(found):
        raise SettingError(f"tagger={setting!r} names a network twice; give each once")
    return found


def statistics(setting: str) -> tuple[str, ...]:
    """Names of what the networks of a setting say, in their order."""
    return tuple(name for tagger in named(setting) for name in tagger.statistics)


class Runner:
    """One network, run by onnxruntime on one thread."""

    def __init__(self, tagger: Tagger) -> None:
        self.tagger, self.path = tagger, tagger.checked()
        self._session, self._cache = _session(self.path), from_environment()

    def of(self, segments: np.ndarray) -> np.ndarray:
        """Statistics of segments, float32 [K, samples] to [K, statistics]; see `_cache` for what is known before."""
        return self._cache.of(self.tagger.sha256, segments, self._ask) if self._cache else self._ask(segments)

    def _ask(self, segments: np.ndarray) -> np.ndarray:
        return self._session.run(["statistics"], {"segments": segments})[0]


def runners(setting: str) -> Sequence[Runner]:
    """One for each network of a setting."""
    return [Runner(tagger) for tagger in named(setting)]


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@cache
def _one(name: str) -> Tagger:
    if name.endswith(ENDING):
        return _own(Path(name))
    if name not in names():
        choices = ", ".join((NONE, *names()))
        raise SettingError(f"tagger={name!r} must be one of {choices}, several of them joined by +, or an .onnx file")
    return REGISTRY.get(name.replace("-", "_")).TAGGER


def _own(path: Path) -> Tagger:
    """A network that somebody brought, described by the JSON file beside it."""
    described = path.with_suffix(".json")
    try:
        told = json.loads(described.read_text(encoding="utf-8"))
        sha256, licence, card = (str(told[key]) for key in ("sha256", "licence", "card"))
    except (OSError, ValueError, TypeError, KeyError):
        raise SettingError(
            f"tagger={str(path)!r} needs {described} beside it: an object with sha256, licence and card"
        ) from None
    try:
        Tagger(path, sha256, (), licence, card).checked()
    except FeatureError as error:
        raise SettingError(f"tagger={str(path)!r}: {error}") from None
    return Tagger(path, sha256, tuple(f"{path.stem}_{i}" for i in range(width(path))), licence, card)


def width(path: Path) -> int:
    """How many statistics somebody's own network gives.

    Raises
    ------
    SettingError
        If it is no network that the engine can run and a released model can carry inside.
    """
    import onnx

    try:
        session = _session(path)
        (given,), (made,) = session.get_inputs(), session.get_outputs()
        model = onnx.load(path, load_external_data=False)
    except Exception as error:  # onnxruntime's own exceptions share no root but Exception
        raise SettingError(f"tagger={str(path)!r} is no graph of one input and one output: {error}") from None
    found = made.shape[-1] if made.shape else None
    if (given.name, made.name) != ("segments", "statistics") or not isinstance(found, int):
        raise SettingError(f"tagger={str(path)!r} must take segments [n, samples] and give statistics [n, a number]")
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in model.graph.initializer):
        raise SettingError(
            f"tagger={str(path)!r} keeps weights in another file, which its sha256 does not cover: save one"
        )
    version = max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=0)
    if version > OPSET:
        raise SettingError(f"tagger={str(path)!r} has opset {version}: export it with {OPSET} or below")
    return found
