"""The settings of a tiny study, which the studies' tests change where they need to."""

from __future__ import annotations

SETTINGS = {
    "seed": 3,
    "folds": 2,
    "dealing": 5,
    "uncertain_share": 0.3,
    "features": {"segment_s": 1.0, "segment_hop_s": 1.0, "tagger": "none"},
    "pieces": {"seconds": [0.4, 0.5], "of_a_long_clip": 1, "copies": 0, "copies_of_a_short_clip": 0, "share": 0.3},
    "augment": {"copies": 0},
    "models": {"svm": {"tagger": "none", "C": 1.0}},
    "blends": {},
}
