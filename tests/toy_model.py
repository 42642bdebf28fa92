"""A released model small enough for tests: the real layout and the real graph contract, toy contents.

    from toy_model import LABELS, tone_for, write_toy_model

    folder = write_toy_model(tmp_path / "toy-cnn-v1.0")      # about 30 ms, 180 kB, needs `onnx`
    samples = tone_for("jazz", seconds=5)                    # float32 [n]: classified as jazz

The folder holds model.onnx, frontend.onnx, head.onnx, config.json, metadata.json and README.md, in the form of
every released model (see models/released/). The graphs frame, loop, cut into segments and average exactly as
the real ones do; only the features differ: "mfcc" is the log energy in 40 bands, "summary" its mean and
standard deviation over a segment's frames. The bands are shared out among the labels from low to high, and the
label with the most energy in its bands wins: a tone decides the answer, which makes it easy to test with.

`python tests/toy_model.py FOLDER` writes one by hand.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LABELS = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")

RATE, SEGMENT, HOP, FRAME, FRAMES, BANDS = 22_050, 110_250, 110_250, 512, 216, 40
LOWEST_HZ, HIGHEST_HZ = 100.0, 8_000.0

STATISTICS = tuple(f"band_{b:02d}_{what}" for what in ("mean", "std") for b in range(BANDS))
TAGS = ("mellow", "female_vocalists", "female_vocalist", "80s", *(f"mood_{b}" for b in range(4, BANDS)))
HEARD = (*(f"toy_embedding_{b}" for b in range(BANDS)), *(f"toy_tag_{tag}" for tag in TAGS))


def band_hz() -> np.ndarray:
    """Centre of each band, Hz [40]."""
    return np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS)


def tone_for(label: str, seconds: float = 5.0, *, labels: Sequence[str] = LABELS, amplitude: float = 0.3) -> np.ndarray:
    """A tone that the toy model takes for ``label``: float32 [n] at 22 050 Hz."""
    bands = np.array_split(np.arange(BANDS), len(labels))[list(labels).index(label)]
    t = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * band_hz()[bands[len(bands) // 2]] * t)).astype(np.float32)


FEATURES = {
    "sample_rate": RATE,
    "n_fft": 2048,
    "hop_length": FRAME,
    "n_mels": 64,
    "n_mfcc": BANDS,
    "top_db": 80.0,
    "segment_s": 5.0,
    "segment_hop_s": 5.0,
}
EFFORT = {
    "fast": {"least": 1, "most": 3, "margin": 0.5, "short_whole": False},
    "normal": {"least": 1, "most": 0, "margin": 1.0, "short_whole": True},
}
RULE = {
    "skip_s": 30.0,
    "skip_if_longer_than_s": 60.0,
    "excerpt_s": 30.0,
    "min_excerpt_s": 10.0,
    "vote": "mean",
}


def write_toy_model(
    folder: str | Path,
    *,
    labels: Sequence[str] = LABELS,
    kind: str = "cnn",
    corpus: str = "toy",
    version: str = "1.0",
    head_inputs: Sequence[str] = ("mfcc",),
    temperature: float = 1.0,
    uncertain_below: float = 0.3,
    rule: dict[str, float | str] | None = None,
    heard: bool = False,
    effort: dict[str, dict[str, float]] | None = None,
) -> Path:
    """Write a released model; the folder.

    Parameters
    ----------
    folder : path
        Its name should be ``<corpus>-<kind>-v<version>``, as ``toy-cnn-v1.0``.
    labels, kind, corpus, version : see config.json
    head_inputs : ("mfcc",), ("summary",) or both
        What head.onnx takes; with "summary" among them model.onnx gives it out as well.
    temperature, uncertain_below : float
        Softness of the answers; confidence below which the answer is uncertain.
    rule : dict, optional
        Changes to the song rule.
    heard : bool
        Whether it passes its statistics off as tags (the deviations: `TAGS`) and an embedding (the means).
    effort : dict, optional
        Changes to the efforts; otherwise the normal one hears every excerpt whole.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write_graphs(folder, len(labels), head_inputs, temperature)
    config = {
        "format_version": 1,
        "name": f"{corpus}-{kind}-v{version}",
        "corpus": corpus,
        "kind": kind,
        "version": version,
        "labels": list(labels),
        "sample_rate": RATE,
        "features": FEATURES,
        "statistics": list(HEARD if heard else STATISTICS),
        "head_inputs": list(head_inputs),
        "rule": RULE | (rule or {}),
        "effort": EFFORT | (effort or {}),
        "min_duration_s": 1.0,
        "silence_peak": 1e-4,
        "temperature": temperature,
        "uncertain_below": uncertain_below,
        "graphs": {"model": "model.onnx", "frontend": "frontend.onnx", "head": "head.onnx"},
    }
    _write_json(folder / "config.json", config)
    (folder / "README.md").write_text(
        f"# {config['name']}\n\nA toy for tests: the label whose bands hold the most energy wins.\n", "utf-8"
    )
    _write_json(folder / "metadata.json", _metadata(folder, corpus, labels))
    return folder


