"""How large the embedded corpus is, and from which seed it is drawn."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from corpora.demo.errors import SettingsError

GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
SAMPLE_RATE = 22050


@dataclasses.dataclass(frozen=True, kw_only=True)
class DemoSettings:
    """Size and seed of the embedded corpus.

    Parameters
    ----------
    genres : tuple of str
        The genres to render, each once. Any file of ``corpora/demo/genres`` is a genre.
    artists : int
        Artists a genre, 1 to 999. Artist ``a`` plays family ``a % families``.
    clips_per_artist : int
        Clips an artist, 1 to 99.
    duration_s : float
        Length of a clip in seconds, 1 to 120.
    seed : int
        Everything random comes from it. Not negative.

    Raises
    ------
    SettingsError
        A value breaks its rule; the message names the setting.
    """

    genres: tuple[str, ...] = GENRES
    artists: int = 20
    clips_per_artist: int = 3
    duration_s: float = 30.0
    seed: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.genres, str) or not all(isinstance(g, str) for g in self.genres):
            raise SettingsError(f"genres={self.genres!r}: must be a list of names")
        object.__setattr__(self, "genres", tuple(self.genres))
        if not self.genres:
            raise SettingsError("genres=(): at least one genre is needed")
        if len(set(self.genres)) != len(self.genres):
            raise SettingsError(f"genres={self.genres!r}: a genre stands there twice")
        _whole("artists", self.artists, 1, 999)
        _whole("clips_per_artist", self.clips_per_artist, 1, 99)
        _whole("seed", self.seed, 0, 2**63 - 1)
        if isinstance(self.duration_s, bool) or not isinstance(self.duration_s, int | float):
            raise SettingsError(f"duration_s={self.duration_s!r}: must be a number of seconds")
        if not (math.isfinite(self.duration_s) and 1 <= self.duration_s <= 120):
            raise SettingsError(f"duration_s={self.duration_s!r}: must be from 1 to 120 seconds")
        object.__setattr__(self, "duration_s", float(self.duration_s))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DemoSettings:
        """Settings from plain values, as a parameter file holds them; an unknown name is refused."""
        known = [field.name for field in dataclasses.fields(cls)]
        for name in values:
            if name not in known:
                raise SettingsError(f"{name}: unknown setting; the settings are {', '.join(known)}")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values for JSON."""
        return {**dataclasses.asdict(self), "genres": list(self.genres)}

    @property
    def clips(self) -> int:
        """Number of clips in the whole corpus."""
        return len(self.genres) * self.artists * self.clips_per_artist


def _whole(name: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingsError(f"{name}={value!r}: must be a whole number")
    if not low <= value <= high:
        raise SettingsError(f"{name}={value}: must be from {low} to {high}")


SIZES: dict[str, DemoSettings] = {
    "tiny": DemoSettings(
        genres=("blues", "classical", "hiphop", "metal"), artists=4, clips_per_artist=2, duration_s=10.0
    ),
    "default": DemoSettings(),
    "full": DemoSettings(artists=25, clips_per_artist=4),
}
