"""The feature engine as an ONNX graph: samples in, MFCC matrices and statistics of segments out.

Every constant comes from the very objects of ``features``. What is measured of frames, each family adds itself; what is
said of segments is `features.summary` itself, run on the graph's values in place of arrays. A test holds both sides
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import onnx

from features import Engine
from features.engine import SOFTEST
from features.frames import POWER_FLOOR
from features.settings import N_DESCRIBED
from features.summary import Segments
from features.taggers import named
from features.taggers import statistics as embedding_statistics

from .graph import LARGE, Graph, adapted, inline, value
from .symbols import GraphOperations, Symbol


class FrontEnd:
    """Adds the feature engine to a graph.

    Parameters
    ----------
    graph : Graph
    engine : Engine
    samples : str
        float32 [batch, n], any n >= 1.

    Attributes
    ----------
    y, padded : str
        [batch, samples]: at least a segment; with half a frame of zeros at both ends.
    power, log_mel : str
        [batch, frames, bins] and [batch, frames, n_mels]
    mfcc : str
        [batch, frames, n_mfcc]
    segments : str
        [batch * K, S, n_mfcc]
    k : str
        int64 [1], segments a row.
    looped : str
        bool [1], whether a row was shorter than a segment.
    """

    def __init__(self, graph: Graph, engine: Engine, samples: str) -> None:
        self.g, self.engine, self.s = graph, engine, engine.settings
        g, s, analyser = self.g, self.s, engine.frames
        self._networks: dict[Path, str] = {}
        self.looped = g.op("Less", g.dim(samples, 1), [s.segment_samples])
        self.y = self._levelled(self._loop(samples))
        self.padded = g.op("Pad", self.y, [0, s.n_fft // 2, 0, s.n_fft // 2], 0.0, mode="constant")
        signal = g.op("Unsqueeze", self.padded, [2])
        spectrum = g.op("STFT", signal, s.hop_length, analyser.window, s.n_fft, onesided=1)
        self.power = g.op("ReduceSumSquare", spectrum, [3], keepdims=0)
        mel = g.matmul(self.power, analyser.mel)
        db = g.mul(g.log10(g.op("Max", mel, POWER_FLOOR)), 10.0)
        self.log_mel = g.op("Max", db, g.sub(g.max(db, [1, 2], keep=True), s.top_db))
        self.mfcc = g.matmul(self.log_mel, analyser.dct)
        self.first, self.k = self._first_frames()
        span = np.arange(s.segment_frames, dtype=np.int64)[None]
        self.index = g.add(g.op("Unsqueeze", self.first, [1]), span)
        self.segments = self.cut(self.mfcc, s.n_mfcc)

    def _loop(self, samples: str) -> str:
        """A signal shorter than a segment is repeated to its length, as ``musiclassify.audio.segments.loop``."""
        g, segment = self.g, self.s.segment_samples
        n = g.dim(samples, 1)
        times = g.div(g.add(n, g.const([segment - 1])), n)
        tiled = g.op("Tile", samples, g.concat([g.const([1]), times], 0))
        return g.slice(tiled, 0, g.op("Max", n, [segment]), 1)

    def _levelled(self, y: str) -> str:
        """As `features.engine.levelled`."""
        g = self.g
        if not self.s.level:
            return y
        rms = g.op("Sqrt", g.mean(g.square(y), 1, keep=True))
        return g.mul(y, g.div(g.const(self.s.level), g.op("Max", rms, SOFTEST)))

    def _first_frames(self) -> tuple[str, str]:
        """First frame of each segment, int64 [K], by the sums of ``musiclassify.audio.segments.starts``; and K."""
        g, s = self.g, self.s
        segment, hop = s.segment_samples, s.segment_hop_samples
        n = g.dim(self.y, 1)
        over = g.op("Max", g.sub(n, [segment + segment // 5]), [0])
        k = g.add(g.div(g.add(over, [hop - 1]), [hop]), [1])
        scalar = g.op("Squeeze", k)
        first = g.mul(g.op("Range", g.const(0), scalar, g.const(1)), [hop])
        return g.div(g.op("Min", first, g.sub(n, [segment])), [s.hop_length]), k

    def cut(self, frames: str, width: int) -> str:
        """[batch, F, width] to [batch * K, S, width]."""
        return self.g.reshape(self.g.op("Gather", frames, self.index, axis=1), [-1, self.s.segment_frames, width])

    # What families measure frames of, beside `power`; made when the first one asks.

    @cached_property
    def magnitude(self) -> str:
        """[batch, frames, bins]."""
        return self.g.op("Sqrt", self.power)

    @cached_property
    def described(self) -> str:
        """The MFCCs that statistics describe, [batch, frames, 20]."""
        return self.g.slice(self.mfcc, 0, N_DESCRIBED, 2)

    def blocks(self, padded: str) -> str:
        """Values a sample by hops, as far as frames reach: [batch, samples] to [batch, hops, hop_length]."""
        g, s = self.g, self.s
        used = g.mul(g.add(g.dim(self.power, 1), [s.n_fft // s.hop_length - 1]), [s.hop_length])
        return g.reshape(g.slice(padded, 0, used, 1), [0, -1, s.hop_length])

    def over_hops(self, hops: str) -> str:
        """Sums over the hops of each frame: [batch, hops] to [batch, frames]."""
        g, per_frame = self.g, self.s.n_fft // self.s.hop_length
        total = g.slice(hops, 0, 1 - per_frame, 1)
        for i in range(1, per_frame):
            end = i + 1 - per_frame
            total = g.add(total, g.slice(hops, i, end if end else LARGE, 1))
        return total

    # What a model reads.

    def summary(self) -> str:
        """Add the statistics, float32 [batch * K, statistics]."""
        g, summary = self.g, self.engine.summary
        rows = g.concat([family.graph(self) for family in self.engine.frames.families], 2)
        onset = self.cut(g.op("Unsqueeze", self._onset(), [2]), 1)
        ops = GraphOperations(self.s.segment_frames, self._network)
        segments = Segments(
            described=Symbol(g, self.cut(rows, len(summary.rows))),
            log_mel=Symbol(g, self.cut(self.log_mel, self.s.n_mels)),
            onset=Symbol(g, g.reshape(onset, [-1, self.s.segment_frames])),
            samples=lambda: Symbol(g, self._samples),
            floor=summary.floor,
            ops=ops,
        )
        return summary.of(ops, segments).name

    def _onset(self) -> str:
        """As `features.summary.onset_strength`."""
        g = self.g
        rise = g.sub(g.slice(self.log_mel, 1, LARGE, 1), g.slice(self.log_mel, 0, -1, 1))
        return g.op("Pad", g.mean(g.op("Relu", rise), 2), [0, 1, 0, 0], 0.0, mode="constant")

    @cached_property
    def _samples(self) -> str:
        """Samples of the segments, [batch * K, samples]."""
        g, s = self.g, self.s
        span = g.op("Unsqueeze", g.op("Range", g.const(0), g.const(s.segment_samples), g.const(1)), [0])
        index = g.add(g.mul(g.op("Unsqueeze", self.first, [1]), [s.hop_length]), span)
        return g.reshape(g.op("Gather", self.y, index, axis=1), [-1, s.segment_samples])

    def _network(self, path: Path, waves: str) -> str:
        """A network's own file as part of the graph, once."""
        if path not in self._networks:
            self._networks[path] = inline(self.g, adapted(onnx.load(path)), {"segments": waves})
        return self._networks[path]

    def embedding(self) -> str:
        """What the taggers say of the segments, float32 [batch * K, statistics]."""
        return self.g.concat([self._network(one.checked(), self._samples) for one in named(self.s.tagger)], 1)

    def read(self, inputs: Sequence[str]) -> dict[str, str]:
        """The values that a model's ``inputs`` name; only these are added."""
        made = {"mfcc": lambda: self.segments, "summary": self.summary, "embedding": self.embedding}
        return {name: made[name]() for name in inputs}


def frontend_model(engine: Engine, inputs: Sequence[str]) -> onnx.ModelProto:
    """``frontend.onnx``: samples [batch, n] to ``segments`` [batch*K, S, n_mfcc], ``mfcc`` and what a head reads more.

    Parameters
    ----------
    inputs : sequence of {"mfcc", "summary", "embedding"}
        Of the model that stands behind it; ``mfcc`` are the ``segments``.
    """
    g, s = Graph(), engine.settings
    front = FrontEnd(g, engine, "samples")
    widths = {"summary": len(engine.statistics), "embedding": len(embedding_statistics(s.tagger))}
    outputs = [
        value(g.name(front.segments, "segments"), ["segments", s.segment_frames, s.n_mfcc]),
        value(g.name(front.mfcc, "mfcc"), ["batch", "frames", s.n_mfcc]),
    ]
    read = front.read([name for name in inputs if name in widths])
    outputs += [value(g.name(made, name), ["segments", widths[name]]) for name, made in read.items()]
    return g.model("frontend", [value("samples", ["batch", "n"])], outputs)
