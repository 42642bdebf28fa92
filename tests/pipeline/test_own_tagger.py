"""A network of somebody's own from the parameter to the released model, which no longer needs its file."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import soundfile
import yaml
from tiny_corpus import sound, tiny

from features.store import open_store
from features.taggers import __main__ as describe
from models.graph import Graph, value
from musiclassify import released
from pipeline import cards, extract
from pipeline import params as parameters
from pipeline.files import read_json
from pipeline.layout import Layout


@pytest.fixture
def ear(tmp_path):
    """Mean loudness, largest sample, and how often the wave turns: enough to tell the tiny corpus' labels apart."""
    g = Graph()
    size = g.op("Abs", "segments")
    turns = g.op("Abs", g.sub(g.slice("segments", 1, np.iinfo(np.int64).max, 1), g.slice("segments", 0, -1, 1)))
    parts = [g.mean(size, 1, keep=True), g.max(size, [1], keep=True), g.mean(turns, 1, keep=True)]
    made = g.name(g.concat(parts, 1), "statistics")
    model = g.model("ear", [value("segments", ["n", "samples"])], [value(made, ["n", 3])])
    path = tmp_path / "my ear.onnx"
    path.write_bytes(model.SerializeToString())
    told = ["--licence", "CC0-1.0", "--card", "Built on my ear, which has heard nothing.", "--segment-s", "2"]
    assert describe.main([str(path), *told]) == 0
    return path


@pytest.mark.parametrize("kind", ["svm", "cnn"])
def test_it_is_learned_with_released_and_no_longer_needed(tmp_path, monkeypatch, values, music, ear, kind):
    monkeypatch.setenv("MUSICLASSIFY_JOBS", "1")
    extract.engine.cache_clear()
    given = tiny(values, music)
    given["features"]["tagger"] = str(ear)
    given["cnn"] |= {"architecture": "pretrained", "components": 3, "C": 10.0}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
    checked, layout = parameters.load(tmp_path / "params.yaml"), Layout("tiny", tmp_path)
    for name, *more in (("prepare",), ("split",), ("augment",), ("extract",), ("train", kind), ("evaluate", kind)):
        module = importlib.import_module(f"pipeline.{name}")
        reads = module.READS(*more) if callable(module.READS) else module.READS
        module.run(parameters.select(checked, reads), layout, *more)
    extract.engine.cache_clear()
    assert open_store(layout.features("test")).statistics[-3:] == ("my ear_0", "my ear_1", "my ear_2")
    assert read_json(layout.report("evaluate", kind) / "metrics.json")["track"]["accuracy"] >= 0.6

    folder = layout.model(kind) / "released"
    config, metadata = read_json(folder / "config.json"), read_json(folder / "metadata.json")
    scores = {"split": "artist split", "tracks": 3, "per_genre_recall": {}, "macro_f1": 1.0, "ece": 0.0}
    scores |= {name: {"value": 1.0, "low": 1.0, "high": 1.0} for name in ("accuracy", "macro_recall")}
    told = cards.card(
        config, metadata | {"scores": scores, "command": "x"}, data="", tagger=config["features"]["tagger"]
    )
    assert "Built on my ear, which has heard nothing." in told
    assert "CC0-1.0" in told

    ear.unlink()
    ear.with_suffix(".json").unlink()
    song = tmp_path / "song.wav"
    soundfile.write(song, sound("noise", 99, 6.0), 22050)
    answer = released.load(folder).classify(str(song))
    assert answer.ok
    assert answer.genre == "noise"
