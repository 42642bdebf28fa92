"""Statistics that a network learned elsewhere gives of a segment: what it heard in other people's songs.

``msd-musicnn`` is the network of Pons and Serra, "musicnn: pre-trained convolutional neural networks for music audio
tagging" (arXiv:1909.06654), trained on about 200 000 songs of the Million Song Dataset with the 50 most used tags of
Last.fm. Its weights (ISC licence, ``taggers/LICENSE.md``) are used as they are; nothing here learns.

The songs that it learned from are by many artists, and those of a corpus may be among them. A split by artist keeps
the corpus' labels apart; what the network has heard before it cannot. Scores with and without it therefore stand
beside each other.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from .settings import TAGGERS, FeatureError, FeatureSettings

#: The 50 tags of Last.fm in the order of the network's answers.
TAGS = (
    "rock", "pop", "alternative", "indie", "electronic", "female_vocalists", "dance", "00s", "alternative_rock",
    "jazz", "beautiful", "metal", "chillout", "male_vocalists", "classic_rock", "soul", "indie_rock", "mellow",
    "electronica", "80s", "folk", "90s", "chill", "instrumental", "punk", "oldies", "blues", "hard_rock", "ambient",
    "acoustic", "experimental", "female_vocalist", "guitar", "hip_hop", "70s", "party", "country", "easy_listening",
    "sexy", "catchy", "funk", "electro", "heavy_metal", "progressive_rock", "60s", "rnb", "indie_pop", "sad", "house",
    "happy",
)  # fmt: skip
N_EMBEDDED = 200
STATISTICS = (*(f"tag_{tag}" for tag in TAGS), *(f"embedding_{i}" for i in range(N_EMBEDDED)))
"""``tag_<tag>``: logit that the tag fits. ``embedding_<i>``: the layer before, which tells more."""


def file_of(name: str) -> Path:
    """The network's file, checked.

    Raises
    ------
    FeatureError
        If the file is absent or is not the one that this code was made for.
    """
    path = Path(__file__).with_name("taggers") / f"{name}.onnx"
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        raise FeatureError(f"features.tagger={name}: {path} cannot be read; restore it with git") from None
    if found != TAGGERS[name]:
        raise FeatureError(f"features.tagger={name}: {path} has another sha256 than expected; restore it with git")
    return path


class Tagger:
    """The network of ``settings.tagger``, run by onnxruntime on one thread."""

    def __init__(self, settings: FeatureSettings) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(
            file_of(settings.tagger), options, providers=["CPUExecutionProvider"]
        )

    def of(self, segments: np.ndarray) -> np.ndarray:
        """Statistics of segments, float32 [K, samples] to [K, 250]."""
        return self._session.run(["statistics"], {"segments": segments})[0]
