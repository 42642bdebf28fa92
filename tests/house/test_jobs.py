"""The usual jobs are one new file each: those of ``entries/`` go through the real stages as if they stood in a room.

CONTRIBUTING.md tells the same steps.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml
from entries import crest, flat, nearest, tremolo, tsv
from tiny_corpus import tiny
from toy_model import RATE, tone_for, write_toy_model

import augment
import models
from augment.transforms import TRANSFORMS
from corpora import KINDS, CorpusError
from features.families import FAMILIES, label_of
from features.store import open_store
from musiclassify.cli.main import main
from musiclassify.formats import FORMATS
from pipeline import extract
from pipeline import params as parameters
from pipeline.configure import configure
from pipeline.errors import ParamsError
from pipeline.files import read_json
from pipeline.layout import Layout

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path, monkeypatch, values, music):
    """A folder with a params.yaml of the tiny corpus; ``place(changes)`` runs stages in it, in this process."""
    monkeypatch.setenv("MUSICLASSIFY_JOBS", "1")
    extract.engine.cache_clear()

    def run(changes: dict, *stages: tuple[str, ...]) -> Layout:
        given = tiny(values, music)
        for section, change in changes.items():
            given[section] = given.get(section, {}) | change
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
        checked, layout = parameters.load(tmp_path / "params.yaml"), Layout("tiny", tmp_path)
        for name, *kind in stages:
            module = importlib.import_module(f"pipeline.{name}")
            reads = module.READS(*kind) if callable(module.READS) else module.READS
            module.run(parameters.select(checked, reads), layout, *kind)
        return layout

    yield run
    extract.engine.cache_clear()


UP_TO_FEATURES = (("prepare",), ("split",), ("augment",), ("extract",))


def test_a_transform_is_one_file_and_one_section(place):
    section = {"tremolo": {"probability": 1.0, "rate_hz": [4.0, 6.0]}}
    with TRANSFORMS.also(tremolo=tremolo):
        with pytest.raises(ParamsError, match=r"augment\.tremolo: missing parameter"):
            place({})
        with pytest.raises(
            ParamsError, match=r"augment\.tremolo\.rate_hz=\[4\.0, 60\.0\] must be two numbers from 0\.1"
        ):
            place({"augment": {"tremolo": {"probability": 1.0, "rate_hz": [4.0, 60.0]}}})
        layout = place({"augment": section}, *UP_TO_FEATURES)
        segments = pd.read_csv(layout.segments, keep_default_na=False)
        recipes = [augment.Recipe.from_json(text) for text in segments.loc[segments["copy"] > 0, "recipe"]]
        assert recipes
        assert all(4 <= recipe.tremolo_hz <= 6 for recipe in recipes)
        report = layout.report("augment")
        assert read_json(report / "metrics.json")["share_of_copies_with"]["tremolo"] == 1
        assert "tremolo" in (report / "examples" / "index.csv").read_text("utf-8")
        title = _text_of(report / "strengths.svg").partition("tremolo, Hz")[2]
        assert re.search(r"(\d+) % of copies", title)[1] == "100"


def test_a_feature_family_is_one_file(place):
    with FAMILIES.also(crest=crest):
        layout = place({}, *UP_TO_FEATURES, ("train", "svm"))
        train = open_store(layout.features("train"))
        assert train.statistics[-1] == "level_range"
        assert {"crest_mean", "crest_std", "crest_p50"} <= set(train.statistics)
        assert np.ptp(train.summary[:, train.statistics.index("crest_mean")]) > 0
        assert label_of("crest_p50") == label_of("level_range") == "crest"
        _graph_says_what_the_engine_says(layout.model("svm") / "released", train.settings)
    assert "level_range" not in _engine(train.settings).statistics


def _graph_says_what_the_engine_says(released: Path, settings) -> None:
    """The statistics of the released graph are those of the engine, the new ones too."""
    y = np.random.default_rng(0).standard_normal(3 * settings.sample_rate).astype(np.float32) * 0.1
    (given,) = _session(released / "model.onnx").run(["summary"], {"samples": y[None]})
    expected = _engine(settings).extract(y)
    names = [k for k, name in enumerate(expected_names(settings)) if name.startswith(("crest", "level_range"))]
    assert len(names) == 8
    np.testing.assert_allclose(given[0][:, names], expected.summary[:, names], rtol=1e-3, atol=1e-3)
    assert json.loads((released / "config.json").read_text("utf-8"))["statistics"] == list(expected_names(settings))


def _session(path: Path):
    import onnxruntime

    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def expected_names(settings) -> tuple[str, ...]:
    """Names of the statistics of the engine as it is now."""
    return _engine(settings).statistics


def _engine(settings):
    from features import Engine

    return Engine(settings)


def _seed() -> int:
    return yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["base"]["seed"]


def _text_of(svg: Path) -> str:
    """The words of a picture, comments included (letters are drawn as paths)."""
    return svg.read_text("utf-8")


def test_a_kind_of_model_is_one_file_and_one_section(place):
    with models.REGISTRY.also(nearest=nearest):
        with pytest.raises(ParamsError, match="nearest: missing section"):
            place({})
        with pytest.raises(ParamsError, match=r"nearest\.sharpness=0\.0 must be a number from 0\.01 to 100"):
            place({"nearest": {"sharpness": 0.0}})
        section = {"nearest": {"sharpness": 3.0}}
        layout = place(section, *UP_TO_FEATURES, ("train", "nearest"), ("evaluate", "nearest"))
        assert read_json(layout.report("evaluate", "nearest") / "metrics.json")["track"]["accuracy"] > 0.5
        model, test = models.load(layout.model("nearest")), open_store(layout.features("test"))
        assert model.settings.sharpness == 3
        head = layout.model("nearest") / "released" / "head.onnx"
        given = {"summary": np.asarray(test.summary)}
        (raw,) = _session(head).run(None, given)
        assert (raw.argmax(axis=1) == model.predict_proba(test).argmax(axis=1)).all()
    assert "nearest" not in models.names()


def test_a_corpus_is_one_file(place, music, tmp_path):
    clips = tmp_path / "clips"
    clips.mkdir()
    for path in music.rglob("*.wav"):
        shutil.copy(path, clips / f"{path.parent.name} - {path.name}")
    chosen = {"corpus": {"kind": "flat", "path": str(clips)}}
    with pytest.raises(ParamsError, match=r"corpus\.kind='flat' must be one of demo, gtzan, folder, table$"):
        place(chosen)
    with KINDS.also(flat=flat):
        layout = place(chosen, *UP_TO_FEATURES)
        assert set(open_store(layout.features("train")).table["genre"]) == {"hum", "noise", "Ö rhythm"}
        assert configure("flat", path=str(clips), root=tmp_path) == ["corpus.name: tiny -> flat"]
        (clips / "nameless.wav").touch()
        with pytest.raises(CorpusError, match=r"nameless\.wav: has no label"):
            place(chosen, ("prepare",))


def test_an_output_format_is_one_file(tmp_path, capsys):
    model = write_toy_model(tmp_path / "models" / "toy-cnn-v1.0")
    soundfile.write(tmp_path / "a b.wav", tone_for("jazz", 6), RATE)
    (tmp_path / "broken.mp3").write_bytes(b"not music")
    with FORMATS.also(tsv=tsv):
        with pytest.raises(SystemExit):
            main(["classify", "--help"])
        assert "tsv: name, status and genre" in " ".join(capsys.readouterr().out.split())
        songs = [str(tmp_path / name) for name in ("a b.wav", "broken.mp3")]
        assert main(["classify", "--model", str(model), "--format", "tsv", *songs]) == 1
        rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
        assert rows[0] == ["path", "status", "genre"]
        assert rows[1] == [songs[0], "ok", "jazz"]
        assert rows[2][0] == songs[1]
        assert rows[2][1] != "ok"
        main(["classify", "--model", str(model), "--output", str(tmp_path / "out.tsv"), songs[0]])
        assert (tmp_path / "out.tsv").read_text("utf-8").startswith("path\tstatus\tgenre\n")
    with pytest.raises(SystemExit):
        main(["classify", "--format", "tsv", *songs])
