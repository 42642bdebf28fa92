"""A released model in a new version with the same weights: its graphs written anew by today's code, nothing learned.

The trained models are those that ``release-models`` kept in ``data/released/trained/``; temperatures, thresholds,
scores and the layer that tells music from what is none are those of the former version. Its metadata says which
version that is and which revision learned it. The new graphs must say what the former ones say (`TOLERANCE`), so that
a trained model that is another one's is refused.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import yaml
from onnx import numpy_helper

import models
from features import Engine, FeatureSettings, taggers
from models import export
from models.sounds import Sounds
from musiclassify.released.runtime import open_graph
from pipeline import provenance
from pipeline.errors import PipelineError
from pipeline.files import read_json
from studies import cards
from studies.release_models import REPORTS, SETTINGS, releasable

TOLERANCE = 0.002
"""Of probabilities: sums are rounded otherwise, and a tree's threshold may lie between."""
#: What `export.release` fills in by itself.
FILLED = ("format_version", "labels", "sample_rate", "features", "statistics", "head_inputs", "graphs", "sounds")


def run(name: str, trained: dict[str, Path], version: str, folder: Path) -> Path:
    """Write ``<corpus>-<kind>-v<version>`` beside the former version.

    Parameters
    ----------
    name : str
        The former version, a folder in `folder`.
    trained : dict of str to path
        Its model, or a blend's members by their names in ``released.yaml``.
    version : str
    folder : path
        Of released models.

    Raises
    ------
    PipelineError
        If the code is no commit's, if the members are not those of a released model, or if the new graph says
        something else than the former one.
    """
    revision = releasable(Path("."))
    old = folder / name
    if not (old / "config.json").exists():
        raise PipelineError(f"{old}: no released model; give the name of a folder in {folder}")
    new = folder / (name.rpartition("-v")[0] + f"-v{version}")
    if new.exists():
        raise PipelineError(f"{new}: is there already, and a released model is not changed; give another --version")
    config, metadata = read_json(old / "config.json"), read_json(old / "metadata.json")
    model = _model(config, trained)
    settings = FeatureSettings.from_dict(config["features"])
    sounds = told(old / "model.onnx", config, settings) if "sounds" in config else None
    given = {key: value for key, value in config.items() if key not in FILLED}
    given |= {"version": version, "name": new.name}
    metadata = {key: value for key, value in metadata.items() if key not in ("files", "format_version")}
    learned = metadata.get("learned") or {key: metadata[key] for key in ("created", "git_revision", "command")}
    metadata |= {
        "created": provenance.today(),
        "git_revision": revision,
        "command": f"python -m studies export-again {name} --version {version}",
        "learned": {"release": name} | learned,
    }
    card = cards.released_card(given, metadata, settings.tagger)
    with tempfile.TemporaryDirectory(prefix=".", dir=folder) as partial:
        where = Path(partial) / given["name"]
        export.release(model, where, settings=settings, config=given, metadata=metadata, card=card, sounds=sounds)
        _compare(old / "model.onnx", where / "model.onnx", settings)
        return where.rename(new)


def _model(config: dict[str, Any], trained: dict[str, Path]) -> Any:
    """The trained model, a blend with the weights that ``reports/released/metrics.json`` has."""
    settings = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    for corpus, name in settings["released"]:
        members = settings["blends"].get(name, [name])
        if corpus == config["corpus"] and sorted(members) == sorted(trained):
            parts = {member: models.load(trained[member]) for member in members}
            if name not in settings["blends"]:
                return parts[name]
            blend = models.create("blend", genres=config["labels"], members=parts)
            blend.weights = read_json(REPORTS / "metrics.json")["weights"][name]
            return blend
    raise PipelineError(
        f"--trained {','.join(trained)}: {SETTINGS.name} releases nothing of {config['corpus']} with just these members"
    )


def told(path: Path, config: dict[str, Any], settings: FeatureSettings) -> Sounds:
    """The layer that tells music from what is none, out of a released graph."""
    graph = onnx.load(path).graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    made = {output: node for node in graph.node for output in node.output}
    node = made["sounds"]
    while node.op_type != "Softmax":
        node = made[node.input[0]]
    add = made[node.input[0]]
    kernel, bias = (numpy_helper.to_array(stored[n]) for n in (made[add.input[0]].input[1], add.input[1]))
    statistics = taggers.statistics(settings.tagger) or Engine(settings).statistics
    return Sounds(tuple(config["sounds"]["names"]), tuple(statistics), kernel, bias, config["sounds"]["music_below"])


def _compare(old: Path, new: Path, settings: FeatureSettings) -> None:
    """Both graphs on made sounds of several lengths."""
    rng, rate = np.random.default_rng(0), settings.sample_rate
    before, after = open_graph(old), open_graph(new)
    for seconds in (1.5, 5.0, 17.3, 30.0):
        time = np.arange(round(seconds * rate)) / rate
        y = 0.3 * np.sin(2 * np.pi * 220 * time) * (time % 0.5 < 0.3) + 0.05 * rng.standard_normal(len(time))
        samples = {"samples": y.astype(np.float32)[None]}
        for output in ("probabilities", "sounds"):
            if output not in {one.name for one in before.get_outputs()}:
                continue
            one, other = (graph.run([output], samples)[0] for graph in (before, after))
            worst = float(np.abs(one - other).max())
            if not worst <= TOLERANCE:
                raise PipelineError(
                    f"{new.parent.name}: {output} of {seconds} s lie {worst:.4f} off the former version's, {TOLERANCE} "
                    "are allowed; give the trained models that it was made of"
                )


def members(text: str) -> dict[str, Path]:
    """``svm=FOLDER,xgb=FOLDER``.

    >>> members("svm=a/b")
    {'svm': PosixPath('a/b')}
    """
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(folder for _, _, folder in pairs):
        raise PipelineError(f"--trained {text}: must be NAME=FOLDER, a comma between several")
    return {name.strip(): Path(folder.strip()) for name, _, folder in pairs}
