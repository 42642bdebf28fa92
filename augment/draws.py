"""Random numbers of one copy, and the one setting that all transforms have."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from settings import field


def generator(seed: int, track_id: str, segment: int, copy: int) -> np.random.Generator:
    """Return the generator of one copy; nothing but these four decides what it gives."""
    key = json.dumps([int(seed), str(track_id), int(segment), int(copy)])
    return np.random.default_rng(int.from_bytes(hashlib.sha256(key.encode()).digest(), "big"))


def probability(default: float) -> Any:
    """The field ``probability`` of a transform's settings."""
    return field(default, "share of the copies that get it", low=0, high=1)


class Draws:
    """What transforms draw with; numbers are rounded to what the manifest shows."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def happens(self, chance: float) -> bool:
        """True with this probability."""
        return bool(self._rng.random() < chance)

    def between(self, limits: tuple[float, float], digits: int) -> float:
        """A number between the limits, uniformly."""
        return round(float(self._rng.uniform(*limits)), digits)

    def one_of(self, names: Sequence[str]) -> str:
        """One of the names, each as likely."""
        return names[int(self._rng.random() * len(names))]

    def seed(self) -> int:
        """A seed for whatever else is random in the copy."""
        return int(self._rng.integers(2**32))
