"""What a model's network heard beside the genre: tags that people give to songs, and an embedding to compare songs by.

Models whose statistics name ``tag_...`` and ``embedding_...`` (since 2.0 with the network before it, ``msd_tag_...``)
have both; of others there is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["MOODS", "Heard", "no_music", "readable", "table"]

MOODS = 5
"""How many tags an answer names at most."""
LEAST = 0.1
"""How probable a tag must be to be named: the network is careful, and half is rare for the most fitting one."""

_TAG, _EMBEDDING = re.compile(r"(?:[a-z]+_)?tag_(.+)"), re.compile(r"(?:[a-z]+_)?embedding_\d+")
_READABLE = {
    "female_vocalists": "female vocals", "female_vocalist": "female vocals", "male_vocalists": "male vocals",
    "hip_hop": "hip-hop", "rnb": "R&B",
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
    """What the page needs to name moods as `Heard` does: ``most``, ``least``, ``names``."""
    return {"most": MOODS, "least": LEAST, "names": dict(_READABLE)}


class Heard:
    """Which columns of a graph's ``summary`` are tags and which the embedding.

    Parameters
    ----------
    statistics : sequence of str
        The names of the columns, from config.json.
    """

    def __init__(self, statistics: Sequence[str]) -> None:
        tags = {i: found[1] for i, name in enumerate(statistics) if (found := _TAG.fullmatch(name))}
        self.tags, self._tags = list(tags.values()), list(tags)
        self._embedding = [i for i, name in enumerate(statistics) if _EMBEDDING.fullmatch(name)]

    def __bool__(self) -> bool:
        return bool(self._tags and self._embedding)

    def of(self, summary: np.ndarray) -> np.ndarray:
        """Take the mean over segments.

        Parameters
        ----------
        summary : np.ndarray [shape=(segments, statistics)]
            Tags are logits.

        Returns
        -------
        np.ndarray [shape=(tags + embedding,), float32]
            Probabilities of the tags, then the embedding.
        """
        tags = 1 / (1 + np.exp(-summary[:, self._tags].astype(np.float64)))
        return np.concatenate([tags.mean(0), summary[:, self._embedding].mean(0)]).astype(np.float32)

    def moods(self, heard: np.ndarray) -> dict[str, float]:
        """Give the strongest tags by their readable names, those that say the same but once."""
        found: dict[str, float] = {}
        for i in np.argsort(-heard[: len(self.tags)], kind="stable"):
            if heard[i] < LEAST or len(found) == MOODS:
                break
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
