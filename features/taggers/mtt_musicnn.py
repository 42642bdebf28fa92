"""MTT_musicnn: learned 50 tags from MagnaTagATune, 230 performers of one independent label, none of them in GTZAN."""

from __future__ import annotations

from ._musicnn import tagger

RANK = 20

TAGS = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano", "ambient",
    "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing", "vocals", "no_vocals",
    "harpsichord", "loud", "quiet", "flute", "woman", "male_vocal", "no_vocal", "pop", "soft", "sitar", "solo",
    "man", "classic", "choir", "voice", "new_age", "dance", "male_voice", "female_vocal", "beats", "harp", "cello",
    "no_voice", "weird", "country", "metal", "female_voice", "choral",
)  # fmt: skip
CARD = (
    "It is built on a network that others trained: MTT_musicnn of Pons and Serra (arXiv:1909.06654; ISC licence),\n"
    "which learned to tell 50 tags from MagnaTagATune, 230 performers of one independent label. **None of GTZAN's 271\n"
    "known artists is among them**, so that the scores below are artist-apart in every sense."
)
TAGGER = tagger("mtt", TAGS, 462, "388bc4f846f41d13af8f7ee5d93f0b2ed538e1047e6b87b416fbdae961193e46", CARD)
