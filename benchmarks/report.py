"""Tables on stdout, CSV, chart and targets under reports/bench."""

from __future__ import annotations

import csv
import json
import os
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from benchmarks.clips import Clips
from benchmarks.timing import Row

LIBRARIES = (
    "numpy",
    "scipy",
    "librosa",
    "audiomentations",
    "python-stretch",
    "onnxruntime",
    "tensorflow",
    "soundfile",
    "soxr",
    "av",
    "essentia",
    "opensmile",
    "kaldi-native-fbank",
    "pyAudioAnalysis",
)


def say(table: str, rows: Sequence[Row], targets: Sequence[dict]) -> None:
    """Print one table."""
    width = max(len(row.what) for row in rows)
    print(f"{table:<{width}}  {'ms/clip':>9}  {'x floor':>8}")
    for row in rows:
        print(f"{row.what:<{width}}  {row.ms_per_clip:9.2f}  {row.ratio_to_floor:8.2f}")
    for target in targets:
        print(f"{'met   ' if target['met'] else 'MISSED'} {target['target']}: {target['measured']:g}")
    print()


def write(folder: Path, table: str, rows: Sequence[Row], targets: Sequence[dict], clips: Clips) -> None:
    """Write ``<table>.csv``, ``<table>.png`` and the table's part of ``targets.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{table}.csv"
    with temporary.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("what", "ms_per_clip", "ratio_to_floor", "rounds"))
        for row in rows:
            out.writerow((row.what, f"{row.ms_per_clip:.3f}", f"{row.ratio_to_floor:.3f}", row.rounds))
    os.replace(temporary, folder / f"{table}.csv")
    _write_targets(folder, table, targets, clips)
    _chart(folder / f"{table}.png", table, rows, clips)


def target(name: str, measured: float, *, at_most: float | None = None, at_least: float | None = None) -> dict:
    """One target with what was measured; exactly one of the limits is given."""
    met = measured <= at_most if at_most is not None else measured >= at_least
    limit = {"at_most": at_most} if at_most is not None else {"at_least": at_least}
    return {"target": name, **limit, "measured": round(measured, 3), "met": bool(met)}


def _write_targets(folder: Path, table: str, targets: Sequence[dict], clips: Clips) -> None:
    path = folder / "targets.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    known[table] = {
        "clips": f"{len(clips.signals)} of 30 s, {clips.origin}",
        "processor": _processor(),
        "load_average": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "libraries": {name: version for name in LIBRARIES if (version := _version(name))},
        "targets": list(targets),
    }
    temporary = folder / ".targets.json"
    temporary.write_text(json.dumps(known, indent=2) + "\n")
    os.replace(temporary, path)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _chart(path: Path, table: str, rows: Sequence[Row], clips: Clips) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 0.9 + 0.34 * len(rows)), layout="constrained")
    colors = ["#4D4D4D" if k == 0 else "#0072B2" if "ours" in row.what else "#BBBBBB" for k, row in enumerate(rows)]
    bars = axes.barh([row.what for row in rows], [row.ms_per_clip for row in rows], color=colors)
    labels = [f"{row.ms_per_clip:.3g} ms  ({row.ratio_to_floor:.3g}x)" for row in rows]
    axes.bar_label(bars, labels, padding=4, fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(right=axes.get_xlim()[1] * 6)
    time = "ms by the clock on the wall" if table == "browser" else "processor ms, one thread"
    figure.supxlabel(f"{time}, log scale (x: times the first row); {clips.origin}", fontsize=9)
    axes.set_title(table)
    axes.spines[["top", "right"]].set_visible(False)
    temporary = path.with_suffix(".tmp.png")
    figure.savefig(temporary, dpi=110)
    plt.close(figure)
    os.replace(temporary, path)
