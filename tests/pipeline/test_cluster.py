"""Stages on a Dask cluster, and clips and features behind an S3 address: the same bytes as here."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from joblib.externals.loky import get_reusable_executor
from tiny_corpus import tiny

from features.store import open_store
from pipeline import cluster, workers
from pipeline import params as parameters
from pipeline.errors import ParamsError, PipelineError
from pipeline.layout import Layout

distributed = pytest.importorskip("distributed", reason="needs the extra cluster")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]
FILES = ("tracks.csv", "split.csv", "segments.csv")
SIDES = ("train", "valid", "test")


@pytest.fixture(scope="module")
def scheduler():
    """Two workers over loopback, processes of their own."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as made:
        yield made


@pytest.fixture(scope="module")
def here(music, tmp_path_factory):
    """The values of a tiny run, and its data as this machine makes them."""
    text = (Path(__file__).parents[2] / "params.yaml").read_text(encoding="utf-8")
    values, layout = tiny(yaml.safe_load(text), music), Layout("tiny", tmp_path_factory.mktemp("here"))
    run(values, layout, parameters.build("compute", values["compute"]), "prepare", "split", "augment", "extract")
    return values, layout


def settings(values, address, **more):
    return parameters.build("compute", values["compute"] | {"backend": "dask", "scheduler": address} | more)


def run(values, layout, compute, *stages):
    for name in stages:
        module = importlib.import_module(f"pipeline.{name}")
        with cluster.computing(compute, name):
            module.run(parameters.select(values, module.READS), layout)


def same(one, other):
    """Both layouts hold the same data, to the byte."""
    for name in FILES:
        assert (one.data / name).read_bytes() == (other.data / name).read_bytes(), name
    for side in SIDES:
        for path in sorted(one.features(side).iterdir()):
            assert path.read_bytes() == (other.features(side) / path.name).read_bytes(), path


def test_two_workers_elsewhere_give_the_bytes_of_this_machine(here, tmp_path, scheduler):
    values, here = here
    there = Layout("tiny", tmp_path)
    run(values, there, settings(values, scheduler.scheduler_address), "prepare", "split", "augment", "extract")
    same(here, there)


def who(number):
    """The process that a call is made in."""
    return os.getpid()


@pytest.mark.parametrize("count", [1, 2])
def test_all_work_is_done_by_workers_where_there_is_but_one_too(values, count):
    with (
        distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
        ) as made,
        cluster.computing(settings(values, made.scheduler_address), "extract"),
    ):
        there = set(distributed.default_client().run(os.getpid).values())
        done = set(workers.spread(who, [(number,) for number in range(8)]))
    assert len(there) == count
    assert done <= there


def test_a_worker_that_is_killed_in_the_middle_changes_no_byte(here, tmp_path, scheduler):
    values, here = here
    there = Layout("tiny", tmp_path)
    there.data.mkdir(parents=True)
    for name in FILES:
        shutil.copy(here.data / name, there.data / name)
    killed = []
    with cluster.computing(settings(values, scheduler.scheduler_address), "extract"):
        client = distributed.default_client()
        real = workers.progress

        def kill_one(results, total, words=""):
            for number, result in enumerate(real(results, total, words)):
                if number == 2 and not killed:
                    pid = next(iter(client.run(os.getpid).values()))
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                yield result

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(workers, "progress", kill_one)
            module = importlib.import_module("pipeline.extract")
            module.run(parameters.select(values, module.READS), there)
        client.wait_for_workers(2, timeout=60)  # the cluster gets a new one
        assert killed[0] not in client.run(os.getpid).values()
    same(here, there)


def test_a_worker_with_other_code_is_refused(here, tmp_path, scheduler, monkeypatch):
    values, _ = here
    monkeypatch.setattr(cluster, "code", lambda: "code of another time")
    with pytest.raises(PipelineError, match=r"has code .* and this machine code of another time: install the same"):
        run(values, Layout("tiny", tmp_path), settings(values, scheduler.scheduler_address), "prepare")


@pytest.fixture(scope="module")
def bucket(music):
    """A bucket of a real S3 server over loopback that holds the tiny corpus; the environment names the server."""
    pytest.importorskip("s3fs", reason="needs the extra cluster")
    server = pytest.importorskip("moto.server", reason="needs moto").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "us-east-1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (keys | {"AWS_ENDPOINT_URL": f"http://{host}:{port}"}).items():
            patch.setenv(name, value)
        get_reusable_executor().shutdown()  # workers of earlier tests have the environment of their start
        import s3fs

        files = s3fs.S3FileSystem()
        files.mkdir("songs")
        files.put(f"{music}/", "songs/clips/", recursive=True)
        files.pipe("songs/clips/hum/._fork.wav", b"hidden")
        files.pipe("songs/clips/.trash/hum/old.wav", b"hidden")
        yield "s3://songs"
    server.stop()


