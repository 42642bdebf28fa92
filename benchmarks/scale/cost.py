"""What a million songs cost: ``python -m benchmarks.scale.cost``; writes reports/bench/scale/cost.json.

Rates are measured on one thread, with params.yaml as it is: the stages run over made 30 s clips, one excerpt each, once
over few and once over three times as many; what both cost, such as pictures of examples, does not grow. A song costs as
much as its excerpts, which the rule says. The rates of the trainings are those of growth.json, per segment and, where a
training has rounds, per round.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.report import _processor as processor
from benchmarks.scale import made, measure
from benchmarks.scale.__main__ import WARM
from benchmarks.scale.__main__ import _clips as make_clips
from benchmarks.scale.__main__ import _run as run_one

SONGS = 1_000_000
SONG_S = 210.0
CORE_HOUR = 0.04  # of a price list's currency: an example, not a measurement


def main(arguments: list[str] | None = None) -> int:
    """Measure the rates and reckon."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.scale.cost", description=__doc__.splitlines()[0])
    p.add_argument("--clips", type=int, default=40, help="made clips of 30 s, and three times as many")
    p.add_argument("--out", type=Path, default=Path("reports/bench/scale"))
    given = p.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="musiclassify-cost-") as name:
        few, many = Path(name) / "few", Path(name) / "many"
        spent = {folder: _spent(folder, count) for folder, count in ((few, given.clips), (many, 3 * given.clips))}
        values = made.values(many / "clips", 0.0)
        stored = sum(path.stat().st_size for path in (many / "data" / "made" / "features").rglob("*.npy"))
    each = {stage: (spent[many][stage] - spent[few][stage]) / (2 * given.clips) for stage in measure.STAGES}
    rates = {stage: {"cpu_s_per_excerpt": round(seconds, 5)} for stage, seconds in each.items()}
    growth = json.loads((given.out / "growth.json").read_text(encoding="utf-8"))["stages"]
    told = {
        "songs": SONGS,
        "song_s": SONG_S,
        "excerpts": excerpts(values["rule"]),
        "copies": values["augment"]["copies"],
        "clips_measured": [given.clips, 3 * given.clips],
        "processor": processor(),
        "rates": rates | {kind: _training(kind, growth[kind], values) for kind in measure.KINDS if kind in growth},
        "bytes_per_excerpt": round(stored / (3 * given.clips)),
        "price_per_core_hour": CORE_HOUR,
    }
    told["million_songs"] = reckon(told, values)
    (given.out / "cost.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(told["million_songs"], indent=1))
    return 0


def _spent(folder: Path, clips: int) -> dict[str, float]:
    """Processor seconds of each stage over so many clips."""
    made.clips(folder / "clips", clips, 30.0)
    (folder / "made.json").write_text(json.dumps({"segment_s": float(_params()["segments"]["segment_s"])}))
    spent = {}
    for stage in measure.STAGES:
        make_clips(stage, folder.parent / "warm", WARM)  # where benchmarks.scale.measure looks for it
        spent[stage] = run_one(stage, folder)["cpu_s"]
    return spent


def _params() -> dict:
    import yaml

    return yaml.safe_load(made.PARAMS.read_text(encoding="utf-8"))


def excerpts(rule: dict) -> int:
    """Excerpts of a song of `SONG_S`."""
    from musiclassify.audio.excerpts import Rule
    from pipeline.cutting import spans

    return len(spans(round(SONG_S * 1000), Rule(**rule), 1000))


def _training(kind: str, told: dict, values: dict) -> dict[str, float]:
    """Processor seconds a segment, of the difference of the two largest runs; of trees, a segment and round."""
    few, many = told["runs"][-2:]
    each = (many["cpu_s"] - few["cpu_s"]) / (many["size"] - few["size"])
    rounds = measure.SHORT["xgb"]["rounds"] if kind == "xgb" else 1
    longer = _params()["segments"]["segment_s"] / told["segment_s"] if kind == "cnn" else 1.0  # it reads the frames
    return {"cpu_s_per_segment": each * longer / rounds, "rounds": values["xgb"]["rounds"] if kind == "xgb" else 1}


def reckon(told: dict, values: dict) -> dict[str, dict[str, float]]:
    """Core hours, and their price, of each stage for a million songs."""
    per_excerpt = int(values["rule"]["excerpt_s"] // float(_params()["segments"]["segment_s"]))
    share = 1 - values["split"]["valid"] - values["split"]["test"]
    segments = SONGS * told["excerpts"] * per_excerpt * share * (1 + values["augment"]["copies"])
    hours = {}
    for name, rate in told["rates"].items():
        if "cpu_s_per_excerpt" in rate:
            hours[name] = rate["cpu_s_per_excerpt"] * SONGS * told["excerpts"] / 3600
        else:
            hours[name] = rate["cpu_s_per_segment"] * rate["rounds"] * segments / 3600
    found = {
        name: {"core_hours": round(h, 1), "price": round(h * told["price_per_core_hour"], 2)}
        for name, h in hours.items()
    }
    terabytes = told["bytes_per_excerpt"] * SONGS * told["excerpts"] / 1e12
    return found | {"features": {"terabytes": round(terabytes, 2)}}


if __name__ == "__main__":
    sys.exit(main())
