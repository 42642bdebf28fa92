"""Signals and files that many tests share."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

ROOT = Path(__file__).resolve().parents[1]
# librosa's compiled functions are cached in files that two processes spoil for each other, and numba then crashes for
# good: each worker of pytest-xdist has a cache of its own.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["NUMBA_CACHE_DIR"] = str(ROOT / ".pytest_cache" / "numba" / WORKER)

for folder in (ROOT, ROOT / "tests"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import grouping  # noqa: E402, I001 - found by the lines above
import needs  # noqa: E402

from tiny_corpus import finished, music, values  # noqa: E402, F401 - one finished run for every room that reads one

RATE = 22_050


@pytest.fixture
def rng() -> np.random.Generator:
    """A seeded generator: the same numbers in every run."""
    return np.random.default_rng(20_260_101)


@pytest.fixture
def tone() -> Callable[..., np.ndarray]:
    """``tone(seconds=1.0, hz=440.0, rate=22050, amplitude=0.5)`` -> float32 [n]."""

    def make(seconds: float = 1.0, hz: float = 440.0, rate: int = RATE, amplitude: float = 0.5) -> np.ndarray:
        t = np.arange(round(seconds * rate)) / rate
        return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)

    return make


@pytest.fixture
def noise(rng: np.random.Generator) -> Callable[..., np.ndarray]:
    """``noise(seconds=1.0, rate=22050, amplitude=0.1)`` -> float32 [n]."""

    def make(seconds: float = 1.0, rate: int = RATE, amplitude: float = 0.1) -> np.ndarray:
        return (amplitude * rng.standard_normal(round(seconds * rate))).astype(np.float32)

    return make


@pytest.fixture
def silence() -> Callable[..., np.ndarray]:
    """``silence(seconds=1.0, rate=22050)`` -> float32 [n] of zeros."""
    return lambda seconds=1.0, rate=RATE: np.zeros(round(seconds * rate), np.float32)


@pytest.fixture
def sound_file(tmp_path: Path) -> Callable[..., Path]:
    """``sound_file(name, samples, rate=22050, **soundfile_options)`` writes below tmp_path."""

    def write(name: str, samples: np.ndarray, rate: int = RATE, **options: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, samples, rate, **options)
        return path

    return write


ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",  # a microphone that beeps, and is allowed
    "--use-fake-ui-for-media-stream",
]


@pytest.fixture(scope="session")
def browser():
    """Chromium through Playwright, one for all tests of a worker; skips with the reason where either is missing."""
    program = os.environ.get("MUSICLASSIFY_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(program).is_file():
        pytest.skip("no Chromium: install Debian's package chromium or set MUSICLASSIFY_CHROMIUM")
    api = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install .[dev]")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def songs() -> Path:
    """The folder of real songs that MUSICLASSIFY_SONGS names; skips without it."""
    folder = Path(os.environ.get("MUSICLASSIFY_SONGS") or "missing")
    if not folder.is_dir():
        pytest.skip("MUSICLASSIFY_SONGS names no folder of songs")
    return folder


@pytest.fixture(scope="session")
def gtzan() -> Path:
    """The GTZAN folder that MUSICLASSIFY_GTZAN names; skips without it."""
    folder = Path(os.environ.get("MUSICLASSIFY_GTZAN") or "missing")
    if not folder.is_dir():
        pytest.skip("MUSICLASSIFY_GTZAN names no folder of GTZAN")
    return folder


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """``--dist loadgroup`` goes by `grouping`."""
    return grouping.Scheduling(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Among several workers the longest groups start first."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: grouping.place_of(item.path.relative_to(ROOT).as_posix()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end which tests did not run for want of a program."""
    skipped = (report.longrepr for report in terminalreporter.stats.get("skipped", ()))
    line = needs.summary([text[2].removeprefix("Skipped: ") for text in skipped if isinstance(text, tuple)])
    if line:
        terminalreporter.write_line(line, yellow=True)
