"""What was learned, written as a released model like any other: graphs, constants, hashes, card."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import platform
import re
import shutil
from collections import Counter
from importlib import metadata as distributions
from pathlib import Path
from typing import Any

import numpy as np

from musiclassify import __version__
from musiclassify.released.registry import ModelError, Release, read, verify
from musiclassify.released.schema import FORMAT_VERSION

from .card import CONFUSIONS, card
from .errors import LearnError
from .fit import FOLDS, STRENGTHS, Learned
from .graph import Head, head_graph, with_head
from .material import Left, Material
from .picture import confusion_picture

__all__ = ["KIND", "check_folder", "write_release"]

KIND = "linear"
_KEPT = ("sample_rate", "features", "statistics", "rule", "min_duration_s", "silence_peak", "sounds")
"""What a front needs to know of the base, whose hearing it is."""
_LIBRARIES = ("numpy", "onnxruntime", "av", "soxr", "soundfile")


def check_folder(folder: str | os.PathLike[str]) -> str:
    """Say which version a model in this folder would be: 1.0, or the next one of that which was learned before.

    Raises
    ------
    LearnError
        Its name cannot be a model's, or something stands there that was not learned by this program.
    """
    path = Path(folder)
    name = Path(os.path.abspath(path)).name
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise LearnError(f"--output {folder} must end in a name of letters, digits, dots and hyphens, like mine")
    if not Path(os.path.abspath(path)).parent.is_dir():
        raise LearnError(f"--output {folder} must be a folder in one that is there")
    if not os.path.lexists(path):
        return "1.0"
    try:
        config = read(path).config if path.is_dir() and not path.is_symlink() else {}
    except ModelError:
        config = {}
    if config.get("kind") != KIND or "base" not in config:
        raise LearnError(f"--output {folder} is there and is no model that was learned here; name another folder")
    major, minor = map(int, config["version"].split("."))
    return f"{major}.{minor + 1}"


def write_release(
    folder: str | os.PathLike[str],
    base: Release,
    columns: np.ndarray,
    material: Material,
    left: Left,
    learned: Learned,
    *,
    corpus: str,
    command: str,
    seed: int,
) -> Release:
    """Write a model's folder, whole or not at all; one that was learned before is replaced.

    Parameters
    ----------
    folder : path
        See `check_folder`.
    base : Release
        Whose graph hears.
    columns : int [c]
        Of its ``summary``, that the head reads.
    material, left, learned
        What was learned from, what was left out, what came of it.
    corpus, command : str
        As they stand in config.json and metadata.json.
    seed : int

    Returns
    -------
    Release
        Read back, every file checked.
    """
    version, goal = check_folder(folder), Path(os.path.abspath(folder))
    head = Head(columns[learned.head.columns], learned.head.weights, learned.head.offsets)
    config = {
        "format_version": FORMAT_VERSION,
        "name": goal.name,
        "corpus": corpus,
        "kind": KIND,
        "version": version,
        "labels": material.labels,
        **{name: base.config[name] for name in _KEPT if name in base.config},
        "temperature": round(learned.temperature, 4),
        "uncertain_below": round(learned.uncertain_below, 4),
        "head_inputs": ["summary"],
        "graphs": {"model": "model.onnx", "frontend": "frontend.onnx", "head": "head.onnx"},
        "base": {"name": base.name, "sha256": base.digest},
    }
    title = f"{goal.name}: {learned.scores['tracks']} held-out songs"
    files: dict[str, bytes] = {
        "model.onnx": with_head((base.folder / base.config["graphs"]["model"]).read_bytes(), head),
        "frontend.onnx": (base.folder / base.config["graphs"]["frontend"]).read_bytes(),
        "head.onnx": head_graph(head, len(base.config["statistics"])),
        "config.json": _json(config),
        "README.md": card(goal.name, base.name, material, left, learned).encode(),
        CONFUSIONS: confusion_picture(learned.scores["confusion"], material.labels, title).encode(),
    }
    files["metadata.json"] = _json(_metadata(base, material, left, learned, corpus, command, seed, files))
    return _put(goal, files)


def _metadata(
    base: Release,
    material: Material,
    left: Left,
    learned: Learned,
    corpus: str,
    command: str,
    seed: int,
    files: dict[str, bytes],
) -> dict[str, Any]:
    settings = {"seed": seed, "folds": FOLDS, "strengths": STRENGTHS, "strength": learned.strength}
    index = sorted(zip(material.digests, (song.label for song in material.songs), strict=True))
    return {
        "format_version": FORMAT_VERSION,
        "created": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "git_revision": f"musiclassify {__version__}",
        "command": command,
        "params_sha256": hashlib.sha256(_json([settings, base.digest])).hexdigest(),
        "index_sha256": hashlib.sha256(_json(index)).hexdigest(),
        "trained_on": {
            "corpus": corpus,
            "tracks": len(material.songs),
            "genres": dict(sorted(Counter(song.label for song in material.songs).items())),
            "base": base.name,
            "settings": settings,
            "not_learned": left.labels,
            "little": left.weak,
        },
        "scores": learned.scores,
        "libraries": {
            "python": platform.python_version(),
            **{name: distributions.version(name) for name in _LIBRARIES},
        },
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }


def _put(goal: Path, files: dict[str, bytes]) -> Release:
    part, old = (goal.with_name(f".{goal.name}.{os.getpid()}.{what}") for what in ("part", "old"))
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for name, content in files.items():
            (part / name).write_bytes(content)
        release = read(part)
        verify(release)
        if goal.exists():
            goal.rename(old)
        part.rename(goal)
    except OSError as error:
        raise LearnError(f"{goal} cannot be written ({error.strerror or error}); name another --output") from error
    finally:
        if old.exists() and not goal.exists():
            old.rename(goal)
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return read(goal)


def _json(document: Any) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
