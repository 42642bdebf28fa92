"""Convert sounds to wav and cut pieces out of them; `musiclassify convert` and `trim` are the same by hand.

Channels and rate stay as they are unless asked otherwise. A target appears whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr

from musiclassify.files import whole

from .errors import AudioError, EmptyAudioError
from .reader import Source, name_of, open_reader
from .walk import EXTENSIONS, find_sounds, walk

__all__ = ["EXTENSIONS", "find_sounds", "to_wav", "trim"]


def to_wav(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str] | None = None,
    *,
    sample_rate: int | None = None,
    mono: bool = False,
) -> tuple[list[Path], list[AudioError]]:
    """Convert a file, or every sound below a folder, to 16-bit wav.

    Parameters
    ----------
    source : path
        A sound file or a folder.
    target : path, optional
        The wav to write, or for a folder the folder that gets the same tree of wavs. Default: beside the
        source, with the extension ``.wav`` (for a folder: ``<folder>-wav``).
    sample_rate : int, optional
        Hz; None keeps each file's own.
    mono : bool
        Average the channels.

    Returns
    -------
    written : list of Path
    failed : list of AudioError
        What could not be converted, and the folders that could not be read (a single file raises).
    """
    source = Path(source)
    if not source.is_dir():
        goal = Path(target) if target is not None else source.with_suffix(".wav")
        _write(source, goal, sample_rate=sample_rate, mono=mono)
        return [goal], []
    base = Path(target) if target is not None else source.with_name(source.resolve().name + "-wav")
    written: list[Path] = []
    tree = walk(source)
    failed: list[AudioError] = [*tree.unreadable]
    for path in tree.sounds:
        goal = base / path.relative_to(source).with_suffix(".wav")
        if goal in written:  # a.mp3 and a.flac side by side
            goal = goal.with_name(path.name + ".wav")
        try:
            _write(path, goal, sample_rate=sample_rate, mono=mono)
        except AudioError as error:
            failed.append(error)
        else:
            written.append(goal)
    return written, failed


def trim(
    source: Source,
    target: str | os.PathLike[str],
    start_s: float = 0.0,
    end_s: float | None = None,
) -> Path:
    """Write the part of a sound between two times as 16-bit wav.

    Parameters
    ----------
    source : path or binary file object
    target : path
        The wav to write.
    start_s, end_s : float
        Seconds; ``end_s`` None, or beyond the end, is the end.

    Returns
    -------
    Path
        The target.

    Raises
    ------
    EmptyAudioError
        Nothing lies between the two.
    """
    if not start_s >= 0:
        raise ValueError(f"start_s={start_s} must be 0 or more")
    if end_s is not None and not end_s > start_s:
        raise ValueError(f"end_s={end_s} must be above start_s={start_s}")
    goal = Path(target)
    _write(source, goal, start_s=start_s, end_s=end_s)
    return goal


def _write(
    source: Source,
    goal: Path,
    *,
    sample_rate: int | None = None,
    mono: bool = False,
    start_s: float = 0.0,
    end_s: float | None = None,
) -> None:
    if isinstance(source, str | os.PathLike) and goal.exists() and goal.samefile(source):
        raise ValueError(f"target {goal} is the source itself: name another file")
    with open_reader(source) as reader:
        rate = reader.sample_rate
        first = round(start_s * rate)
        last = None if end_s is None else round(end_s * rate)
        goal.parent.mkdir(parents=True, exist_ok=True)
        kept = 0
        with (
            whole(goal) as unfinished,
            sf.SoundFile(
                str(unfinished), "w", sample_rate or rate, 1 if mono else reader.channels, "PCM_16", format="WAV"
            ) as out,
        ):
            for block in _resampled(_cut(reader.blocks(rate), first, last), rate, sample_rate, mono):
                out.write(block)
                kept += len(block)
            if not kept:
                raise EmptyAudioError(name_of(source), f"has no sound from {start_s:g} s on")


def _cut(blocks: Iterator[np.ndarray], first: int, last: int | None) -> Iterator[np.ndarray]:
    at = 0
    for block in blocks:
        piece = block[max(0, first - at) : None if last is None else max(0, last - at)]
        at += len(block)
        if len(piece):
            yield piece
        if last is not None and at >= last:
            return


def _resampled(blocks: Iterator[np.ndarray], rate: int, sample_rate: int | None, mono: bool) -> Iterator[np.ndarray]:
    resampler = None
    for block in blocks:
        if mono:
            block = block.mean(axis=1, keepdims=True, dtype=np.float32)
        if sample_rate in (None, rate):
            yield block
            continue
        if resampler is None:
            resampler = soxr.ResampleStream(rate, sample_rate, block.shape[1], "float32", "HQ")
        yield resampler.resample_chunk(np.ascontiguousarray(block))
    if resampler is not None:
        yield resampler.resample_chunk(np.zeros((0, block.shape[1]), np.float32), last=True)
