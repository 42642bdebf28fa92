"""A checkout of its own in which ``dvc repro`` learns on a tiny corpus, for the faults that are tried on it.

`checkout` copies the code and writes small parameters; `repro` starts the real command there; `results` reads what a
run wrote, without what tells the time, so that two runs can be held against each other byte by byte.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]

from tiny_corpus import LABELS, sound, tiny  # noqa: E402

ROOMS = ("augment", "corpora", "features", "models", "musiclassify", "pipeline", "settings")
LEFT_OUT = ("__pycache__", "node_modules", "dist", "released", "trained", "web")
TIMED = ("duration", "seconds", "wall", "created", "date", "per_second", "peak")
TIMED_COLUMNS = {"train_s", "answer_ms"}
"""Keys of reports that tell how long something took or when it was made."""


STAGES = (
    ("prepare", ""), ("split", ""), ("augment", ""), ("extract", ""),
    *(("train", kind) for kind in ("svm", "xgb", "cnn", "blend")),
    *(("evaluate", kind) for kind in ("svm", "xgb", "cnn", "blend")),
    ("compare", ""), ("release", ""), ("report", ""),
)  # fmt: skip
"""The stages in their order, each with its kind of model."""


def write_music(folder: Path, clips: int = 6, seconds: float = 5.0) -> None:
    """Write the clips of three labels, and a file that cannot be used."""
    for label in LABELS:
        for number in range(clips):
            path = folder / label / f"clip {number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, sound(label, number, seconds), 22_050)
    (folder / LABELS[0] / "broken.mp3").write_bytes(b"not music")


def checkout(folder: Path, music: Path) -> Path:
    """Make a checkout that learns on `music`."""
    for room in ROOMS:
        # models/released is data, musiclassify/released is code
        skipped = LEFT_OUT if room == "models" else tuple(name for name in LEFT_OUT if name != "released")
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns(*skipped))
    shutil.copy(ROOT / "dvc.yaml", folder)
    values = tiny(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")), music)
    (folder / "params.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "-q"], cwd=folder, check=True, env=environment())
    return folder


def environment(**more: str) -> dict[str, str]:
    """What a stage's process is given: quiet, one thread, this interpreter before others."""
    return os.environ | {
        "DVC_NO_ANALYTICS": "1",
        "MUSICLASSIFY_JOBS": "2",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONPATH": "",
    } | more  # fmt: skip


def start(folder: Path, *targets: str, **more: str) -> subprocess.Popen:
    """Start ``dvc repro`` in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro", *targets],
        cwd=folder,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def repro(folder: Path, *targets: str, timeout: float = 600.0, **more: str) -> tuple[int, str]:
    """Run ``dvc repro`` to its end; its exit status and what it said."""
    run = start(folder, *targets, **more)
    try:
        said, _ = run.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        kill(run)
        raise
    return run.returncode, said


def kill(run: subprocess.Popen) -> None:
    """End a run and all that it started at once, as a power cut does."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()


def stage(folder: Path, name: str, *kind: str, **more: str) -> subprocess.CompletedProcess:
    """Run one stage as dvc.yaml does."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", name, *kind],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=600,
        check=False,
    )


def check(folder: Path) -> None:
    """Run what ``make repro`` runs before ``dvc repro``."""
    done = stage(folder, "check")
    if done.returncode:
        raise RuntimeError(done.stderr)


def results(folder: Path) -> dict[str, bytes]:
    """All that a run wrote (reports, tables, features, models), by path; without times."""
    found = {}
    for room in ("data", "models/trained", "reports"):
        for path in sorted((folder / room).rglob("*")):
            if path.is_file() and path.name != "timing.json":
                found[path.relative_to(folder).as_posix()] = _timeless(path)
    return found


def _timeless(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".json":
        return json.dumps(_without(json.loads(data)), sort_keys=True).encode()
    if path.suffix == ".csv" and (columns := TIMED_COLUMNS & set(pd.read_csv(path, nrows=0).columns)):
        return pd.read_csv(path, dtype=str).drop(columns=list(columns)).to_csv(index=False).encode()
    if path.suffix == ".html":
        return re.sub(rb"\d+(\.\d+)? ?(ms|s)\b", b"", data)
    return data


def _without(value: object) -> object:
    if isinstance(value, dict):
        return {k: _without(v) for k, v in value.items() if not any(word in k for word in TIMED)}
    return [_without(item) for item in value] if isinstance(value, list) else value


def different(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """The paths whose bytes differ, or that only one of them has."""
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))


def difference(one: dict[str, bytes], other: dict[str, bytes], path: str) -> str:
    """What a file has in one run and in the other where they first differ."""
    if path not in one or path not in other:
        return f"only in the {'first' if path in one else 'second'}"
    first, second = one[path], other[path]
    pairs = enumerate(zip(first, second, strict=False))
    at = next((k for k, (a, b) in pairs if a != b), min(len(first), len(second)))
    here = slice(max(0, at - 40), at + 40)
    return f"{len(first)} and {len(second)} bytes, from byte {at} on {first[here]!r} and {second[here]!r}"


def leftovers(folder: Path) -> list[str]:
    """Half-written files and folders that a run should have swept."""
    marks = (".partial", ".part", ".old", ".tmp")
    return sorted(
        path.relative_to(folder).as_posix()
        for room in ("data", "models/trained", "reports")
        for path in (folder / room).rglob("*")
        if path.name.endswith(marks)
    )


def moments(number: int, longest: float, seed: int) -> Iterable[float]:
    """Random moments within a run, seconds."""
    return np.random.default_rng(seed).uniform(0.5, longest, number).tolist()
