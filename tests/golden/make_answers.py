"""Write answers.json: what the released models answer for synthesised signals. ``python tests/golden/make_answers.py``.

A signal is written down as its formula, so that any language can make the same samples: sample i is the sum over
partials (hz, amplitude, wobble_hz) of ``amplitude * sin(2 pi hz i / 22050) * (1 + sin(2 pi wobble_hz i / 22050)) / 2``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

PATH = Path(__file__).with_name("answers.json")
RATE = 22_050
SEGMENT = 110_250

CHORD = [[110.0, 0.2, 2.0], [138.59, 0.1, 2.0], [164.81, 0.1, 1.0], [440.0, 0.05, 4.0], [3520.0, 0.02, 8.0]]
BRIGHT = [[220.0, 0.1, 0.5], [1760.0, 0.1, 3.0], [5000.0, 0.1, 6.0], [7040.0, 0.05, 12.0]]
SIGNALS = {
    "shorter than a frame": (1_000, CHORD),
    "one sample less than a segment": (SEGMENT - 1, CHORD),
    "a segment": (SEGMENT, CHORD),
    "one sample more than a segment": (SEGMENT + 1, BRIGHT),
    "three segments": (3 * SEGMENT, BRIGHT),
    "an excerpt": (30 * RATE, CHORD),
    "silence": (SEGMENT, []),
}


def synthesise(n: int, partials: list[list[float]]) -> np.ndarray:
    """Samples of a formula, float32 [n]."""
    t = np.arange(n) / RATE
    y = np.zeros(n)
    for hz, amplitude, wobble in partials:
        y += amplitude * np.sin(2 * np.pi * hz * t) * (1 + np.sin(2 * np.pi * wobble * t)) / 2
    return y.astype(np.float32)


def make() -> dict:
    """Answers of every released model to every signal."""
    import onnxruntime

    from musiclassify import released

    answers: dict[str, dict] = {}
    for name in released.names():
        graph = ROOT / "models" / "released" / name / "model.onnx"
        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        answers[name] = {}
        for title, (n, partials) in SIGNALS.items():
            p, parts = session.run(
                ["probabilities", "segment_probabilities"], {"samples": synthesise(n, partials)[None]}
            )
            answers[name][title] = {
                "probabilities": [round(float(v), 6) for v in p[0]],
                "segments": int(parts.shape[1]),
            }
    signals = {title: {"n": n, "partials": partials} for title, (n, partials) in SIGNALS.items()}
    return {"rate": RATE, "signals": signals, "answers": answers}


if __name__ == "__main__":
    PATH.write_text(json.dumps(make(), indent=1) + "\n", encoding="utf-8")
