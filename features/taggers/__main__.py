"""``python -m features.taggers own.onnx --licence TEXT --card TEXT``: look at a network of one's own and describe it.

It must say the same of a segment whatever stands beside it, and give finite numbers for silence, noise and a click; how
long a segment takes is told. Then ``own.json`` is written beside it: ``features.tagger: path/to/own.onnx`` asks for it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from features import FeatureError, taggers
from features.settings import TAGGER_RATE
from settings import SettingError

TOLERANCE = 1e-3  # of the largest statistic
ROUNDS = 3


def look(path: Path, seconds: float) -> tuple[int, float]:
    """Try a network on odd sound.

    Parameters
    ----------
    path : path
    seconds : float
        Length of a segment, s.

    Returns
    -------
    (int, float)
        Number of statistics; milliseconds of a core a segment.

    Raises
    ------
    SettingError, FeatureError
        If the engine could not use it, or it gives something else than it must.
    """
    width, samples = taggers.width(path), round(seconds * TAGGER_RATE)
    click = np.zeros(samples, np.float32)
    click[samples // 2] = 1
    noise = np.random.default_rng(0).standard_normal(samples).astype(np.float32) * 0.1
    sounds = np.stack([np.zeros(samples, np.float32), noise, click])
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    runner = taggers.Runner(taggers.Tagger(path, digest, (), "", ""))
    try:
        together = runner.of(sounds)
        alone = np.concatenate([runner.of(sound[None]) for sound in sounds])
    except Exception as error:  # onnxruntime's own exceptions share no root but Exception
        raise FeatureError(f"{path}: cannot hear {samples} samples ({seconds:g} s): {error}") from None
    if together.shape != (3, width) or alone.shape != together.shape:
        raise FeatureError(f"{path}: gives {together.shape} for 3 segments; it must give [3, {width}], a row a segment")
    if not np.isfinite(together).all():
        which = ("silence", "noise", "a click")[int(np.flatnonzero(~np.isfinite(together).all(axis=1))[0])]
        raise FeatureError(f"{path}: gives numbers that are not finite for {which}; add a floor before its logarithm")
    apart = float(np.abs(together - alone).max() / max(np.abs(together).max(), 1e-12))
    if apart > TOLERANCE:
        raise FeatureError(
            f"{path}: a segment's statistics change by {apart:.1e} of their largest with what stands beside it; "
            "normalise over a segment, not over the batch"
        )
    began = time.process_time()
    for _ in range(ROUNDS):
        runner.of(noise[None])
    return width, 1000 * (time.process_time() - began) / ROUNDS


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= 600:
        raise argparse.ArgumentTypeError(f"{text} must be a number of seconds from 0.1 to 600")
    return value


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m features.taggers", description=__doc__.split("\n\n")[0])
    made.add_argument("network", type=Path, help="ONNX file: segments [n, samples at 22 050 Hz] to statistics [n, m]")
    made.add_argument("--licence", required=True, help="of its weights, such as 'MIT'")
    made.add_argument(
        "--card", required=True, help="what cards of models built on it say: above all, what it has heard"
    )
    made.add_argument("--segment-s", type=_seconds, default=5.0, help="length of a segment, s (segments.segment_s)")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Look and describe; 0 when it was written, 1 when the network cannot be used, 2 when it was called wrongly."""
    options = parser().parse_args(arguments)
    path, described = options.network, options.network.with_suffix(".json")
    try:
        if path.suffix != taggers.ENDING:
            raise FeatureError(f"{path}: must be named *{taggers.ENDING}, which is how features.tagger knows a file")
        width, milliseconds = look(path, options.segment_s)
        told = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        told |= {"licence": options.licence, "card": options.card}
        partial = described.with_name(f".{described.name}.partial")
        partial.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(partial, described)
    except (FeatureError, SettingError, OSError) as error:
        print(f"taggers: {error}", file=sys.stderr)
        return 1
    print(f"{path.name}: {width} statistics, {milliseconds:.0f} ms of a core a segment of {options.segment_s:g} s")
    print(f"wrote {described}; use it: features.tagger: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