def _write_graphs(folder: Path, genres: int, head_inputs: Sequence[str], temperature: float) -> None:
    """frontend.onnx, head.onnx and model.onnx."""
    front, front_constants = _front()
    head, head_constants = _head(genres, head_inputs, temperature)
    tail, tail_constants = _tail(genres)
    samples = _value("samples", ["batch", "n"])
    mfcc = _value("mfcc", ["batch", "frames", BANDS])
    segments, summary = (
        _value("segments", ["rows", FRAMES, BANDS]),
        _value("summary", ["rows", len(STATISTICS)]),
    )
    answers = [
        _value("probabilities", ["batch", genres]),
        _value("segment_probabilities", ["batch", "segments_each", genres]),
        mfcc,
    ]
    if "summary" in head_inputs:
        answers.append(_value("summary", ["batch", "segments_each", len(STATISTICS)]))

    _save(folder / "frontend.onnx", front, [samples], [segments, summary, mfcc], front_constants)
    head_in = {"mfcc": segments, "summary": summary}
    head_alone = [_value("mfcc", ["rows", FRAMES, BANDS])] if "mfcc" in head_inputs else []
    head_alone += [head_in["summary"]] if "summary" in head_inputs else []
    _save(
        folder / "head.onnx",
        _renamed(head, {"segments": "mfcc", "row_probabilities": "probabilities"}),
        head_alone,
        [_value("probabilities", ["rows", genres])],
        head_constants,
    )
    inner = {"summary": "row_summary"}
    _save(
        folder / "model.onnx",
        [*_renamed(front, inner), *_renamed(head, inner), *tail],
        [samples],
        answers,
        [*front_constants, *head_constants, *tail_constants],
    )


def _metadata(folder: Path, corpus: str, labels: Sequence[str]) -> dict[str, object]:
    """What metadata.json holds, with the hashes of the files that are there."""
    interval = {"value": 1.0, "low": 1.0, "high": 1.0}
    return {
        "format_version": 1,
        "created": "2026-01-01T00:00:00Z",
        "git_revision": "0" * 40,
        "command": "python tests/toy_model.py",
        "params_sha256": "0" * 64,
        "index_sha256": "0" * 64,
        "libraries": {"onnx": onnx.__version__},
        "trained_on": {"corpus": corpus, "tracks": 0},
        "scores": {
            "split": "none: a toy",
            "tracks": len(labels),
            "folds": 1,
            "accuracy": interval,
            "macro_recall": interval,
            "macro_f1": 1.0,
            "ece": 0.0,
            "per_genre_recall": dict.fromkeys(labels, 1.0),
            "confusion": np.eye(len(labels), dtype=int).tolist(),
        },
        "files": {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
            for name in ("README.md", "config.json", "frontend.onnx", "head.onnx", "model.onnx")
        },
    }


