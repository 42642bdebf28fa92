"""Write a trained model as a released one: ONNX graphs, config, metadata with hashes, and the card."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from importlib import metadata as distributions
from pathlib import Path
from typing import Any

from features import Engine, FeatureSettings
from features.tagger import STATISTICS as HEARD

from .frontend import FrontEnd, frontend_model
from .graph import Graph, value
from .heads import add_head, apply_temperature, head_graph, write_bytes

FORMAT_VERSION = 1
LIBRARIES = ("numpy", "scipy", "librosa", "audiomentations", "scikit-learn", "xgboost", "tensorflow", "keras", "onnx")


def model_graph(model, engine: Engine, temperature: float):
    """``model.onnx``: one excerpt a row, ``samples`` [batch, n], to probabilities (mean over its segments)."""
    g, s = Graph(), engine.settings
    front = FrontEnd(g, engine, "samples")
    read = front.read(model.inputs)
    p = apply_temperature(g, add_head(model, g, read), temperature)
    shape = g.concat([g.const([-1]), front.k, g.const([len(model.genres)])], 0)
    by_segment = g.reshape(p, shape)
    outputs = [
        value(g.name(g.mean(by_segment, 1), "probabilities"), ["batch", len(model.genres)]),
        value(g.name(by_segment, "segment_probabilities"), ["batch", "segments", len(model.genres)]),
        value(g.name(front.mfcc, "mfcc"), ["batch", "frames", s.n_mfcc]),
    ]
    if "summary" in read:
        shape = g.concat([g.const([-1]), front.k, g.const([len(engine.statistics)])], 0)
        named = g.name(g.reshape(read["summary"], shape), "summary")
        outputs.append(value(named, ["batch", "segments", len(engine.statistics)]))
    return g.model("musiclassify", [value("samples", ["batch", "n"])], outputs)


def release(
    model,
    folder: str | Path,
    *,
    settings: FeatureSettings,
    config: dict[str, Any],
    metadata: dict[str, Any],
    card: str = "",
) -> Path:
    """Write a folder in the released layout.

    Parameters
    ----------
    model : Model
        Trained.
    settings : FeatureSettings
        What its features were made with.
    config : dict
        ``name, corpus, kind, version, rule, temperature, uncertain_below`` and what else a front needs; labels,
        feature settings, statistics and graphs are filled in.
    metadata : dict
        ``scores, trained_on, command ...``; versions of libraries and the hash of each file are filled in.
    card : str
        Text of README.md.

    Returns
    -------
    Path
        The folder; it appears whole or not at all.
    """
    folder = Path(folder)
    engine = Engine(settings)
    temperature = float(config["temperature"])
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    write_bytes(part / "model.onnx", model_graph(model, engine, temperature).SerializeToString())
    front = frontend_model(engine, model.inputs)
    write_bytes(part / "frontend.onnx", front.SerializeToString())
    head = head_graph(
        model,
        frames=settings.segment_frames,
        coefficients=settings.n_mfcc,
        statistics=len(engine.statistics),
        temperature=temperature,
    )
    write_bytes(part / "head.onnx", head.SerializeToString())
    full = {
        "format_version": FORMAT_VERSION,
        **config,
        "labels": list(model.genres),
        "sample_rate": settings.sample_rate,
        "features": settings.to_dict(),
        "statistics": _statistics(model.inputs, engine),
        "head_inputs": list(model.inputs),
        "graphs": {"model": "model.onnx", "frontend": "frontend.onnx", "head": "head.onnx"},
    }
    full.setdefault("min_duration_s", 1.0)
    full.setdefault("silence_peak", 1e-4)
    _write_json(part / "config.json", full)
    (part / "README.md").write_text(card or f"# {config.get('name', model.kind)}\n", encoding="utf-8")
    write_metadata(part, metadata)
    if folder.exists():
        shutil.rmtree(folder)
    part.rename(folder)
    return folder


def _statistics(inputs: tuple[str, ...], engine: Engine) -> list[str]:
    """Names of the columns of ``summary``, or of ``heard`` where that is what the model reads."""
    if "summary" in inputs:
        return list(engine.statistics)
    return list(HEARD) if "heard" in inputs else []


def write_metadata(folder: Path, metadata: dict[str, Any]) -> None:
    """Write metadata.json with the hash of every other file of the folder; call it last."""
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != "metadata.json"
    }
    document = {"format_version": FORMAT_VERSION, **metadata, "libraries": library_versions(), "files": files}
    _write_json(folder / "metadata.json", document)


def library_versions() -> dict[str, str]:
    """Versions of what took part in training."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        for candidate in (name, f"{name}-cpu"):
            try:
                found[name] = distributions.version(candidate)
            except distributions.PackageNotFoundError:
                continue
    return found


def _write_json(path: Path, document: dict[str, Any]) -> None:
    write_bytes(path, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())
