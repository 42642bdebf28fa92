"""Write a trained model as a released one: ONNX graphs, config, metadata with hashes, and the card."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from features import Engine, FeatureSettings
from features.taggers import NONE
from settings import replace

from .base import Model, write_bytes
from .frontend import frontend_model
from .heads import columns, head_graph, model_graph
from .sounds import Sounds

FORMAT_VERSION = 1


def release(
    model: Model,
    folder: str | Path,
    *,
    settings: FeatureSettings,
    config: dict[str, Any],
    metadata: dict[str, Any],
    card: str = "",
    sounds: Sounds | None = None,
) -> Path:
    """Write a folder in the released layout; it appears whole or not at all.

    Parameters
    ----------
    model : Model
        Trained.
    settings : FeatureSettings
        What its features were made with.
    config : dict
        ``name, corpus, kind, version, rule, temperature, uncertain_below`` and what else a front needs; labels,
        feature settings, statistics and graphs are filled in. ``temperatures``, where there are, are for different
        amounts of sound (`models.heads.model_graph`).
    metadata : dict
        ``scores, trained_on, command, libraries ...``; the hash of each file is filled in.
    card : str
        Text of README.md.
    sounds : Sounds, optional
        Tells music from what is none.

    Returns
    -------
    Path
    """
    folder, engine = Path(folder), Engine(heard_by(model, settings))
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    _write_graphs(part, model, engine, config, sounds)
    full = {
        "format_version": FORMAT_VERSION,
        **config,
        "labels": list(model.genres),
        "sample_rate": engine.settings.sample_rate,
        "features": engine.settings.to_dict(),
        "statistics": columns(model.inputs, engine),
        "head_inputs": list(model.inputs),
        "graphs": {"model": "model.onnx", "frontend": "frontend.onnx", "head": "head.onnx"},
    }
    full |= {"taught_by": model.taught_by} if model.taught_by else {}
    full.setdefault("min_duration_s", 1.0)
    full.setdefault("silence_peak", 1e-4)
    if sounds is not None:
        full["sounds"] = sounds.config()
    _write_json(part / "config.json", full)
    (part / "README.md").write_text(card or f"# {config.get('name', model.kind)}\n", encoding="utf-8")
    write_metadata(part, metadata)
    if folder.exists():
        shutil.rmtree(folder)
    part.rename(folder)
    return folder


def heard_by(model: Model, settings: FeatureSettings) -> FeatureSettings:
    """The settings without the tagger, where the model reads no statistics: it answers without one."""
    return settings if {"summary", "embedding"} & set(model.inputs) else replace(settings, tagger=NONE)


def _write_graphs(folder: Path, model: Model, engine: Engine, config: dict[str, Any], sounds: Sounds | None) -> None:
    """The whole, and its two halves for fronts that look at the features between them."""
    temperature = float(config["temperature"])
    whole = model_graph(model, engine, config.get("temperatures", [temperature]), sounds)
    write_bytes(folder / "model.onnx", whole.SerializeToString())
    front = frontend_model(engine, model.inputs)
    write_bytes(folder / "frontend.onnx", front.SerializeToString())
    head = head_graph(
        model,
        frames=engine.settings.segment_frames,
        coefficients=engine.settings.n_mfcc,
        statistics=len(engine.statistics),
        temperature=temperature,
    )
    write_bytes(folder / "head.onnx", head.SerializeToString())


def write_metadata(folder: Path, metadata: dict[str, Any]) -> None:
    """Write metadata.json with the hash of every other file of the folder; call it last."""
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != "metadata.json"
    }
    document = {"format_version": FORMAT_VERSION, "libraries": {}, **metadata, "files": files}
    _write_json(folder / "metadata.json", document)


def _write_json(path: Path, document: dict[str, Any]) -> None:
    write_bytes(path, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())
