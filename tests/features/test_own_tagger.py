"""A network of somebody's own: looked at and described, run by the engine, and carried inside a graph as it is."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from features import Engine, FeatureSettings, taggers
from features.taggers import __main__ as describe
from models.frontend import frontend_model
from models.graph import OPSET
from settings import SettingError

RATE = 22050
INPUT = helper.make_tensor_value_info("segments", TensorProto.FLOAT, ["n", "samples"])
OUTPUT = helper.make_tensor_value_info("statistics", TensorProto.FLOAT, ["n", 2])


def older(path, *, opset: int = 13, whole_batch: bool = False):
    """Mean and scaled mean, as an exporter of some years ago writes them: axes as attributes, a branch, a function."""
    scale = numpy_helper.from_array(np.float32([[1.0, 3.0]]), "scale")
    axes = None if whole_batch else [1]
    then = helper.make_graph(
        [helper.make_node("Mul", ["mean", "scale"], ["made"])],
        "then",
        [],
        [helper.make_tensor_value_info("made", TensorProto.FLOAT, ["n", 2])],
    )
    other = helper.make_graph(
        [helper.make_node("Expand", ["mean", "shape"], ["unmade"])],
        "other",
        [],
        [helper.make_tensor_value_info("unmade", TensorProto.FLOAT, ["n", 2])],
    )
    nodes = [
        helper.make_node("Twice", ["segments"], ["doubled"], domain="own"),
        helper.make_node("ReduceMean", ["doubled"], ["mean"], keepdims=1, **({"axes": axes} if axes else {})),
        helper.make_node("If", ["always"], ["statistics"], then_branch=then, else_branch=other),
    ]
    always = numpy_helper.from_array(np.bool_(True), "always")
    shape = numpy_helper.from_array(np.int64([1, 2]), "shape")
    twice = helper.make_function(
        "own", "Twice", ["x"], ["y"], [helper.make_node("Add", ["x", "x"], ["y"])], [helper.make_opsetid("", opset)]
    )
    graph = helper.make_graph(nodes, "ear", [INPUT], [OUTPUT], [scale, always, shape])
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("own", 1)]
    model = helper.make_model(graph, opset_imports=imports, functions=[twice], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


def given(path) -> list[str]:
    return [str(path), "--licence", "CC0", "--card", "It has heard nothing."]


def test_a_network_is_looked_at_and_described(tmp_path, capsys):
    path = older(tmp_path / "my ear.onnx")
    assert describe.main(given(path)) == 0
    told = capsys.readouterr().out
    assert "my ear.onnx: 2 statistics, " in told
    assert f"features.tagger: {path}" in told
    assert json.loads((tmp_path / "my ear.json").read_text("utf-8"))["licence"] == "CC0"
    (one,) = taggers.named(str(path))
    assert one.card == "It has heard nothing."


def test_an_older_export_with_functions_and_branches_says_the_same_inside_a_graph(tmp_path, rng):
    path = older(tmp_path / "ear.onnx")
    assert describe.main(given(path)) == 0
    settings = FeatureSettings(segment_s=2.0, segment_hop_s=1.0, tagger=str(path))
    y = rng.standard_normal(RATE * 4).astype(np.float32) * 0.1
    engine = Engine(settings)
    heard = engine.extract(y).summary[:, -2:]
    np.testing.assert_allclose(heard[:, 1], 3 * heard[:, 0], rtol=1e-5)
    graph = frontend_model(engine, ("embedding",)).SerializeToString()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    (inside,) = session.run(["embedding"], {"samples": y[None]})
    np.testing.assert_allclose(inside, heard, atol=1e-6)


def test_a_network_that_mixes_its_segments_is_refused(tmp_path, capsys):
    path = older(tmp_path / "ear.onnx", whole_batch=True)
    assert describe.main(given(path)) == 1
    assert "it must give [3, 2], a row a segment" in capsys.readouterr().err
    assert not path.with_suffix(".json").exists()


@pytest.mark.parametrize("segment_s", ["0", "nan", "-1"])
def test_a_length_that_is_none_is_refused(tmp_path, capsys, segment_s):
    path = older(tmp_path / "ear.onnx")
    with pytest.raises(SystemExit):
        describe.main([*given(path), "--segment-s", segment_s])
    assert "must be a number of seconds" in capsys.readouterr().err


def simple(path, *nodes, opset: int = OPSET, initializers=()):
    graph = helper.make_graph(list(nodes), "ear", [INPUT], [OUTPUT], list(initializers))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


def test_what_is_not_finite_for_silence_is_refused(tmp_path, capsys):
    axes = numpy_helper.from_array(np.int64([1]), "axes")
    two = numpy_helper.from_array(np.float32([[1, 2]]), "two")
    path = simple(
        tmp_path / "ear.onnx",
        helper.make_node("ReduceSumSquare", ["segments", "axes"], ["power"]),
        helper.make_node("Log", ["power"], ["log"]),
        helper.make_node("Mul", ["log", "two"], ["statistics"]),
        initializers=[axes, two],
    )
    assert describe.main(given(path)) == 1
    assert "not finite for silence; add a floor before its logarithm" in capsys.readouterr().err


def test_a_later_opset_and_weights_elsewhere_are_refused_before_anything_runs(tmp_path):
    path = older(tmp_path / "ear.onnx")
    assert describe.main(given(path)) == 0
    model = onnx.load(path)
    sha = json.loads(path.with_suffix(".json").read_text("utf-8"))
    large = np.ones((512, 2), np.float32)
    model.graph.initializer.append(numpy_helper.from_array(large, "large"))
    away = tmp_path / "away.onnx"
    onnx.save(model, away, save_as_external_data=True, location="away.data", size_threshold=1000)
    away.with_suffix(".json").write_text(json.dumps(sha | {"sha256": _sha(away)}))
    with pytest.raises(SettingError, match="keeps weights in another file"):
        FeatureSettings(tagger=str(away))
    axes = numpy_helper.from_array(np.int64([1]), "axes")
    two = numpy_helper.from_array(np.float32([[1, 2]]), "two")
    later = simple(
        tmp_path / "later.onnx",
        helper.make_node("ReduceMean", ["segments", "axes"], ["mean"]),
        helper.make_node("Mul", ["mean", "two"], ["statistics"]),
        opset=OPSET + 1,
        initializers=[axes, two],
    )
    later.with_suffix(".json").write_text(json.dumps(sha | {"sha256": _sha(later)}))
    with pytest.raises(SettingError, match=f"has opset {OPSET + 1}: export it with {OPSET} or below"):
        FeatureSettings(tagger=str(later))


def test_the_latest_opset_is_that_of_the_graphs():
    assert taggers.OPSET == OPSET


def test_a_file_that_is_no_network_or_missing_is_refused_in_words(tmp_path, capsys):
    for name, words in (("ear.onnx", "is no graph"), ("ear.pt", "must be named *.onnx")):
        path = tmp_path / name
        path.write_bytes(b"not a network")
        assert describe.main(given(path)) == 1
        assert words in capsys.readouterr().err
    assert describe.main(given(tmp_path / "none.onnx")) == 1
    assert "none.onnx" in capsys.readouterr().err


def _sha(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
