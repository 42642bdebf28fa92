"""Libraries for tests: a model that gives embeddings, songs that it knows, what a database holds."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import soundfile as sf
from toy_model import BANDS, LABELS, RATE, tone_for, write_toy_model

from musiclassify.library import open_library
from musiclassify.library.store import Look
from musiclassify.released.song import Answer

#: Columns that differ between two scans that found the same.
TIMES = ("id", "added", "removed", "answer", "mtime_ns")


def write_hearing_model(folder: Path, **options: object) -> Path:
    """Write a toy model whose summary has tags and an embedding."""
    write_toy_model(folder, head_inputs=("mfcc", "summary"), **options)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    tags = ("mellow", "acoustic", "female_vocalists", "70s", "rock", "sad")
    config["statistics"] = [
        *(f"embedding_{band}" for band in range(BANDS)),
        *(f"tag_{tags[band]}" if band < len(tags) else f"band_{band:02d}_std" for band in range(BANDS)),
    ]
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    metadata = json.loads((folder / "metadata.json").read_text("utf-8"))
    metadata["files"]["config.json"] = hashlib.sha256((folder / "config.json").read_bytes()).hexdigest()
    (folder / "metadata.json").write_text(json.dumps(metadata), "utf-8")
    return folder


def write_song(path: Path, genre: str = "jazz", seconds: float = 1.5, amplitude: float = 0.3) -> Path:
    """Write a song of a genre in the format of its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, tone_for(genre, seconds, amplitude=amplitude), RATE, format=path.suffix[1:].upper())
    return path


def write_library(folder: Path, count: int) -> Path:
    """Write songs of all genres, all different, some in folders of their own."""
    for i in range(count):
        write_song(folder / f"{i % 3}" / f"song {i:03d}.wav", LABELS[i % len(LABELS)], 1.1, 0.2 + 0.5 * i / count)
    return folder


def dump(database: Path) -> list[str]:
    """What a library holds, without numbers of rows and times."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute(
            "SELECT songs.*, removed IS NOT NULL AS gone, answers.* FROM songs LEFT JOIN answers"
            " ON answers.id = songs.answer ORDER BY path"
        ).fetchall()
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    return [json.dumps({key: _text(row[key]) for key in row.keys() if key not in TIMES}) for row in found]  # noqa: SIM118


def _text(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def vectors(rng: np.random.Generator, count: int, size: int = 8) -> np.ndarray:
    """Give made embeddings, float32 [count, size]."""
    return rng.standard_normal((count, size)).astype(np.float32)


def stock(database: Path, embeddings: np.ndarray, *, music: Path, durations: np.ndarray | None = None) -> None:
    """Fill a library with made answers: song 0 is blues, 1 classical, ... and round again."""
    p = {label: 0.0 for label in LABELS}
    with open_library(database, write="test") as library, library.change():
        for i, embedding in enumerate(embeddings):
            genre, confidence = LABELS[i % len(LABELS)], 0.4 + 0.05 * (i % 10)
            answer = Answer(
                "", "ok", genre, confidence, confidence < 0.6, p | {genre: confidence},
                duration_s=float(100 + 10 * i if durations is None else durations[i]), model="made",
                moods={"mellow": 0.5 - i / 1000} | ({"female vocals": 0.1 + i / 1000} if i % 2 else {}),
                embedding=embedding,
            )  # fmt: skip
            number = library.keep_answer(i.to_bytes(32, "big"), "made", answer)
            look = Look(
                str(music / f"{genre}/{i:02d}.mp3"), 1000 + i, i, i.to_bytes(32, "big"), f"Title {i}", f"Artist {i % 3}"
            )
            library.keep_song(look, number)
