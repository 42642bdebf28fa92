"""One folder, the label in each name: ``rock - some song.mp3``. An example of the one file that a new corpus is."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from corpora import tracks
from corpora.tracks import CorpusError

RANK = 40
HELP = "one folder, the label at the beginning of each name"
MADE_BY = "python -m pipeline configure --corpus flat --path DIR && make repro"
LICENCE = "The clips are the trainer's own."
SEPARATOR = " - "


def find(folder: str | Path) -> pd.DataFrame:
    """The clips of a folder; each stands for itself in a split."""
    folder, rows = Path(folder), []
    for path in tracks.audio_files(folder):
        genre, found, _ = path.stem.partition(SEPARATOR)
        if not found:
            raise CorpusError(f"{path}: has no label; name it `label{SEPARATOR}name`")
        name = path.relative_to(folder).as_posix()
        rows.append({"track_id": name, "path": name, "genre": genre, "group": f"track:{name}"})
    return tracks.table(rows)
