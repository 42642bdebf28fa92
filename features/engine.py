"""The one feature engine: MFCC matrices and summary statistics of segments from a single short-time transform."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musiclassify.audio import segments

from .errors import FeatureError
from .families import FAMILIES
from .frames import FrameAnalyser
from .settings import FeatureSettings
from .summary import Summary

SOFTEST = 1e-4  # RMS below which a sound is not made louder still


@dataclass(frozen=True)
class Extracted:
    """Features of one signal: F frames, K segments of S frames.

    Attributes
    ----------
    mfcc : float32 [F, n_mfcc]
        MFCC matrix of the whole signal.
    starts : int64 [K]
        First frame of each segment.
    segments : float32 [K, S, n_mfcc]
        MFCC matrix of each segment.
    summary : float32 [K, statistics]
    """

    mfcc: np.ndarray
    starts: np.ndarray
    segments: np.ndarray
    summary: np.ndarray


class Engine:
    """Feature extraction with prepared filter banks.

    Examples
    --------
    >>> import numpy as np
    >>> extracted = Engine(FeatureSettings()).extract(np.zeros(661500, np.float32))
    >>> extracted.segments.shape
    (6, 216, 40)
    """

    def __init__(self, settings: FeatureSettings | None = None) -> None:
        self.settings = settings or FeatureSettings()
        used = [(n, f.MEASURES) for n, f in FAMILIES.all().items() if f.MEASURES.used(self.settings)]
        self.families = {name: measures(self.settings) for name, measures in used}
        self.frames = FrameAnalyser(self.settings, tuple(self.families.values()))
        self.summary = Summary(self.settings, tuple(self.families.values()))

    @property
    def statistics(self) -> tuple[str, ...]:
        """Names of the columns of ``Extracted.summary``, families in their order."""
        return self.summary.statistics

    def mfcc(self, y: np.ndarray) -> np.ndarray:
        """MFCC matrix of a whole signal, float32 [F, n_mfcc]; equals ``librosa.feature.mfcc(...).T``."""
        y = _checked(y)
        return self.frames.log_mel(self.frames.power_mel(y)) @ self.frames.dct

    def extract(self, y: np.ndarray) -> Extracted:
        """Features of a signal (float32 [n], one excerpt); shorter than a segment, it is looped.

        Raises
        ------
        FeatureError
            If ``y`` is empty, not one-dimensional or not finite.
        """
        s = self.settings
        y = levelled(segments.loop(_checked(y), s.segment_samples), s.level)
        starts = segments.starts(len(y), s.segment_samples, s.segment_hop_samples) // s.hop_length
        return self._extract(y, starts, centre=True)

    def extract_segment(self, y: np.ndarray) -> Extracted:
        """Features of one segment that brings its own neighbourhood: ``segment_samples + n_fft`` samples.

        An augmented copy is cut with ``n_fft // 2`` samples of its surroundings on both sides, so that its edge
        frames look like those of an original segment inside its clip.
        """
        s = self.settings
        y = levelled(_checked(y), s.level)
        expected = s.segment_samples + s.n_fft
        if len(y) != expected:
            raise FeatureError(f"len(y)={len(y)} must be a segment and its margins: {expected} samples")
        return self._extract(y, np.zeros(1, np.int64), centre=False)

    def _extract(self, y: np.ndarray, starts: np.ndarray, *, centre: bool) -> Extracted:
        frames, rows = self.frames.analyse(y, centre=centre)
        index = starts[:, None] + np.arange(self.settings.segment_frames)
        inside = y if centre else y[self.settings.n_fft // 2 :]
        return Extracted(frames.mfcc, starts, frames.mfcc[index], self.summary.measure(inside, frames, rows, starts))


def levelled(y: np.ndarray, level: float) -> np.ndarray:
    """A sound at an RMS of `level`, where that is not 0: how loud a copy was cut says nothing of its genre."""
    if not level:
        return y
    rms = np.sqrt(np.mean(np.square(y), dtype=np.float64))
    return y * np.float32(level / max(rms, SOFTEST))


def _checked(y: np.ndarray) -> np.ndarray:
    y = np.asarray(y, dtype=np.float32)
    if y.ndim != 1 or not len(y):
        raise FeatureError(f"y.shape={y.shape} must be one row of at least one sample: mix to mono first")
    if not np.isfinite(y).all():
        raise FeatureError("y holds NaN or infinite samples: repair or leave out the file")
    return y
