"""What settings that are each within their range would need together, before anything runs.

The estimates add up the largest arrays. Peak memory of a process was between 0.58 and 1.07 of them, measured on eleven
settings from 30 s to 300 s an excerpt and 64 to 1024 samples a hop.
"""

from __future__ import annotations

from typing import Any

from features import FeatureSettings
from pipeline.errors import ParamsError

GIB = 2**30
EXTRACT_LIMIT = 2 * GIB  # a worker process, of which there is one a core
TRAIN_LIMIT = 8 * GIB
ROWS = 100  # numbers a frame that are described, and some


def extract_bytes(features: FeatureSettings, excerpt_s: float) -> float:
    """What extracting the features of one excerpt needs.

    Parameters
    ----------
    features : FeatureSettings
    excerpt_s : float
        Length of an excerpt, s.
    """
    n, beat = features.segment_frames, int(8 * features.frame_rate)
    size = 1 << (2 * n - 1).bit_length()
    constants = 4 * n * size + 10 * (n + beat) ** 2 + 12 * n * (n + beat) + 20 * features.n_fft * features.n_mels
    frames = max(n, excerpt_s * features.frame_rate)
    segments = 1 + max(0.0, excerpt_s - features.segment_s) / features.segment_hop_s
    by_segment = n * (28 * ROWS + 24 * features.n_mels)
    return constants + 1.3 * segments * by_segment + 24 * frames * (ROWS + features.n_mels)


def train_bytes(features: FeatureSettings, cnn: Any) -> float:
    """What a step of the CNN's training needs: its layers' values, kept for the gradient."""
    positions = cnn.batch_size * features.segment_frames * features.n_mfcc
    if cnn.architecture == "original":
        return 12 * positions * (128 + 256 / 4 + 512 / 16)
    return 12 * positions * sum(width / 4**depth for depth, width in enumerate(cnn.filters))


def check(features: FeatureSettings, excerpt_s: float, cnn: Any) -> None:
    """Refuse settings that no machine that this is meant for can hold.

    Raises
    ------
    ParamsError
        With the estimate, the limit and what to change.
    """
    needed = extract_bytes(features, excerpt_s)
    if needed > EXTRACT_LIMIT:
        raise ParamsError(
            f"features.hop_length={features.hop_length} with segments.segment_s={features.segment_s}, "
            f"segments.segment_hop_s={features.segment_hop_s} and rule.excerpt_s={excerpt_s}: extract would need about "
            f"{needed / GIB:.1f} GiB in each process and may have {EXTRACT_LIMIT / GIB:g}; raise hop_length or "
            "segment_hop_s, or shorten the segments or excerpts"
        )
    needed = train_bytes(features, cnn)
    if needed > TRAIN_LIMIT:
        raise ParamsError(
            f"cnn.batch_size={cnn.batch_size} with segments of {features.segment_frames} frames: a training step would "
            f"need about {needed / GIB:.1f} GiB and may have {TRAIN_LIMIT / GIB:g}; lower batch_size or filters, or "
            "raise features.hop_length"
        )
