"""``dvc repro`` killed at random moments, again and again, and then run to its end: the same bytes as undisturbed.

``python tests/faults/kill_repro.py [--kills N] [--seed N] [--targets STAGE ...]`` prints what came of it and exits 1
where a report, a table, features or a model differ from those of a run that nobody disturbed, or something half-made is
left. Every process of the run gets SIGKILL at once, as in a power cut.
"""

from __future__ import annotations

import argparse
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


def run(base: Path, *, kills: int, seed: int, targets: tuple[str, ...]) -> Killed:
    """Run once undisturbed and once with kills, and hold the two against each other."""
    music = base / "my müsic, all"
    scratch.write_music(music)
    whole = scratch.checkout(base / "undisturbed", music)
    began = time.monotonic()
    status, said = scratch.repro(whole, *targets, timeout=3600)
    if status:
        raise RuntimeError(f"the undisturbed run failed:\n{said}")
    longest = time.monotonic() - began
    disturbed = scratch.checkout(base / "disturbed", music)
    rng, done = np.random.default_rng(seed), []
    for _ in range(kills):
        # Short waits, so that a run which keeps each finished stage is not over before its kills are.
        after = float(rng.uniform(1.0, max(2.0, 0.3 * longest)))
        process = scratch.start(disturbed, *targets)
        try:
            process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            scratch.kill(process)
            done.append(round(after, 1))
        scratch.check(disturbed)
    status, said = scratch.repro(disturbed, *targets, timeout=3600)
    if status:
        raise RuntimeError(f"the run after {len(done)} kills failed:\n{said}")
    one, other = scratch.results(whole), scratch.results(disturbed)
    return Killed(done, len(one), scratch.different(one, other), scratch.leftovers(disturbed))


def main() -> int:
    """Run the long form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--targets", nargs="+", default=["release", "report"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        found = run(Path(base), kills=options.kills, seed=options.seed, targets=tuple(options.targets))
    print(f"{len(found.kills)} kills after {found.kills} s; {found.files} files compared")
    print("\n".join([*(f"differs: {p}" for p in found.differ), *(f"left: {p}" for p in found.left)]) or "all the same")
    return 1 if found.differ or found.left else 0


if __name__ == "__main__":
    sys.exit(main())
