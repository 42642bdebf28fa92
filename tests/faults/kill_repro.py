"""``dvc repro`` killed at random moments, again and again, and then run to its end: the same bytes as undisturbed.

``python tests/faults/kill_repro.py [--kills N] [--seed N] [--targets STAGE ...]`` prints what came of it and exits 1
where a report, a table, features or a model differ from those of a run that nobody disturbed, or something half-made is
left. Every process of the run gets SIGKILL at once, as in a power cut.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent)]

import scratch  # noqa: E402


@dataclass(frozen=True)
class Killed:
    """What came of a run: its kills (seconds after each start), files compared, those that differ, what is left."""

    kills: list[float]
    files: int
    differ: list[str]
    left: list[str]


def run(base: Path, *, kills: int, seed: int, targets: tuple[str, ...], clips: int = 6, seconds: float = 5.0) -> Killed:
    """Run once undisturbed and once with kills, and hold the two against each other.

    What was done in `base` before, by a call that was ended, is not done again.
    """
    music, whole, disturbed = base / "my müsic, all", base / "undisturbed", base / "disturbed"
    state = base / "state.json"
    known = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
    if "longest" not in known:
        for folder in (whole, disturbed):
            shutil.rmtree(folder, ignore_errors=True)
        scratch.write_music(music, clips, seconds)
        scratch.checkout(whole, music)
        scratch.checkout(disturbed, music)
        began = time.monotonic()
        status, said = scratch.repro(whole, *targets, timeout=3600)
        if status:
            raise RuntimeError(f"the undisturbed run failed:\n{said}")
        known = {"longest": time.monotonic() - began, "kills": []}
        state.write_text(json.dumps(known), encoding="utf-8")
    while len(known["kills"]) < kills:
        known["kills"].append(_kill(disturbed, targets, known["longest"], [seed, len(known["kills"])]))
        state.write_text(json.dumps(known), encoding="utf-8")
    status, said = scratch.repro(disturbed, *targets, timeout=3600)
    done = [after for after in known["kills"] if after is not None]
    if status:
        raise RuntimeError(f"the run after {len(done)} kills failed:\n{said}")
    one, other = scratch.results(whole), scratch.results(disturbed)
    differ = [f"{path}: {scratch.difference(one, other, path)}" for path in scratch.different(one, other)]
    return Killed(done, len(one), differ, scratch.leftovers(disturbed))


def _kill(folder: Path, targets: tuple[str, ...], longest: float, seed: list[int]) -> float | None:
    """Start a run and kill it; after how many seconds, None where it ended before."""
    # Short waits, so that a run which keeps each finished stage is not over before its kills are.
    after = float(np.random.default_rng(seed).uniform(1.0, max(2.0, 0.3 * longest)))
    process, killed = scratch.start(folder, *targets), False
    try:
        process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        scratch.kill(process)
        killed = True
    scratch.check(folder)
    print(f"killed after {after:.1f} s" if killed else "ended before it was killed", file=sys.stderr, flush=True)
    return round(after, 1) if killed else None


def main() -> int:
    """Run the long form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--targets", nargs="+", default=["release", "report"])
    parser.add_argument("--clips", type=int, default=6, help="of each of three genres")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of a clip")
    parser.add_argument("--keep", type=Path, help="folder to work in; a run that was ended there goes on")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        base = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        base.mkdir(parents=True, exist_ok=True)
        given = {"clips": options.clips, "seconds": options.seconds}
        found = run(base.resolve(), kills=options.kills, seed=options.seed, targets=tuple(options.targets), **given)
    print(f"{len(found.kills)} kills after {found.kills} s; {found.files} files compared")
    print("\n".join([*(f"differs: {p}" for p in found.differ), *(f"left: {p}" for p in found.left)]) or "all the same")
    return 1 if found.differ or found.left else 0


if __name__ == "__main__":
    sys.exit(main())
