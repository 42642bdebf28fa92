"""Command line: ``python -m benchmarks.scale``; writes reports/bench/scale (growth.json, growth.png)."""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.report import _processor as processor
from benchmarks.report import target
from benchmarks.scale import made, measure

FACTOR = 16
STEPS = (1, 4, 16)
TIME_LIMIT, MEMORY_LIMIT, RESIDENT_MIB = 1.1, 0.1, 3072
CLIP_S, SEGMENT_S = 2.0, 1.0
WARM = 60  # clips that a stage's process works on before it is measured


def parser() -> argparse.ArgumentParser:
    """The command line's options."""
    p = argparse.ArgumentParser(
        prog="python -m benchmarks.scale",
        description="Run each stage over made corpora of three sizes, sixteen times apart, each run in a process of "
        "its own with one worker and one thread, and fit how processor time and memory grow.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    p.add_argument("--clips", type=int, default=1024, help="2 s clips of the largest corpus, for prepare to extract")
    p.add_argument("--segments", type=int, default=100_000, help="segments of the largest one, for the trainings")
    p.add_argument("--segment-s", type=float, default=SEGMENT_S, help="length of a segment of the trainings, s")
    p.add_argument("--only", default="", help="some of the stages, with commas: " + ",".join(ALL))
    p.add_argument("--out", type=Path, default=Path("reports/bench/scale"), help="folder of the results")
    p.add_argument("--resume", action="store_true", help="take over the runs of a measurement that was ended before")
    return p


ALL = (*measure.STAGES, *measure.KINDS)


def main(arguments: list[str] | None = None) -> int:
    """Measure, fit, draw; 0 when every run came to its end."""
    given = parser().parse_args(arguments)
    if min(given.clips, given.segments) < FACTOR * WARM:
        parser().error(f"--clips and --segments must be at least {FACTOR * WARM}: the smallest has every genre")
    chosen = [name for name in ALL if not given.only or name in given.only.split(",")]
    path, begun = given.out / "growth.json", given.out / "growth.part.json"
    given.out.mkdir(parents=True, exist_ok=True)
    known = _read(path, {"stages": {}})
    done = _read(begun, {}) if given.resume else {}
    for name in chosen:
        largest = given.clips if name in measure.STAGES else given.segments
        what = f"{CLIP_S:g} s clips" if name in measure.STAGES else f"segments of {given.segment_s:g} s"
        runs = []
        for step in STEPS:
            size = largest * step // FACTOR
            key = f"{name}, {size} {what}"
            if key not in done:
                done[key] = {"size": size} | _measured(name, size, given)
                _write(begun, done)  # what an end in between does not lose
            runs.append(done[key])
            print(name, runs[-1], file=sys.stderr, flush=True)
        length = SEGMENT_S if name in measure.STAGES else given.segment_s
        known["stages"][name] = {"of": what, "segment_s": length, "runs": runs, **_exponents(runs)}
        known |= {"settings": measure.SHORT, "processor": processor(), "load_average": round(os.getloadavg()[0], 1)}
        known["targets"] = _targets(known["stages"])
        _write(path, known)
    begun.unlink(missing_ok=True)
    from benchmarks.scale import picture

    picture.draw(known["stages"], given.out / "growth.png")
    for one in known["targets"]:
        print(f"{'met   ' if one['met'] else 'MISSED'} {one['target']}: {one['measured']:g}")
    return 0


def _read(path: Path, otherwise: dict) -> dict:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else otherwise


def _write(path: Path, told: dict) -> None:
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _measured(name: str, size: int, given: argparse.Namespace) -> dict[str, float]:
    """One run of one stage; its input is made first, outside the measurement."""
    base = Path(tempfile.gettempdir()) / "musiclassify-bench-scale"
    if name in measure.STAGES:
        for folder, count in ((base / "warm", WARM), (base / f"clips-{size}", size)):
            _clips(name, folder, count)
    else:
        from features import FeatureSettings

        settings = FeatureSettings(segment_s=given.segment_s, segment_hop_s=given.segment_s)
        folder = base / f"segments-{size}-{given.segment_s:g}"
        for seed, (side, count) in enumerate((("train", size), ("valid", size // 8))):
            if not (folder / side / "features.json").exists():
                made.features(folder / side, count, settings, seed)
    return _run(name, folder)


def _clips(name: str, folder: Path, count: int) -> None:
    """Made clips, and what the stages before this one make of them."""
    made.clips(folder / "clips", count, CLIP_S)
    (folder / "made.json").write_text(json.dumps({"segment_s": SEGMENT_S}))
    for before in measure.STAGES[: measure.STAGES.index(name)]:
        if not (folder / "data" / "made" / f"{before}.done").exists():
            _run(before, folder)


def _run(name: str, folder: Path) -> dict[str, float]:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), "1")
    alone = {"MUSICLASSIFY_JOBS": "1", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3", **threads}
    command = [sys.executable, "-m", "benchmarks.scale.measure", name, str(folder)]
    done = subprocess.run(command, env=os.environ | alone, stdout=subprocess.PIPE, text=True, check=True)
    if name in measure.STAGES:
        (folder / "data" / "made" / f"{name}.done").write_text("")
    return json.loads(done.stdout.splitlines()[-1])


def _exponents(runs: list[dict]) -> dict[str, float]:
    """Slopes of processor time and of memory over size, both on logarithmic scales (least squares)."""
    size = [math.log(run["size"]) for run in runs]
    slopes = {}
    for name in ("cpu_s", "peak_mib"):
        slope, _ = np.polyfit(size, [math.log(max(run[name], 1e-3)) for run in runs], 1)
        slopes[f"{name.split('_')[0]}_exponent"] = round(float(slope), 3)
    return slopes


def _targets(stages: dict[str, dict]) -> list[dict]:
    found = []
    for name, told in stages.items():
        found.append(target(f"{name}: exponent of processor time", told["cpu_exponent"], at_most=TIME_LIMIT))
        found.append(target(f"{name}: exponent of memory", told["peak_exponent"], at_most=MEMORY_LIMIT))
    for name in ("xgb", "cnn"):
        if name in stages:
            last = stages[name]["runs"][-1]
            words = f"{name}: MiB resident at {last['size']} {stages[name]['of']}"
            found.append(target(words, last["peak_mib"], at_most=RESIDENT_MIB))
    return found


if __name__ == "__main__":
    sys.exit(main())
