"""MSD_musicnn: learned the 50 most used tags of Last.fm from 201 680 songs of the Million Song Dataset."""

from __future__ import annotations

from ._musicnn import tagger

RANK = 10

TAGS = (
    "rock", "pop", "alternative", "indie", "electronic", "female_vocalists", "dance", "00s", "alternative_rock",
    "jazz", "beautiful", "metal", "chillout", "male_vocalists", "classic_rock", "soul", "indie_rock", "mellow",
    "electronica", "80s", "folk", "90s", "chill", "instrumental", "punk", "oldies", "blues", "hard_rock", "ambient",
    "acoustic", "experimental", "female_vocalist", "guitar", "hip_hop", "70s", "party", "country", "easy_listening",
    "sexy", "catchy", "funk", "electro", "heavy_metal", "progressive_rock", "60s", "rnb", "indie_pop", "sad",
    "house", "happy",
)  # fmt: skip
CARD = (
    "It is built on a network that others trained: MSD_musicnn of Pons and Serra (arXiv:1909.06654; ISC licence),\n"
    "which learned to tell 50 tags of Last.fm from 201 680 songs of the Million Song Dataset. **Most of GTZAN's\n"
    "artists are in that collection, so it is likely to have heard many of them.** The scores below keep artists\n"
    "apart as to GTZAN's labels, not as to what that network has heard."
)
TAGGER = tagger("msd", TAGS, 256, "da5083c1355db2e0f645540027b0abaf24ca425a780f5a69a6958bead080c454", CARD)
