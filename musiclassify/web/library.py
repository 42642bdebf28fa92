"""The released models as the server uses them: by name only, loaded once, shared by all requests."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from musiclassify.audio.excerpts import Rule
from musiclassify.released.heard import Heard
from musiclassify.released.registry import UnknownModelError, read, verify
from musiclassify.released.runtime import open_graph
from musiclassify.released.session import Session

from .problems import ProblemError

__all__ = ["FILES", "Library", "Model", "Ran"]

FILES = ("config.json", "metadata.json", "README.md", "model.onnx", "frontend.onnx", "head.onnx")
"""The files of a released model that a browser may fetch."""


class Ran(NamedTuple):
    """What a model says of an excerpt.

    Attributes
    ----------
    probabilities : np.ndarray [genres]
    by_segment : np.ndarray [K, genres]
    sounds : dict of str to float
        How probably it is music, speech, ...; empty for models that do not tell.
    heard : np.ndarray [tags + embedding] or None
        See `musiclassify.released.heard.Heard.of`.
    """

    probabilities: np.ndarray
    by_segment: np.ndarray
    sounds: dict[str, float]
    heard: np.ndarray | None


class Model:
    """A released model: read and checked at once, its graphs opened when they are first needed.

    Attributes
    ----------
    name : str
    folder : Path
    config, metadata : dict
        As in its ``config.json`` and ``metadata.json``.
    labels : list of str
        In the order of the probabilities.
    heard : Heard
        Which statistics are tags and which the embedding; false for models that have neither.
    """

    def __init__(self, folder: Path) -> None:
        self._release = read(folder)
        verify(self._release)
        self.folder = folder
        self.name = self._release.name
        self.config, self.metadata = self._release.config, self._release.metadata
        self.labels: list[str] = list(self.config["labels"])
        self.heard = Heard(self.config["statistics"])
        self._lock = threading.Lock()

    def rule(self, vote: str | None = None) -> Rule:
        """The model's rule for songs, with another vote if one is given."""
        return Rule(**self.config["rule"] | ({"vote": vote} if vote else {}))

    @cached_property
    def _whole(self) -> Session:
        return Session(self._release)

    @cached_property
    def _head(self) -> Any:
        return open_graph(self.folder / self.config["graphs"]["head"])

    def run(self, samples: np.ndarray) -> Ran:
        """Classify one excerpt.

        Parameters
        ----------
        samples : float32 [n]

        """
        with self._lock:
            session = self._whole
        names = self.config.get("sounds", {}).get("names", [])
        more = [*(["sounds"] if names else []), *(["summary"] if self.heard and session.has_summary else [])]
        whole, segments, *others = session.run(samples, ("probabilities", "segment_probabilities", *more))
        named = dict(zip(more, others, strict=True))
        sounds = dict(zip(names, named["sounds"].tolist(), strict=True)) if names else {}
        return Ran(whole, segments, sounds, self.heard.of(named["summary"]) if "summary" in named else None)

    def head(self, features: Mapping[str, np.ndarray]) -> np.ndarray:
        """Classify segments by their features, arrays [N, ...] by name: probabilities [N, genres]."""
        with self._lock:
            session = self._head
        return session.run(["probabilities"], dict(features))[0]

    def _hearing(self) -> str:
        """What it owes to a network trained elsewhere: nothing ("own"), its lessons ("taught"), or all that it hears.

        "clean" is such a network of which it is known that it has heard none of GTZAN's artists; "heard" is any other.
        """
        if "taught_by" in self.config:
            return "taught"
        tagger = self.config["features"].get("tagger", "none")
        if tagger == "none":
            return "own"
        return "clean" if tagger == "mtt-musicnn" and self.config["corpus"].startswith("gtzan") else "heard"

    def describe(self) -> dict[str, Any]:
        """What a person choosing a model wants to know."""
        scores, hearing = self.metadata["scores"], self._hearing()
        keep = ("split", "tracks", "folds", "accuracy", "macro_recall", "per_genre_recall", "confusion")
        return {
            "name": self.name,
            "kind": self.config["kind"],
            "corpus": self.config["corpus"],
            "version": self.config["version"],
            "labels": self.labels,
            "uncertain_below": self.config["uncertain_below"],
            "pretrained": hearing != "own",
            "hearing": hearing,
            "scores": {key: scores[key] for key in keep if key in scores},
            "sizes": {name: (self.folder / name).stat().st_size for name in FILES if (self.folder / name).is_file()},
        }


class Library:
    """All released models in a folder.

    Parameters
    ----------
    folder : Path
        As ``models/released``; the default model's name stands in the file ``default`` in it or beside it.
    """

    def __init__(self, folder: Path) -> None:
        self._models = {path.parent.name: Model(path.parent) for path in sorted(folder.glob("*/config.json"))}
        if not self._models:
            raise UnknownModelError(folder, "holds no released model", "release one or name another folder (MODELS)")
        self.default = self._default(folder)

    def _default(self, folder: Path) -> str:
        for path in (folder / "default", folder.parent / "default"):
            if path.is_file():
                name = path.read_text("utf-8").strip()
                if name in self._models:
                    return name
        return next(iter(self._models))

    @property
    def names(self) -> list[str]:
        """Names of the models, sorted."""
        return list(self._models)

    def get(self, name: str | None) -> Model:
        """The model of that name; the default one for None.

        Raises
        ------
        ProblemError
            ``unknown-model``, with the valid names.
        """
        model = self._models.get(name or self.default)
        if model is None:
            raise ProblemError("unknown-model", f"The models are: {', '.join(self.names)}.")
        return model

    def describe(self) -> dict[str, Any]:
        """The list of models, as ``GET /api/v1/models`` gives it."""
        return {"default": self.default, "models": [model.describe() for model in self._models.values()]}
