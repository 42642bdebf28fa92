"""What is installed is whole: a wheel, an environment that has nothing else of ours, no network, another folder."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from sounds import write_av
from toy_model import RATE, tone_for

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {"numpy", "onnxruntime", "av", "soxr", "soundfile", "mutagen"}

OFFLINE = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise OSError(f"no network here: {arguments}")
sys.addaudithook(refuse)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    pytest.importorskip("hatchling", reason="no hatchling: pip install .[dev]")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    """An environment with the wheel in it; only the libraries that answering needs are seen from here."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder / "env", symlinks=True)
    (site,) = (folder / "env").glob("lib/python*/site-packages")
    libraries = folder / "libraries"
    libraries.mkdir()
    for place in map(Path, sys.path):
        if place.name == "site-packages":
            for entry in place.iterdir():
                if not entry.name.endswith(".pth") and _is_library(entry.name):
                    (libraries / entry.name).symlink_to(entry)
    (site / "libraries.pth").write_text(str(libraries))
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--python", folder / "env/bin/python", "install", "--quiet", "--no-deps",
         "--no-index", "--disable-pip-version-check", wheel],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "env/bin/python"


def _is_library(name: str) -> bool:
    """Whether a file of site-packages belongs to a library that answering needs, or that one of these needs."""
    stem = name.split("-")[0].split(".")[0].lower().removeprefix("_")
    below = {"cffi", "cffi_backend", "pycparser", "flatbuffers", "packaging", "protobuf", "google", "soundfile_data"}
    return stem in ALLOWED | below | {"typing_extensions"}


def run(python: Path, *words: object, cwd: Path) -> subprocess.CompletedProcess:
    return subprocess.run([str(python), "-I", *map(str, words)], cwd=cwd, capture_output=True, text=True)


@pytest.mark.slow
def test_the_wheel_holds_the_default_model_and_the_page_and_is_small(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    default = (ROOT / "models/default").read_text().strip()
    for file in ("model.onnx", "config.json", "metadata.json", "README.md"):
        assert f"musiclassify/models/released/{default}/{file}" in names
    for file in ("index.html", "js/app.js", "i18n/en.json"):
        assert f"musiclassify/web/static/{file}" in names
    assert "musiclassify/web/templates/error.html" in names
    if (ROOT / "musiclassify/web/node_modules/onnxruntime-web").exists():
        assert "musiclassify/web/node_modules/wavesurfer.js/dist/wavesurfer.esm.js" in names
    others = [name for name in names if not name.startswith(("musiclassify/", "musiclassify-"))]
    assert others == []
    assert wheel.stat().st_size < 30e6


@pytest.mark.slow
def test_an_installed_package_answers_from_anywhere_without_a_network(python, tmp_path):
    write_av(tmp_path / "song.m4a", tone_for("jazz", 12), RATE, codec="aac", container="ipod")
    code = OFFLINE + (
        "import musiclassify\n"
        "answer = musiclassify.load().classify('song.m4a')\n"
        "print(answer.status, answer.model, musiclassify.__file__)"
    )
    done = run(python, "-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    status, model, place = done.stdout.split()
    assert (status, model) == ("ok", (ROOT / "models/default").read_text().strip())
    assert not Path(place).is_relative_to(ROOT)
    done = run(python, "-m", "musiclassify", "--format", "jsonl", "song.m4a", cwd=tmp_path)
    assert '"status": "ok"' in done.stdout, done.stderr
    done = subprocess.run([python.parent / "musiclassify", "models", "where"], capture_output=True, text=True)
    assert Path(done.stdout.strip()).is_relative_to(python.parents[1])
    assert run(python, "-m", "musiclassify", "models", "verify", cwd=tmp_path).returncode == 0


@pytest.mark.slow
def test_an_installed_package_learns_genres_of_one_s_own_with_nothing_else(python, tmp_path):
    for label, genre in (("Dub", "blues"), ("Polka", "rock")):
        for i in range(5):
            (tmp_path / "Music" / label).mkdir(parents=True, exist_ok=True)
            path = tmp_path / "Music" / label / f"{i}.m4a"
            write_av(path, tone_for(genre, 2 + i / 10), RATE, codec="aac", container="ipod")
    done = run(python, "-m", "musiclassify", "learn", "Music", "-o", "mine", "--cache", "heard.sqlite", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "mine 1.0 learned" in done.stdout
    done = run(
        python, "-m", "musiclassify", "--model", "./mine", "--format", "jsonl", "Music/Polka/0.m4a", cwd=tmp_path
    )
    assert '"genre": "Polka"' in done.stdout, done.stderr


@pytest.mark.slow
def test_what_is_missing_is_named(python, tmp_path):
    done = run(python, "-m", "musiclassify", "web", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "musiclassify web: flask, waitress not installed; pip install 'musiclassify[web]'\n"
