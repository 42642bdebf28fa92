"""The released models as the server uses them: by name only, loaded once, shared by all requests."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from audio.excerpts import Rule

from .problems import ProblemError

__all__ = ["FILES", "Library", "Model"]

FILES = ("config.json", "metadata.json", "README.md", "model.onnx", "frontend.onnx", "head.onnx")
"""The files of a released model that a browser may fetch."""


class Model:
    """A released model.

    Attributes
    ----------
    name : str
    folder : Path
    config, metadata : mapping
        As in its ``config.json`` and ``metadata.json``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config: Mapping[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
        self.metadata: Mapping[str, Any] = json.loads((folder / "metadata.json").read_text("utf-8"))
        self.name: str = folder.name
        self.labels: list[str] = list(self.config["labels"])
        self._lock = threading.Lock()

    def rule(self, vote: str | None = None) -> Rule:
        """The model's rule for songs, with another vote if one is given."""
        settings = dict(self.config["rule"])
        return Rule(**settings | ({"vote": vote} if vote else {}))

    def _session(self, graph: str) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        path = self.folder / self.config["graphs"][graph]
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _whole(self) -> Any:
        return self._session("model")

    @cached_property
    def _head(self) -> Any:
        return self._session("head")

    def run(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Classify one excerpt, ``samples`` float32 [n]: probabilities [genres] and those of its segments [K, genres]."""
        with self._lock:
            session = self._whole
        whole, segments = session.run(["probabilities", "segment_probabilities"], {"samples": samples[None]})
        return whole[0], segments[0]

    def head(self, features: Mapping[str, np.ndarray]) -> np.ndarray:
        """Classify segments by their features: probabilities [N, genres]."""
        with self._lock:
            session = self._head
        return session.run(["probabilities"], dict(features))[0]

    def describe(self) -> dict[str, Any]:
        """What a person choosing a model wants to know."""
        scores = self.metadata["scores"]
        keep = ("split", "tracks", "folds", "accuracy", "macro_recall", "per_genre_recall", "confusion")
        return {
            "name": self.name,
            "kind": self.config["kind"],
            "corpus": self.config["corpus"],
            "version": self.config["version"],
            "labels": self.labels,
            "uncertain_below": self.config["uncertain_below"],
            "scores": {key: scores[key] for key in keep if key in scores},
            "sizes": {name: (self.folder / name).stat().st_size for name in FILES if (self.folder / name).is_file()},
        }


class Library:
    """All released models in a folder.

    Parameters
    ----------
    folder : Path
        As ``models/released``; the default one is named in ``folder/default`` or, beside it, ``default``.
    """

    def __init__(self, folder: Path) -> None:
        self._models = {path.parent.name: Model(path.parent) for path in sorted(folder.glob("*/config.json"))}
        if not self._models:
            raise FileNotFoundError(f"{folder}: holds no released model; train one or name another folder (MODELS)")
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
