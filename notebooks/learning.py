"""The learning part of the guided visit: the pipeline's own stages on a corpus small enough to wait for.

Everything is written below one temporary folder in the layout of the repository, so a visit changes nothing.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

import models
from corpora import gtzan, tracks
from notebooks import visit
from pipeline import params as parameters
from pipeline.files import read_json
from pipeline.layout import Layout
from pipeline.plots.curves import curves

#: What is smaller than in params.yaml, so that a visit lasts minutes.
SMALL: dict[str, dict[str, Any]] = {
    "demo": {
        "genres": ["blues", "classical", "country", "hiphop", "jazz", "metal"],
        "artists": 6,
        "clips_per_artist": 2,
        "duration_s": 10.0,
    },
    "split": {"valid": 0.2, "test": 0.3},
    "augment": {"copies": 1},
    "cnn": {"filters": [16, 32, 48], "epochs": 8, "samples_per_epoch": 512, "eq_db": 3.0, "mixup": 0.0},
    "xgb": {"rounds": 60, "early_stopping": 20},
    "evaluate": {"bootstrap": 500},
}
CLIPS_A_GENRE = 12


class Lesson:
    """One corpus, one split, the models trained on it.

    Parameters
    ----------
    changes : dict, optional
        Section -> parameter -> value, upon `SMALL`.
    folder : path, optional
        Where everything goes; default: a temporary folder.
    corpus : path, optional
        A GTZAN folder instead of the embedded corpus, of which the first twelve clips a genre are used; default: what
        the environment variable MUSICLASSIFY_GTZAN names, if it names a folder.
    """

    def __init__(
        self,
        changes: dict[str, dict[str, Any]] | None = None,
        *,
        folder: str | Path | None = None,
        corpus: str | Path | None = None,
    ) -> None:
        self.root = Path(folder or tempfile.mkdtemp(prefix="musiclassify-visit-"))
        given = corpus or os.environ.get("MUSICLASSIFY_GTZAN", "")
        self.source = Path(given) if given and Path(given).is_dir() else None
        values = copy.deepcopy(parameters.load(visit.ROOT / parameters.PARAMS_FILE))
        kind = "gtzan" if self.source else "demo"
        path = "data/gtzan-clips" if self.source else "data/demo/clips"
        where = {"corpus": {"name": "visit", "kind": kind, "path": path}, "split": {"protocol": "artist", "folds": 0}}
        for section, wanted in (*SMALL.items(), *where.items(), *(changes or {}).items()):
            values[section] = values[section] | wanted
        parameters.check(values)
        self.values = values
        self.layout = Layout("visit", self.root)
        self.root.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(visit.ROOT / parameters.PARAMS_FILE, self.root / "params.yaml")

    def stage(self, name: str, kind: str | None = None) -> str:
        """Run one stage of the pipeline; what it printed."""
        module = importlib.import_module(f"pipeline.{name}")
        reads = module.READS(kind) if callable(module.READS) else module.READS
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), _libraries_silent():
            chosen = parameters.select(self.values, reads)
            module.run(chosen, self.layout, *([kind] if kind else []))
        return printed.getvalue().strip()

    def prepare(self) -> None:
        """Compose the corpus (or take GTZAN's first clips), check it, split it, augment and extract."""
        if self.source is None:
            print(self.stage("compose"))
        else:
            _take(self.source, self.root / "data" / "gtzan-clips")
        for name in ("prepare", "split", "augment", "extract"):
            print(self.stage(name))

    def clips(self, side: str = "test") -> list[Path]:
        """The clips of one side, one of each genre in turn."""
        usable = tracks.usable(tracks.read(self.layout.tracks))
        sides = pd.read_csv(self.layout.split, dtype={"track_id": str}).set_index("track_id")["split"]
        chosen = usable[usable["track_id"].map(sides) == side]
        order = chosen.groupby("genre").cumcount().sort_values(kind="stable").index
        return [self.root / self.values["corpus"]["path"] / path for path in chosen.loc[order, "path"]]

    @property
    def sides(self) -> widgets.HTML:
        """How many tracks of each genre are on which side."""
        return visit.svg((self.layout.report("split") / "sides.svg").read_text("utf-8"))

    def train(self, *kinds: str) -> None:
        """Train models and score each on the test side."""
        for kind in kinds:
            print(self.stage("train", kind))
            print(self.stage("evaluate", kind))

    def curves(self, kind: str) -> widgets.HTML:
        """Loss and accuracy while a model learned."""
        history = pd.read_csv(self.layout.report("train", kind) / "history.csv")
        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder) / "curves.svg"
            curves(history, picture, title=f"{models.label(kind)}: while it learned")
            return visit.svg(picture.read_text("utf-8"))

    def scores(self, *kinds: str) -> pd.DataFrame:
        """Accuracy and macro recall on the test side, by track."""
        rows = {}
        for kind in kinds:
            measured = read_json(self.layout.report("evaluate", kind) / "metrics.json")
            track = measured["track"]
            rows[models.label(kind)] = {
                "accuracy": track["accuracy"],
                "low": track["accuracy_low"],
                "high": track["accuracy_high"],
                "macro recall": track["macro_recall"],
                "tracks": measured["tracks"],
            }
        return pd.DataFrame.from_dict(rows, orient="index").round(3)

    def released(self, *kinds: str) -> list[Path]:
        """The trained models in the released form, scored on the test side."""
        self.values["release"] = self.values["release"] | {"kinds": list(kinds)}
        self.stage("release")
        return sorted(self.layout.release.iterdir())

    def price_of_a_leak(self, *kinds: str, repeats: int = 3) -> widgets.HTML:
        """Accuracy by track of the same models on the same clips under splits that leak more and more."""
        from studies import leak_price

        params = parameters.select(self.values, leak_price.READS)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), _libraries_silent():
            self.prices = leak_price.run(
                params, self.layout, kinds=list(kinds), protocols=["artist", "track", "segment"], repeats=repeats
            )
        return visit.svg((self.layout.report("studies", leak_price.NAME) / "leak-price.svg").read_text("utf-8"))


@contextlib.contextmanager
def _libraries_silent() -> Iterator[None]:
    """Keep what compiled libraries write to the process's stderr out of the notebook; Python's errors still show."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _take(source: Path, goal: Path) -> None:
    """Copy the first clips of each genre of a GTZAN folder."""
    found = gtzan.find(source)
    for row in found.groupby("genre").head(CLIPS_A_GENRE).itertuples():
        target = goal / row.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / row.path, target)
