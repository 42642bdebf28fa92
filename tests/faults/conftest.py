"""A small file system of its own, and the stages run one by one inside it."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from tiny_corpus import ROOT, tiny
from toy_model import write_toy_model

from pipeline import params as parameters
from pipeline.layout import Layout
from pipeline.running import running


class SmallDisk:
    """A file system in memory whose free space can be taken away, and which can be made read-only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, free: int) -> None:
        """Leave so many bytes free (in whole pages)."""
        here = os.statvfs(self.folder)
        taken = max(0, here.f_bavail * here.f_frsize - free)
        with self._filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, taken))

    def empty(self) -> None:
        """Give the space back."""
        self._filler.unlink(missing_ok=True)

    def may_write(self, yes: bool) -> None:
        """Make it read-only, or writable again."""
        subprocess.run(["mount", "-o", f"remount,{'rw' if yes else 'ro'}", self.folder], check=True)


@pytest.fixture(scope="session")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    """64 MB of memory as a disk; skips where nobody may mount one."""
    folder = tmp_path_factory.mktemp("disk")
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], capture_output=True)
    except OSError:
        done = None
    if sys.platform != "linux" or done is None or done.returncode:
        pytest.skip("no disk of its own: run the tests as root on Linux")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", folder], check=False)
        subprocess.run(["umount", "-l", folder], check=False)


@pytest.fixture(scope="session")
def run_on_disk(small_disk: SmallDisk, music: Path) -> SimpleNamespace:
    """The tiny corpus' parameters for a run on the small disk: ``stage(name, kind)``, ``layout``, ``disk``."""
    root = small_disk.folder / "run"
    root.mkdir()
    values = tiny(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")), music)
    values["report"]["audio"] = "never"
    (root / "params.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    layout = Layout("tiny", root)
    return SimpleNamespace(disk=small_disk, layout=layout, stage=_stages(root, layout))


def _stages(root: Path, layout: Layout) -> Callable[[str, str], int]:
    values = parameters.load(root / "params.yaml")

    def stage(name: str, kind: str = "") -> int:
        module = importlib.import_module(f"pipeline.{name}")
        kinds = (kind,) if kind else ()
        reads = module.READS(*kinds) if callable(module.READS) else module.READS
        return running(name, lambda: module.run(parameters.select(values, reads), layout, *kinds))

    return stage


@pytest.fixture
def odd_music(tmp_path: Path, music: Path) -> Path:
    """Two labels of clips whose names are odd; bytes that are no UTF-8 where the system has such names."""
    base = tmp_path / "odd"
    clips = sorted(music.rglob("clip *.wav"))
    names = [
        "a b.wav",
        "é.wav",
        "e\u0301.wav",
        "🎸.wav",
        "I İ ı i.wav",
        "-rf.wav",
        "=1+1.wav",
        r"$\frac{a$.wav",
        f"{'x' * 251}.wav",
    ]
    if os.name == "posix":
        names += ["new\nline.wav", 'tab\t"quoted", and;.wav', " lead.wav", "CR\r.wav"]
    for label in ("eins", "ZWEI İ"):
        (base / label).mkdir(parents=True)
        for number, name in enumerate(names):
            shutil.copy(clips[(number + 6 * (label != "eins")) % len(clips)], base / label / name)
    if sys.platform == "linux":
        shutil.copy(clips[0], os.fsencode(base / "eins") + b"/\xff\xfe.wav")
        os.mkfifo(base / "eins" / "never ends.wav")
    return base


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released model that is small."""
    return write_toy_model(tmp_path_factory.mktemp("toy") / "toy-cnn-v1.0")