def test_workers_that_share_no_disk_read_clips_and_write_features_at_an_address(here, tmp_path, bucket):
    values, here = here
    values = {**values, "corpus": values["corpus"] | {"path": f"{bucket}/clips"}}
    there = Layout("tiny", tmp_path, storage=f"{bucket}/features")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as made:  # workers inherit the environment
        compute = settings(values, made.scheduler_address)
        run(values, there, compute, "prepare", "split", "augment", "extract")
    for name in FILES:
        assert (here.data / name).read_bytes() == (there.data / name).read_bytes(), name
    for side in SIDES:
        assert [path.name for path in there.features(side).iterdir()] == ["elsewhere.json"]
        far = there.far(side)
        for path in sorted(here.features(side).iterdir()):
            assert path.read_bytes() == (far / path.name).read_bytes(), path
    stored, far = open_store(here.features("train")), open_store(there.features("train"))
    assert (stored.mfcc[[7, 0, 3]] == far.mfcc[[7, 0, 3]]).all()
    pd.testing.assert_frame_equal(stored.table, far.table)


def test_a_list_of_clips_at_an_address_is_learned_from(here, tmp_path, bucket):
    """The same clips by a table beside them; what the table has no file of is excluded."""
    values, here = here
    known = pd.read_csv(here.tracks).sort_values("path")
    lines = [f'"{row.path}",{row.genre}' for row in known[known["status"] == "ok"].itertuples()]
    import s3fs

    s3fs.S3FileSystem().pipe("songs/clips/list.csv", "\n".join(["path,label", *lines, "gone.wav,hum"]).encode())
    there = Layout("list", tmp_path)
    values = {**values, "corpus": {"name": "list", "kind": "table", "path": f"{bucket}/clips/list.csv"}}
    run(values, there, parameters.build("compute", values["compute"]), "prepare", "split", "augment", "extract")
    found = pd.read_csv(there.tracks)
    kept = ["path", "genre", "duration_s", "sha256"]
    ok = found[found["status"] == "ok"].sort_values("path")[kept].reset_index(drop=True)
    pd.testing.assert_frame_equal(ok, known[known["status"] == "ok"][kept].reset_index(drop=True))
    assert found[found["status"] != "ok"]["reason"].tolist() == ["no such file (line 20 of list.csv)"]
    stored = [open_store(layout.features(side)) for layout in (here, there) for side in SIDES]
    assert sum(map(len, stored[:3])) > 0
    assert sum((stored[k].table["copy"] == 0).sum() for k in range(3)) == sum(
        (stored[k].table["copy"] == 0).sum() for k in range(3, 6)
    )


def test_an_address_that_cannot_be_read_is_told(here, tmp_path, bucket):
    values, _ = here
    corpora_ = {**values, "corpus": values["corpus"] | {"path": "s3://nowhere/clips"}}
    module = importlib.import_module("pipeline.prepare")
    with pytest.raises(ValueError, match=r"s3://nowhere/clips: (does not exist|cannot be read|no clips found)"):
        module.run(parameters.select(corpora_, module.READS), Layout("tiny", tmp_path))


def test_a_scheduler_that_does_not_answer_is_told_in_time(values):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()  # accepts, and says nothing
        port = taken.getsockname()[1]
        began = time.monotonic()
        with (
            pytest.raises(
                PipelineError, match=r"no Dask scheduler answers within 1 s .* or set compute.backend to local"
            ),
            cluster.computing(settings(values, f"tcp://127.0.0.1:{port}", wait_s=1.0), "extract"),
        ):
            pass
        assert time.monotonic() - began < 15


def test_a_scheduler_without_workers_is_told_in_time(values):
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None, silence_logs=50) as empty,
        pytest.raises(PipelineError, match="has no worker after 1 s"),
        cluster.computing(settings(values, empty.scheduler_address, wait_s=1.0), "extract"),
    ):
        pass


def test_without_dask_the_extra_is_named(values, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(
            PipelineError,
            match=r"distributed is not installed: pip install 'musiclassify\[cluster\]', or set compute.backend",
        ),
        cluster.computing(settings(values, "tcp://127.0.0.1:1"), "extract"),
    ):
        pass


def test_stages_that_are_no_work_for_many_ask_no_scheduler(values):
    with cluster.computing(settings(values, "tcp://127.0.0.1:1"), "split"):
        pass


def test_no_stage_depends_on_where_it_computes():
    stages = yaml.safe_load((Path(__file__).parents[2] / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    assert not any(str(name).startswith("compute") for stage in stages.values() for name in stage["params"])


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("backend", "spark", "compute.backend='spark' must be one of local, dask"),
        ("scheduler", "127.0.0.1:8786", "must be like tcp://host:8786"),
        ("wait_s", 0, "compute.wait_s=0"),
        ("storage", "data", "must be an address such as s3://"),
    ],
)
def test_a_wrong_section_is_refused_by_name(values, name, value, words):
    values["compute"][name] = value
    with pytest.raises(ParamsError, match=words):
        parameters.check(values)
