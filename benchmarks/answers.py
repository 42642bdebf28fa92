"""The default model beside other projects' extractors, and what a song costs a new process and a folder."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile as sf

from benchmarks import musicnn, peers
from benchmarks.clips import RATE, Clips
from benchmarks.features import floor
from benchmarks.report import target
from benchmarks.timing import Row, interleave, ms, rows_of
from musiclassify import released

ROOT = Path(__file__).resolve().parents[1]
OURS, SONG = "default model ours, an excerpt whole", "default model ours, a song of 2.5 min, normal"
MUSICNN, MUSICNN_SONG = "musicnn in TensorFlow, an excerpt", "musicnn in TensorFlow, a song of 2.5 min"
PEERS = ("essentia MusicExtractor", "pyAudioAnalysis 136 statistics")
COLD, FOLDER, TENSORFLOW = "new process ours, a song of 2.5 min", "folder ours, a song of 2.5 min", "import tensorflow"
SONG_S, SONGS = 150, 6


def run(clips: Clips, *, rounds: int, model: str | None = None) -> Iterator[list[Row]]:
    """Time everything; the first row is the floor of features.csv.

    A song is the clips one after the other; its row is of the whole song; the other rows are of a clip of 30 s. `model`
    is a name or a folder in place of the default one.
    """
    song = np.resize(np.concatenate(clips.signals), SONG_S * RATE)
    tasks = _tasks(clips, song, model)
    with tempfile.TemporaryDirectory() as folder:
        for k in range(SONGS):
            sf.write(Path(folder) / f"{k}.mp3", np.roll(song, k * 3 * RATE), RATE)
        commands = _commands(folder, model, tensorflow=MUSICNN in tasks)
        spent: dict[str, list[float]] = {name: [] for name in commands}
        for rows in interleave(tasks, clips.signals[:1], rounds):
            for name, (command, songs) in commands.items():
                spent[name].append(_processor_ms(command) / songs)
            yield rows + rows_of(spent, rows[0].ms_per_clip)


def _tasks(clips: Clips, song: np.ndarray, name: str | None) -> dict[str, Callable[[np.ndarray], object]]:
    """What runs in this process, by the name of its row."""
    transform, model = floor(), released.load(name)
    for y in clips.signals:
        transform.prepare(y)  # type: ignore[attr-defined]
    tasks = {
        "fft floor": transform,
        OURS: lambda y: model.classify(y, effort="full"),
        "default model ours, an excerpt by three looks at most (fast)": lambda y: model.classify(y, effort="fast"),
        SONG: lambda y: model.classify(song),
        "default model ours, a song of 2.5 min, fast": lambda y: model.classify(song, effort="fast"),
        "default model ours, a song of 2.5 min, full": lambda y: model.classify(song, effort="full"),
    }
    try:
        extract = musicnn.extractor()
    except ImportError as error:
        print(f"left out: musicnn in TensorFlow ({error}); pip install .[learn,bench]", file=sys.stderr)
    else:
        tasks |= {MUSICNN: extract, MUSICNN_SONG: lambda y: extract(song)}
    return tasks | {name: task for name, task in peers.found().items() if name in PEERS}


def _commands(folder: str, model: str | None, *, tensorflow: bool) -> dict[str, tuple[list[str], int]]:
    """New processes, by the name of their row: the command, and how many songs its time is for."""
    one = [sys.executable, str(ROOT / "classify.py"), "--jobs", "1", *(["--model", model] if model else [])]
    commands = {COLD: ([*one, str(Path(folder) / "0.mp3")], 1), FOLDER: ([*one, folder], SONGS)}
    return commands | ({TENSORFLOW: ([sys.executable, "-c", "import tensorflow"], 1)} if tensorflow else {})


def _processor_ms(command: list[str]) -> float:
    """Processor milliseconds of a command and the processes that it waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def targets(rows: list[Row]) -> list[dict]:
    """The targets, as ratios in this run where they are ratios; what lacks TensorFlow is left out."""
    out = [
        target("default model, ms of a core an excerpt heard whole", ms(rows, OURS), at_most=150),
        target("new process, s of a core a song", ms(rows, COLD) / 1000, at_most=0.9),
        target("folder, times real time on two cores", 2 * 1000 * SONG_S / ms(rows, FOLDER), at_least=600),
    ]
    if any(row.what == MUSICNN_SONG for row in rows):
        ratio = ms(rows, MUSICNN_SONG) / ms(rows, SONG)
        out.append(target("musicnn's own extractor / default model, one song", ratio, at_least=10))
        out.append(target("new process / import tensorflow", ms(rows, COLD) / ms(rows, TENSORFLOW), at_most=1 / 6))
    return out
