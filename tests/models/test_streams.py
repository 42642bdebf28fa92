"""More rows than memory holds: each kind of model learns from a stream, and as well as from memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest

import models
from features import FeatureSettings, rows, store
from models.heads import head_graph

SETTINGS = FeatureSettings(segment_s=1.0, segment_hop_s=1.0, n_mfcc=20)
GENRES = ["a", "b", "c"]
N, STATISTICS = 600, tuple(f"s{i}" for i in range(12))
SMALL = {
    "cnn": {"epochs": 6, "samples_per_epoch": 256, "filters": [4, 4], "learning_rate": 0.02, "mixup": 0.0},
    "svm": {"exact_up_to": 100, "landmarks": 80, "leave_out": []},
    "xgb": {"rounds": 12, "colsample": 0.5, "threads": 1},
}


def made(rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Segments of three genres that statistics tell apart, no line between them, and MFCC matrices too."""
    label = np.repeat(np.arange(3), N // 3)
    near = np.where(label == 1, 0.5, np.where(label == 2, 3.0, 1.6))  # shells: a linear machine cannot part them
    summary = rng.standard_normal((N, len(STATISTICS))).astype(np.float32)
    summary *= (near / np.linalg.norm(summary, axis=1))[:, None]
    summary += 0.05 * rng.standard_normal(summary.shape).astype(np.float32)
    mfcc = rng.standard_normal((N, SETTINGS.segment_frames, SETTINGS.n_mfcc)).astype(np.float32)
    mfcc[:, :, 3] += 4.0 * (label[:, None] - 1)
    table = pd.DataFrame({"segment_id": range(N), "track_id": [f"t{i // 4}" for i in range(N)], "weight": 1.0})
    return table.assign(genre=[GENRES[k] for k in label], group=table["track_id"]), mfcc, summary


@pytest.fixture
def stored(tmp_path, rng, monkeypatch):
    """The same features unread, in shards, and in memory; labels."""
    monkeypatch.setattr(store, "SHARD_ROWS", 100)
    table, mfcc, summary = made(rng)
    store.write(tmp_path, table, [(mfcc, summary)], settings=SETTINGS, statistics=STATISTICS)
    opened = store.open_store(tmp_path)
    near = opened.loaded()
    assert isinstance(near.mfcc, np.ndarray)
    monkeypatch.setattr(rows, "MEMORY_ROWS", 64)
    far = opened.loaded()
    assert isinstance(far.mfcc, rows.Rows)
    return far, near, table["genre"].map(GENRES.index).to_numpy()


@pytest.mark.parametrize("kind", SMALL)
def test_a_stream_is_learned_from_as_memory_is(stored, kind):
    far, near, labels = stored
    found = []
    for features in (far, near):
        model = models.create(kind, genres=GENRES, seed=2, **SMALL[kind])
        model.fit(features, labels, validation=(features, labels))
        found.append(model.predict_proba(features))
        assert found[-1].shape == (N, 3)
        assert (found[-1].argmax(axis=1) == labels).mean() > (0.6 if kind == "cnn" else 0.9)
    # The same rows in the same order; but for the quantiles of the trees, all of it is the same to rounding.
    np.testing.assert_allclose(*found, atol=0.15 if kind == "xgb" else 1e-3)


def test_nothing_reads_a_whole_array(stored, monkeypatch):
    """What models ask for at a time is a few blocks, however many rows there are."""
    far, _, labels = stored
    monkeypatch.setattr(rows.Rows.blocks, "__defaults__", (50,))
    monkeypatch.setattr(rows.blocks, "__defaults__", (50,))
    asked = []
    real = rows.Rows._gather
    monkeypatch.setattr(rows.Rows, "_gather", lambda self, index: asked.append(len(index)) or real(self, index))
    monkeypatch.setattr("models.kinds.xgb.stream.BLOCK_ROWS", 50)
    monkeypatch.setattr("models.kinds.xgb.stream.CUT_ROWS", 150)
    monkeypatch.setattr("models.kinds.svm.approximate.BLOCK_ROWS", 50)
    monkeypatch.setattr("models.kinds.cnn.training.EVALUATION_BATCH", 50)
    monkeypatch.setattr("models.kinds.cnn.architectures.SAMPLE", 100)
    monkeypatch.setattr("models.kinds.cnn.training.SEEN", 100)
    for kind, given in SMALL.items():
        models.create(kind, genres=GENRES, seed=2, **given).fit(far, labels, validation=(far, labels)).predict_proba(
            far
        )
        assert max(asked) <= 200, kind
        asked.clear()


def test_the_approximate_machine_answers_nearly_as_the_exact_one_and_says_so(stored, tmp_path):
    far, near, labels = stored
    exact = models.create("svm", genres=GENRES, leave_out=[]).fit(near, labels)
    model = models.create("svm", genres=GENRES, **SMALL["svm"]).fit(far, labels)
    assert (model.predict_proba(far).argmax(axis=1) == exact.predict_proba(near).argmax(axis=1)).mean() > 0.95
    assert exact.told == {}
    assert model.told == {"fit": "approximate, over 80 landmarks"}
    model.save(tmp_path / "svm")
    again = models.load(tmp_path / "svm")
    assert again.told == model.told
    np.testing.assert_array_equal(again.predict_proba(near), model.predict_proba(near))
    graph = head_graph(model, frames=4, coefficients=4, statistics=len(STATISTICS), temperature=1.0)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    (p,) = session.run(None, {"summary": near.summary})
    np.testing.assert_allclose(p, model.predict_proba(near), atol=1e-4)


def test_components_of_the_approximate_machine(stored):
    far, _, labels = stored
    model = models.create("svm", genres=GENRES, **SMALL["svm"], components=10).fit(far, labels)
    assert model.arrays["support"].shape == (80, 10)
    assert (model.predict_proba(far).argmax(axis=1) == labels).mean() > 0.9


TWO = """
import numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import models
from features import FeatureSettings
from features.store import FeatureSet
from models.kinds.cnn import training
from test_streams import GENRES, SETTINGS, STATISTICS, made
names = [device.name for device in tf.config.list_logical_devices("CPU")]
assert len(names) == 2
training.devices = lambda: names
table, mfcc, summary = made(np.random.default_rng(1))
labels = table["genre"].map(GENRES.index).to_numpy()
features = FeatureSet(table, mfcc, summary, STATISTICS, SETTINGS)
plain = {"eq_db": 0.0, "auxiliary_loss": 0.0, "mixup": 0.0, "mask_bands": 0, "mask_frames": 0, "dropout": 0.0}
short = {"epochs": 8, "samples_per_epoch": 512, "filters": [4, 4], "learning_rate": 0.01}
model = models.create("cnn", genres=GENRES, **plain, **short)
model.fit(features, labels, validation=(features, labels))
assert (model.predict_proba(features).argmax(axis=1) == labels).mean() > 0.8, model.history
assert model.history["loss"][-1] < model.history["loss"][0] / 2
assert len(model.history["loss"]) == 8
print("learned on", len(names))
"""


@pytest.mark.slow
def test_two_devices_share_each_batch():
    here = Path(__file__).parent
    code = f"import sys; sys.path[:0] = [{str(here)!r}, {str(here.parents[1])!r}]\n{TWO}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=900, check=False)
    assert "learned on 2" in done.stdout, done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.xdist_group("cluster")
def test_trees_grow_on_the_workers_of_a_cluster(stored):
    """XGBoost's interface to Dask: each worker reads its own blocks from the store."""
    distributed = pytest.importorskip("distributed", reason="needs the extra cluster")
    far, near, labels = stored
    here = models.create("xgb", genres=GENRES, seed=2, **SMALL["xgb"]).fit(near, labels)
    model = models.create("xgb", genres=GENRES, seed=2, **SMALL["xgb"])
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster),
    ):
        model.fit(far, labels, validation=(far, labels))
    assert len(model.history["val_loss"]) == 12
    p = model.predict_proba(near)
    assert (p.argmax(axis=1) == labels).mean() > 0.9
    assert np.abs(p - here.predict_proba(near)).mean() < 0.05
