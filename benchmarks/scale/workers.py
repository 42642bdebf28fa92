"""Extraction on two Dask workers against one: ``python -m benchmarks.scale.workers``; writes workers.json.

Both clusters are processes over loopback on this machine, one thread a worker, and take turns. All features must have
the bytes that this machine's own processes gave them. Told are the seconds on the clock, which other work on the
machine lengthens, and processor seconds of the workers and of the process that gives the orders: were all of the
latter's work in nobody's shadow, two workers would take ``(workers / 2 + orders) / (workers + orders)`` of the time of
one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.report import _processor as processor
from benchmarks.report import target
from benchmarks.scale import made

STAGES = ("prepare", "split", "augment")


def main(arguments: list[str] | None = None) -> int:
    """Measure and write."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.scale.workers", description=__doc__.splitlines()[0])
    p.add_argument("--clips", type=int, default=100, help="made clips of 30 s")
    p.add_argument("--rounds", type=int, default=2)
    p.add_argument("--out", type=Path, default=Path("reports/bench/scale"))
    given = p.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="musiclassify-workers-") as name:
        runs, digests = _runs(Path(name), given)
    clock = {n: min(run["clock_s"] for run in runs if run["workers"] == n) for n in (1, 2)}
    spent = [run for run in runs if run["workers"] == 2]
    workers_s, orders_s = (min(run[key] for run in spent) for key in ("workers_cpu_s", "orders_cpu_s"))
    by_processor = (workers_s + orders_s) / (workers_s / 2 + orders_s)
    told: dict[str, Any] = {
        "clips": given.clips,
        "runs": runs,
        "same_bytes": len(digests) == 1,
        "processor": processor(),
        "load_average": round(os.getloadavg()[0], 1),
        "targets": [
            target("one worker over two, seconds on the clock", clock[1] / clock[2], at_least=1.7),
            target("one worker over two, by processor time", by_processor, at_least=1.7),
        ],
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "workers.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(told, indent=1))
    return 0 if told["same_bytes"] else 1


def _runs(folder: Path, given: argparse.Namespace) -> tuple[list[dict], set[str]]:
    import importlib

    from distributed import LocalCluster, default_client

    from pipeline import cluster, params
    from pipeline.layout import Layout

    made.clips(folder / "clips", given.clips, 30.0)
    values = made.values(folder / "clips", 5.0)
    layout, runs, digests = Layout("made", folder), [], set()

    def work(stage: str) -> None:
        module = importlib.import_module(f"pipeline.{stage}")
        module.run(params.select(values, module.READS), layout)

    for stage in (*STAGES, "extract"):
        work(stage)
    digests.add(_digest(layout))  # of this machine's own processes
    for _ in range(given.rounds):
        for count in (1, 2):
            with LocalCluster(n_workers=count, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as local:
                address = {"backend": "dask", "scheduler": local.scheduler_address, "wait_s": 60.0}
                compute = params.build("compute", values["compute"] | address)
                with cluster.computing(compute, "extract"):
                    client = default_client()
                    client.run(_warm, values)
                    before, own, clock = sum(client.run(_cpu).values()), _cpu(), time.perf_counter()
                    work("extract")
                    spent = {
                        "workers": count,
                        "clock_s": round(time.perf_counter() - clock, 2),
                        "workers_cpu_s": round(sum(client.run(_cpu).values()) - before, 2),
                        "orders_cpu_s": round(_cpu() - own, 2),
                    }
            runs.append(spent)
            print(spent, file=sys.stderr, flush=True)
            digests.add(_digest(layout))
    return runs, digests


def _cpu() -> float:
    return time.process_time()


def _warm(values: dict) -> None:
    """Load on a worker what it loads once."""
    from pipeline import params
    from pipeline.extraction import engine

    engine(params.select(values, ("features", "segments")).features)


def _digest(layout: Any) -> str:
    whole = hashlib.sha256()
    for side in ("train", "valid", "test"):
        for path in sorted(layout.features(side).iterdir()):
            whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