def _front_constants() -> list[onnx.TensorProto]:
    """The waves of the bands, and the numbers of the cutting."""
    t = (np.arange(FRAME) - FRAME / 2) / RATE
    angle = 2 * np.pi * band_hz()[:, None] * t
    window = np.hanning(FRAME) / FRAME
    waves = np.concatenate([np.cos(angle), np.sin(angle)])[:, None] * window
    return [
        _constant("waves", waves.astype(np.float32)),
        _constant("floor_energy", np.float32(1e-10)),
        _constant("axis_1", np.array([1])),
        _constant("axis_2", np.array([2])),
        _constant("zero_1d", np.array([0])),
        _constant("one_1d", np.array([1])),
        _constant("zero", np.array(0)),
        _constant("one", np.array(1)),
        _constant("segment", np.array([SEGMENT])),
        _constant("segment_less_one", np.array([SEGMENT - 1])),
        _constant("taken", np.array([SEGMENT + SEGMENT // 5 - HOP + 1])),  # ceil(x / hop) = (x + hop - 1) // hop
        _constant("segment_hop", np.array([HOP])),
        _constant("frame", np.array([FRAME])),
        _constant("within", np.arange(FRAMES)[None]),
        _constant("rows_shape", np.array([-1, FRAMES, BANDS])),
    ]


def _front() -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """samples [batch, n] -> mfcc [batch, frames, 40], segments [rows, 216, 40], summary [rows, 80]."""
    constants = _front_constants()
    node = helper.make_node
    nodes = [
        node("Shape", ["samples"], ["given"], start=1, end=2),
        # loop what is shorter than a segment
        node("Add", ["given", "segment_less_one"], ["given_up"]),
        node("Div", ["given_up", "given"], ["times"]),
        node("Max", ["times", "one_1d"], ["at_least_once"]),
        node("Concat", ["one_1d", "at_least_once"], ["repeats"], axis=0),
        node("Tile", ["samples", "repeats"], ["tiled"]),
        node("Max", ["given", "segment"], ["length"]),
        node("Slice", ["tiled", "zero_1d", "length", "axis_1"], ["looped"]),
        # log energy in bands, frame by frame
        node("Unsqueeze", ["looped", "axis_1"], ["channel"]),
        node("Conv", ["channel", "waves"], ["parts"], strides=[FRAME], pads=[FRAME // 2, FRAME // 2]),
        node("Mul", ["parts", "parts"], ["squares"]),
        node("Split", ["squares"], ["cosines", "sines"], axis=1, num_outputs=2),
        node("Add", ["cosines", "sines"], ["energy"]),
        node("Add", ["energy", "floor_energy"], ["floored"]),
        node("Log", ["floored"], ["log_energy"]),
        node("Transpose", ["log_energy"], ["mfcc"], perm=[0, 2, 1]),
        # cut into segments
        node("Sub", ["length", "taken"], ["beyond"]),
        node("Max", ["beyond", "zero_1d"], ["not_negative"]),
        node("Div", ["not_negative", "segment_hop"], ["further"]),
        node("Add", ["further", "one_1d"], ["many"]),
        node("Squeeze", ["many", "zero_1d"], ["how_many"]),
        node("Range", ["zero", "how_many", "one"], ["number"]),
        node("Mul", ["number", "segment_hop"], ["regular"]),
        node("Sub", ["length", "segment"], ["last"]),
        node("Min", ["regular", "last"], ["starts"]),
        node("Div", ["starts", "frame"], ["start_frames"]),
        node("Unsqueeze", ["start_frames", "axis_1"], ["start_column"]),
        node("Add", ["start_column", "within"], ["indices"]),
        node("Gather", ["mfcc", "indices"], ["by_segment"], axis=1),
        node("Reshape", ["by_segment", "rows_shape"], ["segments"]),
        # statistics
        node("ReduceMean", ["segments", "axis_1"], ["mean_kept"], keepdims=1),
        node("Sub", ["segments", "mean_kept"], ["centred"]),
        node("Mul", ["centred", "centred"], ["spread"]),
        node("ReduceMean", ["spread", "axis_1"], ["variance"], keepdims=0),
        node("Sqrt", ["variance"], ["deviation"]),
        node("Squeeze", ["mean_kept", "axis_1"], ["mean"]),
        node("Concat", ["mean", "deviation"], ["summary"], axis=1),
    ]
    return nodes, constants


def _head(
    genres: int, inputs: Sequence[str], temperature: float
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """segments and/or summary -> row_probabilities [rows, genres]."""
    share = np.zeros((BANDS, genres), np.float32)
    for label, bands in enumerate(np.array_split(np.arange(BANDS), genres)):
        share[bands, label] = 1 / len(bands)
    constants = [_constant("softness", np.float32(temperature * 2.0))]
    node = helper.make_node
    nodes, logits = [], []
    if "mfcc" in inputs:
        constants += [_constant("share", share), _constant("frames_axis", np.array([1]))]
        nodes += [
            node("ReduceMean", ["segments", "frames_axis"], ["profile"], keepdims=0),
            node("MatMul", ["profile", "share"], ["from_mfcc"]),
        ]
        logits.append("from_mfcc")
    if "summary" in inputs:
        weights = np.concatenate([share, np.zeros_like(share)])
        constants.append(_constant("weights", weights))
        nodes.append(node("MatMul", ["summary", "weights"], ["from_summary"]))
        logits.append("from_summary")
    nodes += [
        node("Mean", logits, ["logits"]),
        node("Div", ["logits", "softness"], ["softened"]),
        node("Softmax", ["softened"], ["row_probabilities"], axis=1),
    ]
    return nodes, constants


def _tail(genres: int) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """row_probabilities [batch * K, genres] -> segment_probabilities, probabilities, summary."""
    constants = [
        _constant("genres", np.array([genres])),
        _constant("statistics", np.array([len(STATISTICS)])),
        _constant("the_rest", np.array([-1])),
    ]
    node = helper.make_node
    nodes = [
        node("Shape", ["samples"], ["batch_size"], start=0, end=1),
        node("Concat", ["batch_size", "the_rest", "genres"], ["answer_shape"], axis=0),
        node("Reshape", ["row_probabilities", "answer_shape"], ["segment_probabilities"]),
        node("ReduceMean", ["segment_probabilities", "axis_1"], ["probabilities"], keepdims=0),
        node("Concat", ["batch_size", "the_rest", "statistics"], ["summary_shape"], axis=0),
        node("Reshape", ["row_summary", "summary_shape"], ["summary"]),
    ]
    return nodes, constants


def _renamed(nodes: Sequence[onnx.NodeProto], names: dict[str, str]) -> list[onnx.NodeProto]:
    result = []
    for node in nodes:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        for field in (copy.input, copy.output):
            field[:] = [names.get(name, name) for name in field]
        result.append(copy)
    return result


def _constant(name: str, value: np.ndarray) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(value), name)


def _value(name: str, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _save(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    constants: Sequence[onnx.TensorProto],
) -> None:
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(nodes, path.stem, inputs, outputs, [c for c in constants if c.name in used])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    print(write_toy_model(sys.argv[1]))
