"""A library of thousands of made files: how long a second scan takes, what twenty kills leave, how fast `like` is.

    python tests/faults/library_scale.py --files 10000 --kills 20 --embeddings 100000

Prints the figures as JSON, with the load of the machine; exits 1 where a target is missed: a second scan in at most
5 s, nearest songs among the embeddings in at most 50 ms, the same library after the kills as without, no file another
one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile as sf

ROOT = Path(__file__).resolve().parents[2]
for folder in (ROOT, ROOT / "tests", ROOT / "tests" / "musiclassify" / "library"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from shelves import dump, write_hearing_model  # noqa: E402

RATE = 8_000
SECOND_S, NEAREST_S = 5.0, 0.05
FORMATS = ("wav", "flac", "ogg", "mp3")
NAMES = (
    "song {i}", "{i} – Überraschung ♪", "  {i} spaces  ", "-{i} --db", "two\nlines {i}", "日本語 {i}",
    "{i} 'q' \"q\" $x `y` #%?*", "{i} " + "long " * 30, "CAPS {i}.mp3", "e\u0301 {i}",
)  # fmt: skip


def make_files(folder: Path, count: int, seed: int = 1) -> None:
    """Write sounds of several formats, nested, tagged, oddly named; copies among them, and one in fifty broken."""
    rng, previous = np.random.default_rng(seed), b""
    for i in range(count):
        kind = FORMATS[i % 4] if i % 20 < 8 else "wav"
        name = f"{NAMES[i % len(NAMES)].format(i=i)}.{kind}"
        place = os.path.join(os.fsencode(folder), f"{i % 7}/{i % 31}/deeper".encode())
        os.makedirs(place, exist_ok=True)
        path = os.path.join(place, b"caf\xe9 %d.wav" % i if i % 100 == 42 else os.fsencode(name))
        if i % 50 == 49:
            _break(path, i)
            continue
        if i % 50 == 48:
            shutil.copyfile(previous, path)
            continue
        samples = np.sin(2 * np.pi * rng.uniform(100, 3000) * np.arange(round(1.05 * RATE)) / RATE)
        container = "WAV" if path.endswith(b".wav") else kind.upper()
        with open(path, "wb") as file:
            sf.write(file, 0.3 * samples.astype(np.float32), RATE, format=container)
        if i % 10 in (1, 2, 3) and container != "WAV":
            _tag(os.fsdecode(path), i)
        previous = path


def _break(path: bytes, i: int) -> None:
    kind = i // 50 % 5
    with open(path, "wb") as file:
        if kind == 1:
            file.write(b"no sound at all")
        elif kind == 2:
            file.write(b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\1\0\1\0")
        elif kind == 3:
            file.write(os.urandom(4000))
    if kind == 4:
        os.unlink(path)
        os.symlink(b"nowhere", path)


def _tag(path: str, i: int) -> None:
    import mutagen

    tags = mutagen.File(path, easy=True)
    if tags is not None:
        tags["artist"], tags["title"] = f"Artist {i % 9}", f"Title {i}"
        tags.save()


def digest_of(folder: Path) -> str:
    """One sha256 of all names, times and bytes below a folder."""
    found = hashlib.sha256()
    for here, folders, files in os.walk(os.fsencode(folder)):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(here, name)
            found.update(path + str(os.lstat(path).st_mtime_ns).encode())
            found.update(os.readlink(path) if os.path.islink(path) else Path(os.fsdecode(path)).read_bytes())
    return found.hexdigest()


def scan(music: Path, db: Path, model: Path) -> subprocess.Popen[bytes]:
    """Begin a scan."""
    command = [sys.executable, "-m", "musiclassify", "scan", str(music), "--db", str(db), "--model", str(model)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def time_scans(work: Path, music: Path, model: Path) -> dict[str, object]:
    """Scan twice."""
    db, told = work / "whole.sqlite", {}
    for name in ("first", "second"):
        began, used = time.perf_counter(), os.times()
        status = scan(music, db, model).wait()
        after = os.times()
        told[f"{name}_scan_s"] = round(time.perf_counter() - began, 2)
        told[f"{name}_scan_processor_s"] = round(
            after.children_user + after.children_system - used.children_user - used.children_system, 2
        )
        told[f"{name}_scan_status"] = status
    told["songs"] = len(dump(db))
    return told


def kill_scans(work: Path, music: Path, model: Path, kills: int, whole_s: float, seed: int = 2) -> dict[str, object]:
    """Scan, killed again and again at random, and compare the end with the undisturbed scan's."""
    rng, db, killed = np.random.default_rng(seed), work / "killed.sqlite", 0
    for _ in range(kills):
        process = scan(music, db, model)
        try:
            process.wait(float(rng.uniform(0.2, max(1.0, 1.6 * whole_s / kills))))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
    status = scan(music, db, model).wait()
    return {"killed": killed, "last_status": status, "same": dump(db) == dump(work / "whole.sqlite")}


def time_nearest(work: Path, count: int, size: int = 200, seed: int = 3) -> dict[str, object]:
    """Search among made embeddings that lie in a library."""
    from musiclassify.library import open_library
    from musiclassify.library.store import Look
    from musiclassify.library.vectors import load
    from musiclassify.released.song import Answer

    rng, db = np.random.default_rng(seed), work / "many.sqlite"
    with open_library(db, write="test") as library, library.change():
        for i in range(count):
            embedding = rng.standard_normal(size).astype(np.float32)
            answer = Answer("", "ok", "jazz", 0.9, duration_s=100.0, model="made", embedding=embedding)
            number = library.keep_answer(i.to_bytes(32, "big"), "made", answer)
            library.keep_song(Look(f"/{i}.mp3", i, i, i.to_bytes(32, "big")), number)
    told: dict[str, object] = {"embeddings": count}
    with open_library(db) as library:
        for name in ("build", "open"):
            began = time.perf_counter()
            vectors = load(library, "made")
            told[f"{name}_s"] = round(time.perf_counter() - began, 3)
    times = []
    for row in range(0, count, max(1, count // 30)):
        began = time.perf_counter()
        vectors.nearest(vectors.matrix[row], 20, without=row)
        times.append(time.perf_counter() - began)
    told |= {"nearest_first_ms": round(1e3 * times[0], 1), "nearest_median_ms": round(1e3 * float(np.median(times)), 1)}
    return told | {"nearest_best_ms": round(1e3 * min(times), 1)}


def main() -> int:
    """Measure; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--embeddings", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="library-scale-") as folder:
        work = Path(folder)
        music, model = work / "music", write_hearing_model(work / "toy-cnn-v2.0")
        make_files(music, options.files)
        before = digest_of(music)
        told: dict[str, object] = {"files": options.files, **time_nearest(work, options.embeddings)}
        told |= time_scans(work, music, model)
        told |= kill_scans(work, music, model, options.kills, float(str(told["first_scan_s"])))
        told |= {"files_unharmed": digest_of(music) == before, "load": round(os.getloadavg()[0], 1)}
    print(json.dumps(told, indent=2))
    met = float(str(told["second_scan_s"])) <= SECOND_S and float(str(told["nearest_median_ms"])) <= 1e3 * NEAREST_S
    return 0 if met and told["same"] and told["files_unharmed"] else 1


if __name__ == "__main__":
    sys.exit(main())
