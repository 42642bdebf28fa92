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
TAGGER = tagger("mtt", TAGS, "9712d780ada9441d3a89e25bf6ed7f7ab549da2f0d6f7d6415091ce5fce96190", CARD)
