"""A tiny corpus of synthetic sound, and the whole pipeline run over it once."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

ROOT = Path(__file__).resolve().parents[1]
LABELS = ("hum", "noise", "Ö rhythm")


def sound(label: str, number: int, seconds: float) -> np.ndarray:
    """A sound that is easy to tell from those of the other labels."""
    rng = np.random.default_rng([LABELS.index(label), number])
    t = np.arange(round(seconds * 22050)) / 22050
    y = 0.01 * rng.standard_normal(len(t))
    if label == "hum":
        y += 0.4 * np.sin(2 * np.pi * rng.uniform(100, 300) * t)
    elif label == "noise":
        y += 0.2 * rng.standard_normal(len(t))
    else:
        y += 0.6 * np.sin(2 * np.pi * 900 * t) * (np.sin(2 * np.pi * rng.uniform(3, 5) * t) > 0.9)
    return y.astype(np.float32)


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three labels of six 5 s clips, and one file that cannot be used."""
    base = tmp_path_factory.mktemp("music") / "my müsic, all"
    for label in LABELS:
        for number in range(6):
            path = base / label / f"clip {number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, sound(label, number, 5.0), 22050)
    (base / "hum" / "broken.mp3").write_bytes(b"not music")
    return base


@pytest.fixture
def values() -> dict:
    """params.yaml as plain values."""
    return yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))


def tiny(values: dict, music: Path) -> dict:
    """Values for a run of seconds."""
    values["corpus"] = {"name": "tiny", "kind": "folder", "path": str(music)}
    values["segments"] = {"segment_s": 2.0, "segment_hop_s": 2.0}
    values["augment"]["copies"] = 1
    values["cnn"] |= {"filters": [4, 4], "ensemble_size": 1, "epochs": 1, "samples_per_epoch": 16, "batch_size": 8}
    values["xgb"] |= {"rounds": 5, "threads": 1}
    values["evaluate"]["bootstrap"] = 100
    values["report"]["audio"] = "always"
    return values


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, music: Path):
    """A folder in which every stage has run over the tiny corpus, its values and its layout."""
    import importlib

    from pipeline import params as parameters
    from pipeline.layout import Layout

    root = tmp_path_factory.mktemp("run")
    values = tiny(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")), music)
    (root / "params.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    values = parameters.load(root / "params.yaml")
    layout = Layout("tiny", root)

    def stage(name: str, *kind: str) -> None:
        module = importlib.import_module(f"pipeline.{name}")
        reads = module.READS(*kind) if callable(module.READS) else module.READS
        module.run(parameters.select(values, reads), layout, *kind)

    for name in ("prepare", "split", "augment", "extract"):
        stage(name)
    kinds = ("cnn", "svm", "xgb", "blend")
    test = layout.features("test")
    hidden = test.with_name("hidden")
    shutil.move(test, hidden)  # nothing that learns may read the test side
    for kind in kinds:
        stage("train", kind)
    shutil.move(hidden, test)
    for kind in kinds:
        stage("evaluate", kind)
    for name in ("compare", "release", "report"):
        stage(name)
    return root, values, layout
