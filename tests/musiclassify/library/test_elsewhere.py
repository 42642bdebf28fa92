"""A library heard by a Dask cluster has the answers of this machine."""

from __future__ import annotations

import json
import sqlite3

import pytest
from shelves import write_song

distributed = pytest.importorskip("distributed", reason="needs the extra cluster")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]


def answers(db):
    """What is known of each song, without what tells when."""
    with sqlite3.connect(db) as opened:
        columns = [row[1] for row in opened.execute("PRAGMA table_info(answers)")]
        kept = [name for name in columns if name not in ("id", "heard_at", "at", "seconds")]
        return sorted(map(repr, opened.execute(f"SELECT {', '.join(kept)} FROM answers")))


def test_two_workers_hear_what_this_machine_hears(scan, music, db, tmp_path):
    for number in range(5):
        write_song(music / f"more {number}.mp3", ("jazz", "rock")[number % 2])
    (music / "broken.mp3").write_bytes(b"no sound")
    status, out, _ = scan(music, "--json")
    assert status == 1  # one has no answer
    here = json.loads(out)
    expected = answers(db)
    db.unlink()
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as cluster:
        status, out, err = scan(music, "--json", "--backend", "dask", "--scheduler", cluster.scheduler_address)
    assert status == 1, err
    assert json.loads(out) == here
    assert answers(db) == expected


def test_a_scheduler_that_is_not_there_is_one_line(scan, music):
    status, _, err = scan(music, "--backend", "dask", "--scheduler", "tcp://127.0.0.1:9", "--wait", 1)
    assert status == 2
    assert "tcp://127.0.0.1:9: no Dask scheduler answers within 1 s" in err
    assert "Traceback" not in err


def test_a_library_in_which_all_is_known_asks_no_cluster(scan, music):
    scan(music)
    status, out, _ = scan(music, "--json", "--backend", "dask", "--scheduler", "tcp://127.0.0.1:9", "--wait", 1)
    assert status == 0
    assert json.loads(out)["heard"] == 0
