"""How large the embedded corpus is, and from which seed it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from corpora.demo.patterns import genre_names
from settings import SettingError, asdict, field, settings

GENRES = genre_names()
SAMPLE_RATE = 22050
MOST_HOURS = 200.0  # about 2 GB of Ogg


@settings
class DemoSettings:
    """The corpus that the project composes and renders itself."""

    genres: tuple[str, ...] = field(GENRES, "any file of corpora/demo/genres", choices=genre_names)
    artists: int = field(20, "a genre", low=1, high=999)
    clips_per_artist: int = field(3, "by each artist", low=1, high=99)
    duration_s: float = field(30.0, "length of a clip, s", low=1, high=120)
    seed: int = field(1, "everything random in the music comes from it", low=0, high=2**63 - 1)

    def __post_init__(self) -> None:
        hours = self.clips * self.duration_s / 3600
        if hours > MOST_HOURS:
            raise SettingError(
                f"artists={self.artists}, clips_per_artist={self.clips_per_artist}, duration_s={self.duration_s} make "
                f"{hours:.0f} hours of music; there may be {MOST_HOURS:g}"
            )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DemoSettings:
        """Settings from plain values, as a parameter file holds them; an unknown name is refused."""
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values for JSON."""
        return {**asdict(self), "genres": list(self.genres)}

    @property
    def clips(self) -> int:
        """Number of clips in the whole corpus."""
        return len(self.genres) * self.artists * self.clips_per_artist


SIZES: dict[str, DemoSettings] = {
    "tiny": DemoSettings(
        genres=("blues", "classical", "hiphop", "metal"), artists=4, clips_per_artist=2, duration_s=10.0
    ),
    "default": DemoSettings(),
    "full": DemoSettings(artists=25, clips_per_artist=4),
}
