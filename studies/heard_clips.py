"""What a released model hears in labelled clips: its tags, its embedding, and the statistics from scratch beside them.

This is the answering side as users have it (`released.Model`), not the pipeline's features. What was heard is kept in
``data/released/`` and taken again for the same clips and model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from corpora import gtzan
from musiclassify.audio.decode import stream
from musiclassify.audio.excerpts import excerpts
from musiclassify.released.heard import Heard
from musiclassify.released.song import Model
from pipeline.errors import PipelineError
from studies.held_out import DATA
from studies.keys import key
from studies.material import say

_CODE = ("musiclassify.audio.decode", "musiclassify.audio.excerpts")
_HEARD = re.compile(r"(?:[a-z]+_)?(?:tag|embedding|mean)_\w+")
_FAMILY = re.compile(r"(?:msd|clean|mtt)_")


@dataclass(frozen=True)
class Clips:
    """Clips and what was heard in them, a row a clip.

    Attributes
    ----------
    table : DataFrame
        ``track_id, genre, group, file``.
    tags : float32 [clips, tags]
        Probabilities.
    names : list of str
        Of the tags.
    network : str
        Whose tags they are: ``msd``, ``mtt``.
    embedding : float32 [clips, n]
    scratch : float32 [clips, statistics]
        The summary statistics that no pretrained network gives, mean over segments.
    """

    table: pd.DataFrame
    tags: np.ndarray
    names: list[str]
    network: str
    embedding: np.ndarray
    scratch: np.ndarray


def hear(folders: list[Path], model: Model) -> Clips:
    """Ask a model about every clip of GTZAN folders.

    Raises
    ------
    PipelineError
        The model hears no tags, or a track stands in two folders.
    """
    statistics = model.release.config["statistics"]
    listener = Heard(statistics)
    if not listener:
        raise PipelineError(f"model={model.name}: hears no tags; take one built on a tagger, such as the default")
    table = pd.concat(
        [found.assign(file=[str(folder / path) for path in found["path"]])
         for folder in folders for found in [gtzan.find(folder)]],
        ignore_index=True,
    ).sort_values("track_id", ignore_index=True)  # fmt: skip
    if table["track_id"].duplicated().any():
        twice = table.loc[table["track_id"].duplicated(), "track_id"].iloc[0]
        raise PipelineError(f"{twice}: stands in two of the folders; give each track once")

    kept = DATA / f"heard-{key(model.release.digest, files=table['file'], code=_CODE)}.npz"
    if not kept.exists():
        _keep(kept, [_summary(model, file, i, len(table)) for i, file in enumerate(table["file"])])
    with np.load(kept, allow_pickle=False) as found:
        summaries = [found["summary"][a:b] for a, b in zip(found["start"][:-1], found["start"][1:], strict=True)]
    heard = np.stack([listener.of(summary) for summary in summaries])
    own = [i for i, name in enumerate(statistics) if not _HEARD.fullmatch(name) and not _FAMILY.match(name)]
    scratch = np.stack([summary[:, own].mean(axis=0) for summary in summaries])
    count = len(listener.tags)
    network = next(name.partition("tag_")[0].rstrip("_") for name in statistics if "tag_" in name) or "msd"
    return Clips(table, heard[:, :count], listener.tags, network, heard[:, count:], scratch)


def _summary(model: Model, file: str, number: int, total: int) -> np.ndarray:
    if number % 50 == 0:
        say(f"heard {number} of {total} clips")
    blocks = stream(file, sample_rate=model.sample_rate)
    parts = [model.run(excerpt.samples, ("summary",))[0] for excerpt in excerpts(blocks, model.rule, model.sample_rate)]
    return np.concatenate(parts)


def _keep(path: Path, summaries: list[np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part.npz")
    starts = np.cumsum([0, *map(len, summaries)])
    np.savez(partial, summary=np.concatenate(summaries), start=starts)
    partial.replace(path)
