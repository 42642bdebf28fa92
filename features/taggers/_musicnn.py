"""What the networks of Pons and Serra say: "musicnn: pre-trained convolutional neural networks for music audio tagging"
(arXiv:1909.06654; ISC licence, ``LICENSE.md``). ``python -m studies convert-tagger`` makes the files."""

from __future__ import annotations

from pathlib import Path

from features.taggers import Tagger

EMBEDDED = 200
LICENCE = "ISC"


def tagger(prefix: str, tags: tuple[str, ...], pooled: int, sha256: str, card: str) -> Tagger:
    """The entry of one of them.

    ``<prefix>_tag_<tag>`` is the logit that the tag fits, ``<prefix>_embedding_<i>`` the layer before,
    ``<prefix>_max_<i>`` and ``<prefix>_mean_<i>`` the `pooled` values of the layers before that over the time of the
    segment: of those of 753 that differ from sound to sound (`studies.convert_tagger`).
    """
    statistics = (
        *(f"{prefix}_tag_{tag}" for tag in tags),
        *(f"{prefix}_embedding_{i}" for i in range(EMBEDDED)),
        *(f"{prefix}_max_{i}" for i in range(pooled)),
        *(f"{prefix}_mean_{i}" for i in range(pooled)),
    )
    return Tagger(Path(__file__).with_name(f"{prefix}-musicnn.onnx"), sha256, statistics, LICENCE, card)
