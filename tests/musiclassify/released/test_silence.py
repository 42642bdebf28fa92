"""No process of ours tells anybody anything, or leaves anything behind."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from toy_model import tone_for, write_toy_model

ROOT = Path(__file__).resolve().parents[3]

ANSWER = """
import sys
from musiclassify.cli.main import main
def see(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        print("SEEN", event, arguments, file=sys.stderr)
sys.addaudithook(see)
sys.exit(main(["--model", sys.argv[1], "--timeline", sys.argv[2]]))
"""

SERVE = """
import sys, io
from musiclassify.web import create_app
client = create_app({"MODELS": sys.argv[1]}).test_client()
song = open(sys.argv[2], "rb").read()
answer = client.post("/api/v1/classify", data={"file": (io.BytesIO(song), "a.wav")})
print(answer.status_code)
"""


@pytest.fixture
def place(tmp_path, sound_file) -> dict[str, Path]:
    write_toy_model(tmp_path / "models/toy-cnn-v1.0")
    for name in ("tmp", "home", "cache"):
        (tmp_path / name).mkdir()
    sound_file("a.wav", tone_for("jazz", 3))
    return {name: tmp_path / name for name in ("models", "tmp", "home", "cache", "a.wav")}


def run(place: dict[str, Path], *command: object) -> subprocess.CompletedProcess:
    telling = {"ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED", "CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"}
    env = {name: value for name, value in os.environ.items() if name not in telling}
    env |= {"TMPDIR": str(place["tmp"]), "HOME": str(place["home"]), "XDG_CACHE_HOME": str(place["cache"])}
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, cwd=ROOT, env=env | {"PYTHONDONTWRITEBYTECODE": "1"}
    )


def left(place: dict[str, Path]) -> list[str]:
    return [str(path) for name in ("tmp", "home", "cache") for path in place[name].rglob("*")]


def test_an_answer_opens_no_connection_and_leaves_no_file(place):
    done = run(place, sys.executable, "-c", ANSWER, place["models"] / "toy-cnn-v1.0", place["a.wav"])
    assert (done.returncode, "jazz" in done.stdout) == (0, True)
    assert "SEEN" not in done.stderr
    assert left(place) == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="looks at system calls with strace")
def test_neither_do_the_libraries_below_python(place, tmp_path):
    log = tmp_path / "calls"
    words = sys.executable, "-c", ANSWER, place["models"] / "toy-cnn-v1.0", place["a.wav"]
    done = run(place, "strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", log, *words)
    if "PTRACE" in done.stderr:
        pytest.skip("strace may not look here")
    assert done.returncode == 0, done.stderr
    assert not re.findall(r"(?:connect|send\w+)\(.*AF_INET.*", log.read_text())


def test_the_server_leaves_no_file_either(place):
    pytest.importorskip("flask")
    done = run(place, sys.executable, "-c", SERVE, place["models"], place["a.wav"])
    assert done.stdout.split() == ["200"], done.stderr
    assert [path for path in left(place) if "onnx" in path or path.endswith(".ses")] == []


def test_without_our_word_the_runtime_would_leave_some(place):
    """What the tests above look for is really what onnxruntime does; they say nothing where it does not."""
    done = run(place, sys.executable, "-c", "import onnxruntime; print(onnxruntime.__version__)")
    if tuple(map(int, done.stdout.split(".")[:2])) < (1, 32) or sys.platform != "linux":
        pytest.skip("this onnxruntime sends no events")
    assert left(place) != []


@pytest.mark.parametrize("room", ["features.taggers", "models.export", "pipeline.tools", "pipeline.evaluate"])
def test_the_learning_rooms_say_it_too(room):
    """Importing a room that uses onnxruntime is enough for it to be silent."""
    name = "ORT_DISABLE_TELEMETRY"
    code = f"import os; os.environ.pop({name!r}, None); import {room}; print(os.environ[{name!r}])"
    pytest.importorskip("onnx")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "1", done.stderr[-500:]
