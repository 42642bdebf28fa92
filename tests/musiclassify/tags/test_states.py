"""Random states of tags in every format: written, read by others, taken back to the last byte."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import states

from musiclassify.tags import current, sound_digest, undo, write

SEVEN = ("mp3", "flac", "ogg", "opus", "m4a", "wav", "aiff")


def write_and_undo(kind: str, seed: int, folder: Path) -> None:
    """Write random genres over a random state, look at everything, and undo."""
    rng = np.random.default_rng([seed, states.KINDS.index(kind)])
    path = states.make_sound(kind, folder, rng)
    states.dress(path, rng)
    before, sound, others, first = path.read_bytes(), sound_digest(path), states.others(path), current(path)
    wanted = [str(g) for g in rng.choice(["jazz", "Hip-Hop", "é 音", "Death Metal"], rng.integers(1, 4), replace=False)]
    mood = ["mellow", "sad"] if rng.random() < 0.5 else None

    assert write(path, wanted, mood=mood)
    assert sound_digest(path) == sound
    assert states.genres(path) == wanted
    assert states.others(path) == others
    now = current(path)
    assert (list(now.genre), now.ours, now.undone) == (wanted, True, first.genre)
    assert mood is None or list(now.mood) == mood
    for name, values in now.blocks.items():  # no other tag of the file contradicts
        if name != "ID3v1" and "genre" in values:
            assert values["genre"] == wanted, name

    assert undo(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", states.KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_a_state_of_tags_comes_back_byte_for_byte(kind, seed, tmp_path):
    write_and_undo(kind, seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", states.KINDS)
def test_500_states_of_tags_come_back_byte_for_byte(kind, tmp_path):
    for seed in range(1000, 1072 if kind in SEVEN else 1030):  # 504 in the seven, 30 in each of the others
        folder = tmp_path / str(seed)
        folder.mkdir()
        write_and_undo(kind, seed, folder)
        shutil.rmtree(folder)


@pytest.mark.parametrize("kind", states.KINDS)
def test_a_genre_of_ours_is_what_ffprobe_reads(kind, tmp_path):
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    path = states.make_sound(kind, tmp_path, np.random.default_rng(1))
    write(path, "Drum & Bass")
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_entries", "format_tags:stream_tags", str(path)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    tags = found.get("format", {}).get("tags", {})
    for stream in found.get("streams", []):
        tags |= stream.get("tags", {})
    by_name = {name.lower(): value for name, value in tags.items()}
    assert (by_name.get("genre") or by_name.get("wm/genre")) == "Drum & Bass"
