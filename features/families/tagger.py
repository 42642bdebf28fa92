"""What a network that was trained on other people's songs says of a segment (`features.tagger`)."""

from __future__ import annotations

from typing import Any

from features.family import Family
from features.settings import FeatureSettings
from features.tagger import STATISTICS, Tagger, file_of

RANK = 200
LABEL = "what the tagger hears"


class MEASURES(Family):
    """The statistics of ``features.tagger``, where that names a network."""

    statistics = STATISTICS

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__(settings)
        self.tagger = Tagger(settings)

    @classmethod
    def used(cls, settings: FeatureSettings) -> bool:
        """Whether a network is named."""
        return settings.tagger != "none"

    def measure(self, ops: Any, segments: Any) -> Any:
        """What it says of the segment's samples."""
        return ops.network(file_of(self.settings.tagger), self.tagger, segments.samples)
