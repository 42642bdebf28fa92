"""GTZAN: its clips, the published facts about them, and its known faults.

The index beside this file (`gtzan_index.csv`, sources named in its head) says for each of the 1000 tracks
who the artist is, on which side of the fault-filtered partition it stands, and of which other track it is a
replica.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from corpora import tracks
from corpora.tracks import CorpusError
from musiclassify.audio.places import place

RANK = 20
HELP = "a folder of GTZAN"
MADE_BY = "make gtzan GTZAN=DIR"
LICENCE = "GTZAN's audio has no licence of its own and is not part of this repository; only weights are."
GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")

#: Files that are broken in every common copy; what they are is said when they fail.
KNOWN_UNREADABLE = {"jazz.00054": "known fault of GTZAN: this file is unreadable in every common copy"}

INDEX = Path(__file__).with_name("gtzan_index.csv")
_NAME = re.compile(rf"({'|'.join(GENRES)})\.(\d{{5}})")

FAULT_POLICIES = ("keep", "replicas", "all")


@cache
def _index() -> pd.DataFrame:
    text = {"track": str, "fault_filtered": str, "replica_of": str}
    return pd.read_csv(
        INDEX,
        comment="#",
        dtype=text | {"artist_fold": "Int64"},
        keep_default_na=False,
        na_values={
            "artist_fold": [""],
        },
    ).set_index("track")


def index() -> pd.DataFrame:
    """The facts about all 1000 tracks.

    Returns
    -------
    DataFrame
        Indexed by track name (``blues.00000``): ``artist_group`` int, ``fault_filtered`` one of ``train``,
        ``valid``, ``test`` or empty (dropped as faulty), ``artist_fold`` 1 to 3 or missing, ``replica_of`` a
        track name or empty.
    """
    return _index().copy()


def find(folder: Any) -> pd.DataFrame:
    """The GTZAN clips below a folder, at any depth: ``genres/``, ``genres_original/`` or the folder itself.

    A clip is known by its name, ``<genre>.NNNNN`` with an audio extension; other files are passed over.

    Parameters
    ----------
    folder : path or address

    Returns
    -------
    DataFrame
        ``track_id`` (``blues.00000``), ``path`` relative to `folder`, ``genre``, ``group`` (``artist-017``).

    Raises
    ------
    CorpusError
        If the folder is missing, holds no GTZAN clip, or holds a track twice.
    """
    folder = place(folder)
    facts = _index()
    rows = []
    for path in tracks.audio_files(folder):
        match = _NAME.fullmatch(path.stem)
        if match is None or path.stem not in facts.index:
            continue
        rows.append(
            {
                "track_id": path.stem,
                "path": path.relative_to(folder).as_posix(),
                "genre": match[1],
                "group": f"artist-{facts.at[path.stem, 'artist_group']:03d}",
            }
        )
    if not rows:
        raise CorpusError(
            f"{folder}: no GTZAN clip found (blues.00000.wav, .au, .flac, .mp3 or .ogg at any depth); "
            "give the folder "
            "that holds genres/ or genres_original/, or use `make folder MUSIC=DIR` for music of your own"
        )
    return tracks.table(rows)


def mark_faults(checked: pd.DataFrame, policy: str = "replicas") -> pd.DataFrame:
    """Exclude or remark the known faults of GTZAN.

    Parameters
    ----------
    checked : DataFrame
        Tracks with ``status`` and ``reason``, as `corpora.check.check` gives them.
    policy : {"keep", "replicas", "all"}
        ``replicas`` excludes one of each pair of exact replicas when both are there (the one that the
        fault-filtered lists drop); ``all`` excludes every track that those lists drop; ``keep`` excludes
        none. A fault that is kept is told in ``reason``.

    Returns
    -------
    DataFrame
        A copy with ``status`` and ``reason`` filled in.
    """
    if policy not in FAULT_POLICIES:
        raise ValueError(f"known_faults={policy!r}: must be one of {', '.join(FAULT_POLICIES)}")
    facts = _index()
    marked = checked.copy()
    present = set(marked.loc[marked["status"] == "ok", "track_id"])
    dropped = facts["fault_filtered"] == ""
    replicas = {}
    for name, original in facts["replica_of"].items():
        if original:
            out, kept = (original, name) if dropped[original] else (name, original)
            replicas[out] = kept
    for row in marked.index:
        name = marked.at[row, "track_id"]
        if marked.at[row, "status"] != "ok":
            if name in KNOWN_UNREADABLE:
                marked.at[row, "reason"] = f"{KNOWN_UNREADABLE[name]} ({marked.at[row, 'reason']})"
            continue
        if name in replicas and replicas[name] in present:
            reason = f"known fault of GTZAN: exact replica of {replicas[name]}"
            out = policy != "keep"
        elif name in dropped.index and dropped[name]:
            reason = "known fault of GTZAN: replica, distorted or mislabelled (not on the fault-filtered lists)"
            out = policy == "all"
        else:
            continue
        marked.at[row, "status"] = "excluded" if out else "ok"
        marked.at[row, "reason"] = reason if out else f"kept, though a {reason}"
    return marked


def published() -> dict[str, str]:
    """The side that the published fault-filtered lists give each track; empty where they leave it out."""
    return index()["fault_filtered"].to_dict()
