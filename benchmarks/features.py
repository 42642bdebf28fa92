"""The feature engine beside librosa and the other extractors."""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks import peers, reference
from benchmarks.clips import Clips
from benchmarks.report import target
from benchmarks.timing import Row, interleave, ms, rows_of
from features import Engine

_WORKER_CLIPS = 48
_WALLS = {1: "all ours, 1 worker, wall", 2: "all ours, 2 workers, wall"}
_IMPORT = "import features ours, once"
_ENGINE: Engine | None = None


def floor() -> Callable[[np.ndarray], object]:
    """The real FFTs alone: 1288 windowed frames of 2048, float32, in one call. Frames are made untimed."""
    window = np.hanning(2049)[:-1].astype(np.float32)
    made: dict[int, np.ndarray] = {}

    def transform(y: np.ndarray) -> np.ndarray:
        return scipy.fft.rfft(made[id(y)], axis=1)

    def prepare(y: np.ndarray) -> None:
        made[id(y)] = sliding_window_view(y, 2048)[::512][:1288] * window

    transform.prepare = prepare  # type: ignore[attr-defined]
    return transform


def run(clips: Clips, *, rounds: int) -> Iterator[list[Row]]:
    """Time everything; the first row is the floor."""
    warnings.filterwarnings("ignore", module="librosa|pyAudioAnalysis|opensmile")
    engine = Engine()
    transform = floor()
    for y in clips.signals:
        transform.prepare(y)  # type: ignore[attr-defined]
    tasks = {
        "fft floor": transform,
        "mfcc ours": engine.mfcc,
        "mfcc librosa": reference.mfcc,
        "all ours": engine.extract,
        "all librosa calls": reference.all_features,
        "58-column recipe": reference.recipe_58,
        **peers.found(),
    }
    with ExitStack() as stack:
        pools = _pools(stack, clips)
        beside: dict[str, list[float]] = {name: [] for name in (*pools, _IMPORT)}
        for rows in interleave(tasks, clips.signals, rounds):
            for name, pool in pools.items():
                beside[name].append(_wall(pool))
            beside[_IMPORT].append(1000 * import_seconds())
            yield rows + rows_of(beside, rows[0].ms_per_clip)


def targets(rows: list[Row]) -> list[dict]:
    """The targets, as ratios in this run."""
    ours, everything = ms(rows, "mfcc ours"), ms(rows, "all ours")
    out = [
        target("MFCC matrix / FFT floor", ours / ms(rows, "fft floor"), at_most=1.5),
        target("librosa.feature.mfcc / MFCC matrix", ms(rows, "mfcc librosa") / ours, at_least=1.5),
        target("all features / FFT floor", everything / ms(rows, "fft floor"), at_most=2.5),
        target("librosa's calls / all features", ms(rows, "all librosa calls") / everything, at_least=10),
        target("58-column recipe / all features", ms(rows, "58-column recipe") / everything, at_least=30),
    ]
    others = [row for row in rows[6:] if "ours" not in row.what]
    if others:
        fastest = min(others, key=lambda row: row.ms_per_clip)
        name = f"fastest other extractor ({fastest.what}) / all features"
        out.append(target(name, fastest.ms_per_clip / everything, at_least=1))
    one, two = ms(rows, _WALLS[1]), ms(rows, _WALLS[2])
    out.append(target("two workers / one", one / two, at_least=1.8))
    out.append(target("import of features, s", ms(rows, _IMPORT) / 1000, at_most=0.3))
    return out


def import_seconds() -> float:
    """Processor seconds of ``import features`` in a fresh interpreter, numpy and scipy included."""
    code = "import time; t = time.process_time(); import features; print(time.process_time() - t)"
    return float(subprocess.check_output([sys.executable, "-c", code]))


def _pools(stack: ExitStack, clips: Clips) -> dict[str, ProcessPoolExecutor]:
    """One and two worker processes, started and warm, by the names of their rows."""
    global _ENGINE
    _ENGINE = Engine()
    pools = {}
    for workers, name in _WALLS.items():
        pool = ProcessPoolExecutor(
            workers, mp_context=get_context("fork"), initializer=_hold, initargs=(clips.signals,)
        )
        pools[name] = stack.enter_context(pool)
        list(pool.map(_extract, range(8 * workers)))
    return pools


def _wall(pool: ProcessPoolExecutor) -> float:
    """Milliseconds a clip on the clock on the wall."""
    began = time.perf_counter()
    list(pool.map(_extract, range(_WORKER_CLIPS), chunksize=4))
    return 1000 * (time.perf_counter() - began) / _WORKER_CLIPS


_SIGNALS: list[np.ndarray] = []


def _hold(signals: list[np.ndarray]) -> None:
    _SIGNALS[:] = signals


def _extract(k: int) -> int:
    return len(_ENGINE.extract(_SIGNALS[k % len(_SIGNALS)]).summary)
