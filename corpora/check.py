"""Decode every clip of a corpus and say which can be used, and why the others cannot."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from corpora.tracks import COLUMNS
from musiclassify.audio import decode as decoding
from musiclassify.audio.errors import AudioError
from musiclassify.audio.places import local, place

SILENCE_PEAK = 1e-4


def sha256(path: str | Path) -> str:
    """The sha256 of a file in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_clip(
    path: str | Path,
    *,
    sample_rate: int = 22050,
    min_duration_s: float = 1.0,
    max_duration_s: float = 1800.0,
    silence_peak: float = SILENCE_PEAK,
) -> dict:
    """Decode one clip from end to end in constant memory.

    Parameters
    ----------
    path : path
    sample_rate : int
        Rate in Hz at which the length is counted.
    min_duration_s, max_duration_s : float
        Shorter and longer clips are excluded.
    silence_peak : float
        A clip whose loudest sample is below this is silent.

    Returns
    -------
    dict
        ``duration_s`` (samples at `sample_rate` over `sample_rate`), ``sample_rate`` (of the file, Hz),
        ``sha256``, ``status`` (``ok`` or ``excluded``) and ``reason`` (empty when ok).

    Raises
    ------
    Exception
        Whatever is no fault of the audio itself (a missing file, no rights to read it): these stop the run.
    """
    row = {"duration_s": 0.0, "sample_rate": 0, "sha256": sha256(path), "status": "ok", "reason": ""}
    if Path(path).stat().st_size == 0:
        return row | {"status": "excluded", "reason": "empty file (0 bytes)"}
    longest = int(max_duration_s * sample_rate)
    samples, peak = 0, 0.0
    try:
        row["sample_rate"] = int(decoding.probe(path).sample_rate)
        for block in decoding.stream(path, sample_rate=sample_rate):
            samples += len(block)
            peak = max(peak, float(np.max(np.abs(block), initial=0.0)))
            if samples > longest:
                break
    except AudioError as error:
        return row | {"status": "excluded", "reason": f"cannot be decoded: {error.reason}"}
    row["duration_s"] = samples / sample_rate
    if samples == 0:
        reason = "empty: no samples in it"
    elif samples > longest:
        reason = f"longer than max_duration_s={max_duration_s:g} s: cut it into songs"
    elif row["duration_s"] < min_duration_s:
        reason = f"too short: {row['duration_s']:.2f} s, needs min_duration_s={min_duration_s:g} s"
    elif peak < silence_peak:
        reason = f"silent: peak {peak:.1e} is below silence_peak={silence_peak:g}"
    else:
        return row
    return row | {"status": "excluded", "reason": reason}


def _check_named(folder: Any, row: dict, settings: dict) -> dict:
    path = folder / row["path"]
    if reason := row.get("reason"):
        nothing = {"duration_s": 0.0, "sample_rate": 0, "sha256": row.get("sha256", "")}
        return nothing | {"status": "excluded", "reason": reason}
    try:
        with local(path) as file:
            found = check_clip(file, **settings)
    except Exception as error:
        error.add_note(f"while checking {path}")
        raise
    wanted = row.get("sha256") or found["sha256"]
    if found["sha256"] != wanted:
        reason = f"another file than the corpus says: sha256 {found['sha256'][:12]}…, not {wanted[:12]}…"
        found |= {"status": "excluded", "reason": reason}
    return found


def one_by_one(function: Callable[..., dict], calls: list[tuple]) -> Iterable[dict]:
    """One call after the other, here."""
    return (function(*call) for call in calls)


def check(
    found: pd.DataFrame,
    folder: Any,
    *,
    spread: Callable[[Callable[..., dict], list[tuple]], Iterable[dict]] = one_by_one,
    **settings: float,
) -> pd.DataFrame:
    """Check every clip that a corpus's ``find`` gave.

    Files with the same bytes are found here: the later one is excluded and the reason names the first.

    Parameters
    ----------
    found : DataFrame
        ``track_id, path, genre, group``; where there are such columns, ``reason`` (not empty: this file cannot be used)
        and ``sha256`` (not empty: what the file's must be).
    folder : path or address
        What the paths are relative to.
    spread : callable
        Calls a function with each of some arguments, on however many workers, and gives the results in order.
    **settings
        Passed to `check_clip`.

    Returns
    -------
    DataFrame
        The tracks table (`corpora.tracks.COLUMNS`, then any column of `found` beyond them).

    Raises
    ------
    Exception
        On anything unforeseen, with the file's name in a note.
    """
    folder = place(folder)
    results = spread(_check_named, [(folder, row, settings) for row in found.to_dict("records")])
    named = found.drop(columns=["reason", "sha256"], errors="ignore").reset_index(drop=True)
    checked = pd.concat([named, pd.DataFrame(list(results))], axis=1)
    first: dict[str, str] = {}
    for row in checked.index[checked["status"] == "ok"]:
        name = checked.at[row, "track_id"]
        other = first.setdefault(checked.at[row, "sha256"], name)
        if other != name:
            checked.loc[row, ["status", "reason"]] = ["excluded", f"the same file as {other}"]
    return checked[[*COLUMNS, *(c for c in checked.columns if c not in COLUMNS)]]
