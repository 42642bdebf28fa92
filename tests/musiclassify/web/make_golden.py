"""Write golden.json, which pytest and the JavaScript tests both read: ``python tests/web/make_golden.py``.

It holds what audio/ answers for lengths around every boundary of the rule, votes with ties, and a resampled
chirp, so that the browser's twins of these functions cannot drift.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import soxr

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from musiclassify.audio import looks, segments  # noqa: E402
from musiclassify.audio.excerpts import Rule, excerpts, vote  # noqa: E402
from musiclassify.released.effort import Attention, effort_of  # noqa: E402

PATH = Path(__file__).with_name("golden.json")
RATE = 22_050
RULES = (Rule(), Rule(skip_s=0.0), Rule(skip_s=10.0, excerpt_s=12.0, min_excerpt_s=4.0))
VOTES = (
    [[0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.5, 0.4, 0.1]],
    [[0.6, 0.4, 0.0], [0.1, 0.9, 0.0]],
    [[0.4, 0.4, 0.2]],
    [[0.2, 0.5, 0.3], [0.3, 0.2, 0.5], [0.25, 0.5, 0.25], [0.3, 0.2, 0.5]],
)


def chirp(rate: int) -> np.ndarray:
    """Two seconds that sweep from 50 Hz to 9 kHz, as resample.test.js makes them too: float32 [n]."""
    t = np.arange(2 * rate) / rate
    return (0.5 * np.sin(2 * np.pi * (50 + (9000 - 50) / 4 * t) * t)).astype(np.float32)


def _bounds(n: int, rule: Rule) -> list[list[int]]:
    found = excerpts([np.zeros(n, np.float32)], rule, RATE)
    return [[round(e.start_s * RATE), round(e.end_s * RATE)] for e in found]


SLOW = 100
"""Hz of the sounds that are looked at: a rate at which they are short."""


def _config(hop_s: float, **more: object) -> dict[str, object]:
    efforts = {"fast": {"least": 1, "most": 3, "margin": 0.5}, "normal": {"least": 2, "most": 4, "margin": 0.6}}
    efforts["normal"]["short_whole"] = hop_s > 10
    features = {"segment_s": 5.0, "segment_hop_s": hop_s}
    return {"sample_rate": SLOW, "silence_peak": 1e-4, "features": features, "effort": efforts} | more


def _heard(config: dict, name: str, method: str, n: int, silent: list[list[int]], answers: list[list[float]]) -> dict:
    """What is heard of a song of ``n`` samples of 0.5, some of them 0, whose pieces are answered one after another."""
    sound = np.full(n, 0.5, np.float32)
    for first, last in silent:
        sound[first:last] = 0
    attention, pieces = Attention(config, effort_of(config, name), method), []
    for piece in attention.pieces(excerpts([sound], Rule(), SLOW)):
        pieces.append([round(piece.start_s * SLOW), round(piece.end_s * SLOW)])
        attention.hear(np.array(answers[(len(pieces) - 1) % len(answers)]), config.get("music", 1.0))
    given = {"config": config, "effort": name, "method": method, "n": n, "silent": silent, "answers": answers}
    return given | {"pieces": pieces, "whole": attention.whole, "rows": attention.rows().tolist()}


def _efforts() -> list[dict]:
    sharp = {"temperatures": [1.01, 0.98, 0.6, 0.68]}
    kinds = {"sounds": {"names": ["music", "speech"], "music_below": 0.5}, "music": 0.7}
    sure, close, split = [[0.9, 0.06, 0.04]], [[0.4, 0.35, 0.25]], [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1]]
    songs = [(480, []), (590, []), (3_000, []), (3_000, [[0, 900]]), (3_000, [[0, 2600], [2605, 3000]]), (4_500, []),
             (14_700, [[3000, 6000]]), (14_700, []), (70_003, []), (3_000, [[0, 3000]]),
             (70_003, [[3_000, 30_000], [36_000, 66_000]]), (14_700, [[0, 6_850], [6_855, 14_700]])]  # fmt: skip
    out = [
        _heard(_config(hop), name, "mean", n, silent, answers)
        for hop in (5.0, 12.5)
        for name in ("fast", "normal", "full")
        for n, silent in songs
        for answers in (sure, close, split)
    ]
    for method in ("mean", "majority"):
        for answers in (sure, close, split):
            out.append(_heard(_config(12.5, **sharp), "normal", method, 14_700, [], answers))
            out.append(_heard(_config(12.5, **sharp, **kinds), "normal", method, 14_700, [], answers))
    return out


def make() -> dict[str, object]:
    """The golden values."""
    around = {s * RATE + d for s in (10, 30, 40, 60, 70, 90, 100, 120) for d in (-1, 0, 1)} | {1, RATE, 3_234_567}
    lengths = sorted(around)
    fields = ("skip_s", "skip_if_longer_than_s", "excerpt_s", "min_excerpt_s")
    cuts = [
        {"rule": {name: getattr(rule, name) for name in fields}, "n": n, "bounds": _bounds(n, rule)}
        for rule in RULES
        for n in lengths
    ]
    edges = sorted(
        {s * 110_250 + extra + d for s in (1, 2, 6) for extra in (0, 22_050) for d in (-1, 0, 1)} | {1, 661_500}
    )
    cut_segments = [
        {"n": n, "segment": size, "hop": hop, "starts": segments.starts(n, size, hop).tolist()}
        for size, hop in ((110_250, 110_250), (110_250, 55_125))
        for n in edges
    ]
    votes = [
        {"rows": rows, "method": m, "result": vote(np.array(rows), m).tolist()}
        for rows in VOTES
        for m in ("mean", "majority")
    ]
    resampled = []
    for rate in (8_000, 16_000, 32_000, 44_100, 48_000, 96_000):
        if rate > 18_000:
            y = soxr.resample(chirp(rate), rate, RATE, quality="HQ")
            values = [round(float(v), 6) for v in y[1000:40_000:487]]
            resampled.append({"rate": rate, "length": len(y), "first": 1000, "step": 487, "values": values})
        else:
            resampled.append({"rate": rate, "length": len(soxr.resample(chirp(rate), rate, RATE, quality="HQ"))})
    lengths_of = [
        {"rate": r, "n": n, "length": len(soxr.resample(np.zeros(n, np.float32), r, RATE, quality="HQ"))}
        for r in (8_000, 44_100, 48_000)
        for n in (1, 2, 3, 44_101, 99_999, 100_003)
    ]
    return {
        "sample_rate": RATE,
        "excerpts": cuts,
        "segments": cut_segments,
        "votes": votes,
        "spread": [looks.spread(count) for count in (0, 1, 2, 3, 7, 12, 24)],
        "order": [
            {"count": count, "room": room, "visited": list(looks.order(count, room))}
            for count in (0, 1, 7, 16, 17, 33, 100)
            for room in (2, 6, 16)
        ],
        "efforts": _efforts(),
        "resampled": resampled,
        "lengths": lengths_of,
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(make(), separators=(",", ":")) + "\n", "utf-8")
