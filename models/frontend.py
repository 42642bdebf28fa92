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
from .transform import power


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
    y : str
        [batch, samples]: at least a segment.
    log_mel, mfcc : str
        [batch, frames, n_mels] and [batch, frames, n_mfcc]
    power : str
        [batch * K, bins, S]: of the segments' frames; frames that lie in none are measured by their mel bands alone.
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
        self.hops = self.blocks(g.op("Pad", self.y, [0, s.n_fft // 2, 0, s.n_fft // 2], 0.0, mode="constant"))
        self.first, self.k = self._first_frames()
        span = np.arange(s.segment_frames, dtype=np.int64)[None]
        self.index = g.add(g.op("Unsqueeze", self.first, [1]), span)
        order, place = self._order()
        mel, spectra = self._spectra(order)
        heard = g.op("Transpose", g.slice(spectra, 0, self.k, 0), perm=[1, 0, 2, 3])
        self.power = g.reshape(heard, [-1, 1 + s.n_fft // 2, s.segment_frames])
        db = g.mul(g.log10(g.op("Max", mel, POWER_FLOOR)), 10.0)
        db = g.reshape(g.op("Transpose", db, perm=[1, 0, 3, 2]), g.concat([g.dim(db, 1), g.const([-1, s.n_mels])], 0))
        loudest = g.max(db, [1, 2], keep=True)
        self.log_mel = g.op("Max", g.op("Gather", db, place, axis=1), g.sub(loudest, s.top_db))
        self.mfcc = g.matmul(self.log_mel, analyser.dct)
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

    def _order(self) -> tuple[str, str]:
        """Frames in the order of their transform, int64 [C, S], and the place of each frame in it, int64 [F].

        First those of the segments, then all others, the first frame as often as it takes to fill the last row.
        """
        g, s = self.g, self.s
        frames = g.sub(g.dim(self.hops, 1), [s.n_fft // s.hop_length - 1])
        heard, unknown = g.reshape(self.index, [-1]), g.op("Expand", g.const([-1]), frames)
        place = g.op("ScatterElements", unknown, heard, self._numbered(heard), axis=0)
        others = g.reshape(g.op("NonZero", g.op("Less", place, [0])), [-1])
        order = g.concat([heard, others], 0)
        place = g.op("ScatterElements", place, order, self._numbered(order), axis=0)
        missing = g.op("Mod", g.op("Neg", g.dim(order, 0)), [s.segment_frames])
        filled = g.op("Pad", order, g.concat([g.const([0]), missing], 0), mode="constant")
        return g.reshape(filled, [-1, s.segment_frames]), place

    def _spectra(self, order: str) -> tuple[str, str]:
        """Mel bands [C, batch, n_mels, S] and power [C, batch, bins, S].

        As many frames at once as a segment has: their spectra stay in the processor's cache.
        """
        s, analyser, g = self.s, self.engine.frames, Graph("spectra_")
        parts = [
            g.op("Transpose", g.op("Gather", self.hops, g.add("spectra_order", [hop]), axis=1), perm=[0, 2, 1])
            for hop in range(s.n_fft // s.hop_length)
        ]
        found = power(g, g.mul(g.concat(parts, 1), analyser.window[:, None]), s.n_fft)
        mel = g.matmul(np.ascontiguousarray(analyser.mel.T), found)
        outputs = [
            value(g.name(mel, "spectra_mel"), ["batch", s.n_mels, s.segment_frames]),
            value(g.name(found, "spectra_power"), ["batch", 1 + s.n_fft // 2, s.segment_frames]),
        ]
        inputs = [value("spectra_order", [s.segment_frames], onnx.TensorProto.INT64)]
        return self.g.op("Scan", order, outputs=2, num_scan_inputs=1, body=g.part("spectra", inputs, outputs))

    def _numbered(self, values: str) -> str:
        """0, 1, ... as many as there are values [n]."""
        g = self.g
        return g.op("Range", g.const(0), g.op("Squeeze", g.dim(values, 0)), g.const(1))

    def cut(self, frames: str, width: int) -> str:
        """[batch, F, width] to [batch * K, S, width]."""
        return self.g.reshape(self.g.op("Gather", frames, self.index, axis=1), [-1, self.s.segment_frames, width])

    # What families measure frames of, beside `power`; made when the first one asks.

    @cached_property
    def magnitude(self) -> str:
        """As `power`."""
        return self.g.op("Sqrt", self.power)

    @cached_property
    def described(self) -> str:
        """The MFCCs that statistics describe, [batch, frames, 20]."""
        return self.g.slice(self.mfcc, 0, N_DESCRIBED, 2)

    def blocks(self, padded: str) -> str:
        """Values a sample by whole hops, half a frame beyond both ends: to [batch, hops, hop_length]."""
        g, hop = self.g, self.s.hop_length
        whole = g.mul(g.div(g.dim(padded, 1), [hop]), [hop])
        return g.reshape(g.slice(padded, 0, whole, 1), [0, -1, hop])

    def over_hops(self, hops: str) -> str:
        """Sums over the hops of each frame of the segments: [batch, hops] to [batch * K, 1, S]."""
        g, total = self.g, ""
        for hop in range(self.s.n_fft // self.s.hop_length):
            part = g.op("Gather", hops, g.add(self.index, [hop]), axis=1)
            total = g.add(total, part) if total else part
        return g.reshape(total, [-1, 1, self.s.segment_frames])

    def hear(self, frames: str, width: int) -> str:
        """What was measured of all frames, [batch, frames, width], where segments are: [batch * K, width, S]."""
        return self.g.op("Transpose", self.cut(frames, width), perm=[0, 2, 1])

    # What a model reads.

    def summary(self) -> str:
        """Add the statistics, float32 [batch * K, statistics]."""
        g, summary = self.g, self.engine.summary
        rows = g.concat([family.graph(self) for family in self.engine.frames.families], 1)
        onset = self.cut(g.op("Unsqueeze", self._onset(), [2]), 1)
        ops = GraphOperations(self.s.segment_frames, self._network)
        segments = Segments(
            described=Symbol(g, g.op("Transpose", rows, perm=[0, 2, 1])),
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
        whole = -(-s.segment_samples // s.hop_length)
        span = np.arange(whole, dtype=np.int64)[None] + s.n_fft // 2 // s.hop_length
        hops = g.op("Gather", self.hops, g.add(g.op("Unsqueeze", self.first, [1]), span), axis=1)
        return g.slice(g.reshape(hops, [-1, whole * s.hop_length]), 0, s.segment_samples, 1)

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
