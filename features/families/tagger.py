"""What networks that were trained on other people's songs say of a segment (`features.taggers`)."""

from __future__ import annotations

from typing import Any

from features.family import Family
from features.settings import FeatureSettings
from features.taggers import NONE, REGISTRY, runners, statistics

RANK = 200
LABEL = "what the tagger hears"


class MEASURES(Family):
    """The statistics of ``features.tagger``, where that names networks."""

    statistics = tuple(name for entry in REGISTRY.all().values() for name in entry.TAGGER.statistics)

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__(settings)
        self.statistics = statistics(settings.tagger)
        self.runners = runners(settings.tagger)

    @classmethod
    def used(cls, settings: FeatureSettings) -> bool:
        """Whether a network is named."""
        return settings.tagger != NONE

    def measure(self, ops: Any, segments: Any) -> Any:
        """What they say of the segment's samples."""
        return ops.join([ops.network(runner.path, runner, segments.samples) for runner in self.runners])
