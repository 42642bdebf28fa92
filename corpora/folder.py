"""A folder of one's own music: one folder a label, files of any audio format at any depth below it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from corpora import tracks
from corpora.tracks import CorpusError
from musiclassify.audio.places import local, place

RANK = 30
HELP = "a folder of one's own music, one folder a label"
MADE_BY = "make folder MUSIC=DIR"
LICENCE = "The clips are the trainer's own and are not part of this repository; only weights are."


def _artist(path: Any) -> str:
    """The artist in the file's tags, or an empty text."""
    import mutagen

    try:
        with local(path) as file:
            tags = mutagen.File(file, easy=True)
    except mutagen.MutagenError:
        return ""
    names = (tags.get("albumartist") or tags.get("artist") or []) if tags else []
    return str(names[0]).strip() if names else ""


def find(folder: Any) -> pd.DataFrame:
    """The clips of ``folder/<label>/…``; any number of labels with any names.

    The group of a track is its artist: from the file's tags (album artist, else artist), else the first
    folder below the label, else the track stands for itself.

    Parameters
    ----------
    folder : path or address

    Returns
    -------
    DataFrame
        ``track_id`` (``label/name``), ``path`` relative to `folder`, ``genre`` (the label), ``group``.

    Raises
    ------
    CorpusError
        If the folder is missing, holds no audio in label folders, or fewer than two labels.
    """
    folder = place(folder)
    rows = []
    stray = 0
    for path in tracks.audio_files(folder):
        parts = path.relative_to(folder).parts
        if len(parts) < 2:
            stray += 1
            continue
        relative = path.relative_to(folder)
        artist = _artist(path)
        if artist:
            group = f"artist:{artist.casefold()}"
        elif len(parts) > 2:
            group = f"folder:{parts[0]}/{parts[1]}"
        else:
            group = f"track:{relative.as_posix()}"
        rows.append(
            {
                "track_id": relative.with_suffix("").as_posix(),
                "path": relative.as_posix(),
                "genre": parts[0],
                "group": group,
            }
        )
    if not rows:
        hint = f"; {stray} files lie beside the label folders instead of in them" if stray else ""
        raise CorpusError(
            f"{folder}: no clips found; put the audio of each label into a folder of its name, such as "
            f"{folder.name}/jazz/song.mp3{hint}"
        )
    labels = sorted({row["genre"] for row in rows})
    if len(labels) < 2:
        raise CorpusError(
            f"{folder}: one label only ({labels[0]}); a classifier needs two or more label folders with clips"
        )
    return tracks.table(tracks.told_apart(rows))
