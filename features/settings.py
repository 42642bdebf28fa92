"""What every extraction is made with: one immutable record, the same in training and in a released model."""

from __future__ import annotations

from typing import Any

from settings import SettingError, asdict, field, settings

TAGGER_RATE = 22050  # Hz: what networks trained elsewhere read (`features.taggers`)
FLUX_GROUPS = 16
N_DESCRIBED = 20  # MFCCs whose shape, change and correlation are described
FEWEST_FRAMES = 20  # of a segment: its rhythm and its changes are measured over them
WIDEST_BIN_HZ = 60.0  # wider ones leave the lowest band of the spectral contrast without a bin


@settings
class FeatureSettings:
    """The short-time analysis, and the segments whose statistics are taken."""

    sample_rate: int = field(22050, "Hz of the mono signal that is analysed", low=16000, high=96000)
    n_fft: int = field(2048, "samples of a frame", low=512, high=16384)
    hop_length: int = field(512, "samples between frames", low=64, high=8192)
    n_mels: int = field(64, "mel bands (Slaney)", low=32, high=512)
    n_mfcc: int = field(40, "cepstral coefficients kept", low=N_DESCRIBED, high=256)
    top_db: float = field(80.0, "dB below the loudest of an excerpt at which levels are floored", low=20, high=200)
    segment_s: float = field(5.0, "length of a segment, s", low=1, high=30)
    segment_hop_s: float = field(
        5.0, "distance of the starts of two segments, s; more than segment_s leaves gaps", low=0.1, high=30
    )
    level: float = field(0.0, "RMS that every excerpt is brought to before it is measured; 0: as it is", low=0, high=1)
    tagger: str = field(
        "none",
        "networks trained elsewhere that also say something of each segment (slow): msd-musicnn, mtt-musicnn, both "
        "joined by +, or the path of an .onnx file",
    )

    def __post_init__(self) -> None:
        if (self.n_fft // 2) % self.hop_length or self.n_fft % 2:
            raise SettingError(
                f"hop_length={self.hop_length} must divide n_fft / 2 = {self.n_fft / 2:g}: RMS and zero crossings are "
                "summed over whole hops"
            )
        if self.n_mfcc > self.n_mels:
            raise SettingError(f"n_mfcc={self.n_mfcc} must be at most n_mels={self.n_mels}")
        if self.n_mels % FLUX_GROUPS:
            raise SettingError(
                f"n_mels={self.n_mels} must be a multiple of {FLUX_GROUPS}: flux is averaged over so many band groups"
            )
        if self.n_mels > self.n_fft // 8:
            raise SettingError(f"n_mels={self.n_mels} must be at most n_fft / 8 = {self.n_fft // 8}: bands need bins")
        if self.sample_rate > WIDEST_BIN_HZ * self.n_fft:
            raise SettingError(
                f"n_fft={self.n_fft} must be at least sample_rate / {WIDEST_BIN_HZ:g} = "
                f"{self.sample_rate / WIDEST_BIN_HZ:.0f}: the lowest bands need bins"
            )
        if self.segment_frames < FEWEST_FRAMES:
            raise SettingError(
                f"hop_length={self.hop_length} leaves {self.segment_frames} frames in a segment of {self.segment_s} s; "
                f"there must be at least {FEWEST_FRAMES}"
            )
        if self.tagger != "none":
            from .taggers import named

            named(self.tagger)
        if self.tagger != "none" and self.sample_rate != TAGGER_RATE:
            raise SettingError(
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
        return cls(**values)
