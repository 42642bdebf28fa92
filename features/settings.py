"""What every extraction is made with: one immutable record, the same in training and in a released model."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

#: Networks learned elsewhere (`features.tagger`) and the sha256 of their files.
TAGGERS = {"msd-musicnn": "dffe47f0ee445537775329286e7eca91af4ab7658e88b77e9f3904848dbee543"}
TAGGER_RATE = 22050  # Hz: its frames are 706 samples, 353 apart


class FeatureError(ValueError):
    """A signal or a setting that features cannot be made from; the text names it and the rule."""


@dataclass(frozen=True)
class FeatureSettings:
    """Settings of the short-time analysis.

    Attributes
    ----------
    sample_rate : int
        Hz of the mono signal that is analysed.
    n_fft, hop_length : int
        Samples of a frame and between frames.
    n_mels, n_mfcc : int
        Mel bands (Slaney) and cepstral coefficients kept, ``n_mfcc <= n_mels``.
    top_db : float
        Log-mel values are floored this many dB below the loudest of the excerpt.
    segment_s, segment_hop_s : float
        Seconds of a segment and between the starts of two segments.
    tagger : {"none", "msd-musicnn"}
        Add what a network that was trained elsewhere hears in each segment (see `features.tagger`).
    """

    sample_rate: int = 22050
    n_fft: int = 2048
    hop_length: int = 512
    n_mels: int = 64
    n_mfcc: int = 40
    top_db: float = 80.0
    segment_s: float = 5.0
    segment_hop_s: float = 5.0
    tagger: str = "none"

    def __post_init__(self) -> None:
        for name in ("sample_rate", "n_fft", "hop_length", "n_mels", "n_mfcc"):
            value = getattr(self, name)
            if not isinstance(value, int) or value <= 0:
                raise FeatureError(f"{name}={value!r} must be a positive whole number")
        if self.n_fft % self.hop_length or (self.n_fft // 2) % self.hop_length:
            raise FeatureError(
                f"hop_length={self.hop_length} must divide n_fft / 2 = {self.n_fft // 2}: RMS and zero "
                "crossings are summed over whole hops"
            )
        if self.n_mfcc > self.n_mels:
            raise FeatureError(f"n_mfcc={self.n_mfcc} must be at most n_mels={self.n_mels}")
        if self.n_mfcc < 20:
            raise FeatureError(f"n_mfcc={self.n_mfcc} must be at least 20: the statistics describe the first 20")
        if self.n_mels % 16:
            raise FeatureError(f"n_mels={self.n_mels} must be a multiple of 16: flux is averaged over 16 band groups")
        if not 20 <= self.top_db <= 200:
            raise FeatureError(f"top_db={self.top_db} must lie between 20 and 200 dB")
        if not 1.0 <= self.segment_s <= 30.0:
            raise FeatureError(f"segment_s={self.segment_s} must lie between 1 and 30 s")
        if not 0.1 <= self.segment_hop_s <= self.segment_s:
            raise FeatureError(
                f"segment_hop_s={self.segment_hop_s} must lie between 0.1 s and segment_s={self.segment_s}"
            )
        if self.sample_rate < 16000:
            raise FeatureError(
                f"sample_rate={self.sample_rate} must be at least 16000: spectral contrast reaches above 6.4 kHz"
            )

        if self.tagger not in ("none", *TAGGERS):
            raise FeatureError(f"tagger={self.tagger!r} must be none or one of {', '.join(TAGGERS)}")
        if self.tagger != "none" and self.sample_rate != TAGGER_RATE:
            raise FeatureError(
                f"tagger={self.tagger} needs sample_rate={TAGGER_RATE}, not {self.sample_rate}: its frames fit it"
            )

    @property
    def segment_samples(self) -> int:
        """Samples of a segment."""
        return round(self.segment_s * self.sample_rate)

    @property
    def segment_hop_samples(self) -> int:
        """Samples between the starts of two segments."""
        return round(self.segment_hop_s * self.sample_rate)

    @property
    def segment_frames(self) -> int:
        """Frames of a segment."""
        return 1 + self.segment_samples // self.hop_length

    @property
    def frame_rate(self) -> float:
        """Frames a second."""
        return self.sample_rate / self.hop_length

    def to_dict(self) -> dict[str, Any]:
        """Plain form for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> FeatureSettings:
        """Inverse of :meth:`to_dict`; an unknown name is refused."""
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise FeatureError(f"unknown feature settings {unknown}; known are {sorted(known)}")
        return cls(**values)
