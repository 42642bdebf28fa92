"""Where things lie: the one place that knows the folders of data, models and reports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musiclassify.audio.places import is_address, is_file, place


@dataclass(frozen=True)
class Layout:
    """Folders and files of one corpus, relative to the repository.

    ::

        data/<corpus>/tracks.csv  split.csv  segments.csv  features/{train,valid,test}/
        models/trained/<corpus>/<kind>/          the fitted model, calibration.json, released/
        models/trained/<corpus>/release/<name>/  what can be published to models/released/
        reports/<corpus>/<stage>/…               metrics.json, tables and pictures; index.html
    """

    corpus: str
    root: Path = Path(".")
    storage: str = ""  # the parameter compute.storage

    def far(self, side: str) -> Any:
        """Where the features of a side are to be written, if not into `features`; else None."""
        return place(self.storage) / self.corpus / side if self.storage else None

    def given(self, path: str) -> Any:
        """What the parameter ``corpus.path`` names: a `UPath` of an address; a relative path starts here."""
        return place(path) if is_address(path) else self.root / Path(path).expanduser()

    def clips(self, path: str) -> Any:
        """The folder at which the clips' paths start: that of ``corpus.path``, or where it is a list of clips, its."""
        where = self.given(path)
        return where.parent if is_file(where) else where

    @property
    def data(self) -> Path:
        return self.root / "data" / self.corpus

    @property
    def tracks(self) -> Path:
        return self.data / "tracks.csv"

    @property
    def split(self) -> Path:
        return self.data / "split.csv"

    @property
    def segments(self) -> Path:
        return self.data / "segments.csv"

    def features(self, side: str) -> Path:
        return self.data / "features" / side

    @property
    def trained(self) -> Path:
        return self.root / "models" / "trained" / self.corpus

    def model(self, kind: str) -> Path:
        return self.trained / kind

    @property
    def release(self) -> Path:
        return self.trained / "release"

    @property
    def reports(self) -> Path:
        return self.root / "reports" / self.corpus

    def report(self, stage: str, kind: str = "") -> Path:
        return self.reports / stage / kind if kind else self.reports / stage
