"""What a model's network heard beside the genre: tags that people give to songs, and an embedding to compare songs by.

Models whose statistics name ``tag_...`` and ``embedding_...`` (since 2.0 with the network before it, ``msd_tag_...``)
have both; of others there is nothing.

The networks are careful: of some tags ("mellow", "happy") they are never half sure, of others ("rock") often. So each
tag has a level of its own, in ``tags.json`` beside this file: it is named where it is more probable than in nine of ten
songs, or one half (`python -m studies hearing` counts that, and what it is worth).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["MOODS", "Heard", "levels", "no_music", "readable", "table"]

MOODS = 5
"""How many tags an answer names at most."""
LEAST = 0.1
"""How probable a tag must be to be named, of a network that has no levels."""

_TAG, _EMBEDDING = re.compile(r"(?:([a-z]+)_)?tag_(.+)"), re.compile(r"(?:[a-z]+_)?embedding_\d+")
_FIRST = "msd"
"""The network whose tags bear no name: the only one there was."""
_READABLE = {
    "female_vocalists": "female vocals", "female_vocalist": "female vocals", "male_vocalists": "male vocals",
    "hip_hop": "hip-hop", "rnb": "R&B", "classic": "classical", "beats": "beat", "choral": "choir",
    **dict.fromkeys(("female", "woman", "female_vocal", "female_voice"), "female vocals"),
    **dict.fromkeys(("male", "man", "male_vocal", "male_voice"), "male vocals"),
    **dict.fromkeys(("vocal", "voice", "singing"), "vocals"),
    **dict.fromkeys(("no_vocal", "no_vocals", "no_voice"), "no vocals"),
}  # fmt: skip


def readable(tag: str) -> str:
    """Give a tag as people write it.

    Examples
    --------
    >>> readable("female_vocalists"), readable("easy_listening")
    ('female vocals', 'easy listening')
    """
    return _READABLE.get(tag, tag.replace("_", " "))


def table() -> dict[str, Any]:
    """What the page needs to name moods as `Heard` does: ``most``, ``least``, ``levels``, ``first``, ``names``."""
    return {"most": MOODS, "least": LEAST, "levels": levels(), "first": _FIRST, "names": dict(_READABLE)}


@cache
def levels() -> dict[str, dict[str, float]]:
    """How probable each tag of each network must be to be named."""
    return json.loads(Path(__file__).with_name("tags.json").read_text("utf-8"))


class Heard:
    """Which columns of a graph's ``summary`` are tags and which the embedding.

    Parameters
    ----------
    statistics : sequence of str
        The names of the columns, from config.json.
    """

    def __init__(self, statistics: Sequence[str]) -> None:
        tags = {i: found for i, name in enumerate(statistics) if (found := _TAG.fullmatch(name))}
        self.tags, self._tags = [found[2] for found in tags.values()], list(tags)
        of_network = (levels().get(found[1] or _FIRST, {}).get(found[2], LEAST) for found in tags.values())
        self._levels = np.array(list(of_network))
        self._embedding = [i for i, name in enumerate(statistics) if _EMBEDDING.fullmatch(name)]

    def __bool__(self) -> bool:
        return bool(self._tags and self._embedding)

    def of(self, summary: np.ndarray) -> np.ndarray:
        """Take the mean over segments.

        Parameters
        ----------
        summary : np.ndarray [segments, statistics]
            Tags are logits.

        Returns
        -------
        float32 [tags + embedding]
            Probabilities of the tags, then the embedding.
        """
        with np.errstate(over="ignore"):  # far below 0 the exponential is infinite, and the tag's probability 0
            tags = 1 / (1 + np.exp(-summary[:, self._tags].astype(np.float64)))
        return np.concatenate([tags.mean(0), summary[:, self._embedding].mean(0)]).astype(np.float32)

    def moods(self, heard: np.ndarray) -> dict[str, float]:
        """Give the most probable of the tags that reach their level, by readable names, each but once."""
        found: dict[str, float] = {}
        for i in np.argsort(-heard[: len(self.tags)], kind="stable"):
            if heard[i] >= self._levels[i] and len(found) < MOODS:
                found.setdefault(readable(self.tags[i]), float(heard[i]))
        return found

    def embedding(self, heard: np.ndarray) -> np.ndarray:
        """Give the part that songs are compared by, float32 [n]."""
        return heard[len(self.tags) :]


def no_music(kinds: Mapping[str, Any], heard: Sequence[Mapping[str, float]]) -> str:
    """The kind of sound that is mostly heard, where it is no music; else nothing.

    Parameters
    ----------
    kinds : mapping
        ``sounds`` of config.json; empty for models that do not tell.
    heard : sequence of mapping
        Of each excerpt, how probable each kind is.
    """
    if not kinds:
        return ""
    music, *others = kinds["names"]
    mean = {kind: sum(excerpt[kind] for excerpt in heard) / len(heard) for kind in kinds["names"]}
    return "" if mean[music] >= kinds["music_below"] else max(others, key=mean.__getitem__)
