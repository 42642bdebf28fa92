"""One measurement in a process of its own: ``python -m benchmarks.scale.measure STAGE FOLDER [SETTINGS]``.

Prints one line of JSON: processor seconds of the stage and of the processes that it started, seconds on the clock, and
the most memory that it held, MiB. What it imports is imported before the clock starts.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

STAGES = ("prepare", "split", "augment", "extract")
KINDS = ("xgb", "cnn", "svm")
#: Short trainings: the growth is that of long ones, which have more rounds and epochs of the same size.
SHORT: dict[str, dict[str, Any]] = {
    "xgb": {"rounds": 8, "threads": 1},
    "cnn": {"epochs": 2, "samples_per_epoch": 512},
    "svm": {"exact_up_to": 0, "landmarks": 500},
}


def stage(name: str, folder: Path) -> Any:
    """What runs a stage over the made clips of a folder."""
    from benchmarks.scale import made
    from pipeline import params
    from pipeline.layout import Layout

    values = made.values(folder / "clips", json.loads((folder / "made.json").read_text())["segment_s"])
    module = importlib.import_module(f"pipeline.{name}")
    seen, layout = params.select(values, module.READS), Layout("made", folder)
    return lambda: module.run(seen, layout)


def training(kind: str, folder: Path) -> Any:
    """What fits a kind of model to the made features of a folder, answers for all of them and calibrates."""
    import models
    from benchmarks.scale import made
    from features.store import open_store
    from pipeline.fitting import fit

    importlib.import_module({"xgb": "xgboost", "cnn": "tensorflow", "svm": "sklearn.svm"}[kind])
    settings = models.kind_class(kind).settings_from(SHORT[kind])

    def work() -> None:
        train, valid = open_store(folder / "train"), open_store(folder / "valid")
        fitted = fit(kind, settings, genres=sorted(made.GENRES), seed=1, train=train, valid=valid)
        if fitted.train_accuracy < 0.2:
            raise RuntimeError(f"{kind} learned nothing: {fitted.train_accuracy:.3f} of its training segments")

    return work


def main() -> int:
    """Measure one."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    import resource

    sys.stdout, kept = sys.stderr, sys.stdout
    if name in STAGES:
        stage(name, folder.parent / "warm")()  # what is loaded and compiled once does not grow
    work = stage(name, folder) if name in STAGES else training(name, folder)
    cpu, clock = _cpu(), time.perf_counter()
    work()
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    told = {"cpu_s": _cpu() - cpu, "clock_s": time.perf_counter() - clock, "peak_mib": peak / 1024}
    print(json.dumps({key: round(value, 3) for key, value in told.items()}), file=kept)
    return 0


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


if __name__ == "__main__":
    sys.exit(main())
