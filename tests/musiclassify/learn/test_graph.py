"""A base's graph with a new head is a whole graph: ONNX's own checker takes it, and it answers as the head does."""

from __future__ import annotations

import numpy as np
import pytest
from toy_model import RATE, STATISTICS, tone_for

from musiclassify.learn.errors import LearnError
from musiclassify.learn.graph import Head, head_graph, with_head
from musiclassify.learn.solver import softmax
from musiclassify.released.runtime import open_graph
from musiclassify.released.wire import put

onnx = pytest.importorskip("onnx", reason="no onnx: pip install .[learn]")


@pytest.fixture
def head(rng):
    columns = np.array([3, 41, 7, 79])
    return Head(columns, rng.normal(size=(4, 3)), rng.normal(size=3))


def _run(data: bytes, tmp_path, **inputs):
    path = tmp_path / "graph.onnx"
    path.write_bytes(data)
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    session = open_graph(path)
    return dict(zip([out.name for out in session.get_outputs()], session.run(None, inputs), strict=True))


@pytest.mark.parametrize("seconds", [1.0, 5.0, 17.3, 30.0])
def test_the_new_graph_answers_as_the_head_and_hears_as_the_base(base, head, tmp_path, seconds):
    data = (base / "model.onnx").read_bytes()
    samples = tone_for("jazz", seconds)[None]
    old, new = _run(data, tmp_path, samples=samples), _run(with_head(data, head), tmp_path, samples=samples)
    assert set(new) == {"probabilities", "segment_probabilities", "mfcc", "summary"}
    for name in ("mfcc", "summary"):
        assert np.array_equal(old[name], new[name])
    expected = softmax(head.scores(new["summary"][0]))
    assert new["segment_probabilities"][0] == pytest.approx(expected, abs=1e-5)
    assert new["probabilities"][0] == pytest.approx(expected.mean(axis=0), abs=1e-5)


def test_excerpts_can_be_asked_together(base, head, tmp_path):
    data = with_head((base / "model.onnx").read_bytes(), head)
    rows = np.stack([tone_for("jazz", 7), tone_for("rock", 7)])
    both = _run(data, tmp_path, samples=rows)["probabilities"]
    for row, found in zip(rows, both, strict=True):
        assert _run(data, tmp_path, samples=row[None])["probabilities"][0] == pytest.approx(found, abs=1e-5)


def test_nothing_of_the_old_head_stays(base, head):
    data = (base / "model.onnx").read_bytes()
    old, new = (onnx.load_from_string(one).graph for one in (data, with_head(data, head)))
    made = {name for node in new.node for name in node.output}
    read = {name for node in new.node for name in node.input} | {out.name for out in new.output}
    assert all(set(node.output) & read for node in new.node)
    assert {tensor.name for tensor in new.initializer} <= read - made
    assert len(new.node) < len(old.node) + 6


def test_the_head_alone_answers_the_same(head, tmp_path, rng):
    summary = rng.normal(size=(5, len(STATISTICS))).astype(np.float32)
    found = _run(head_graph(head, len(STATISTICS)), tmp_path, summary=summary)
    assert found["probabilities"] == pytest.approx(softmax(head.scores(summary)), abs=1e-5)


def test_what_a_loop_inside_the_graph_reads_is_kept(head, tmp_path):
    """The real models count onsets in a Scan whose body reads values from outside."""
    helper, kinds = onnx.helper, onnx.TensorProto
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Add", ["x", "outside"], ["sum"]), helper.make_node("Identity", ["state"], ["next"])],
        "body", [value("state", 1, [1]), value("x", 1, [80])], [value("next", 1, [1]), value("sum", 1, [80])],
    )  # fmt: skip
    tensor = onnx.numpy_helper.from_array
    constants = [
        tensor(np.ones((1, 80), np.float32), "ones"), tensor(np.zeros(1, np.float32), "zero"),
        tensor(np.full(80, 2.0, np.float32), "two"), tensor(np.array([1, -1, 80]), "shape"),
    ]  # fmt: skip
    nodes = [
        helper.make_node("Mul", ["two", "two"], ["outside"]),
        helper.make_node("Scan", ["zero", "ones"], ["last", "rows"], body=body, num_scan_inputs=1),
        helper.make_node("Reshape", ["rows", "shape"], ["summary"]),
        helper.make_node("ReduceMean", ["samples"], ["unused"], keepdims=0),
    ]
    inputs, outputs = [value("samples", kinds.FLOAT, ["batch", "n"])], [value("summary", 1, ["batch", "segments", 80])]
    graph = helper.make_graph(nodes, "g", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    data = with_head(model.SerializeToString(), head)
    assert [node.op_type for node in onnx.load_from_string(data).graph.node][:3] == ["Mul", "Scan", "Reshape"]
    found = _run(data, tmp_path, samples=np.zeros((1, RATE), np.float32))
    assert found["summary"] == pytest.approx(np.full((1, 1, 80), 5.0))


def test_what_is_no_base_is_refused_in_words(base, head, tmp_path):
    data = (base / "model.onnx").read_bytes()
    for broken in (b"", b"no graph at all", data[: len(data) // 2]):
        with pytest.raises(LearnError, match=r"no graph that can be read .*fetch it again"):
            with_head(broken, head)
    model = onnx.load_from_string(data)
    model.opset_import[0].version = 17
    with pytest.raises(LearnError, match="operator set 17"):
        with_head(model.SerializeToString(), head)
    keep = [out for out in model.graph.output if out.name != "summary"]
    del model.graph.output[:]
    model.graph.output.extend(keep)
    model.opset_import[0].version = 18
    with pytest.raises(LearnError, match=r"does not give what it heard \(summary\); choose another --base"):
        with_head(model.SerializeToString(), head)


def test_a_number_below_nothing_cannot_be_put():
    with pytest.raises(ValueError, match="-1 must be 0 or more"):
        put(1, -1)
