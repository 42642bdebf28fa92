"""The image cannot be built everywhere: its files are linted, and its steps are carried out outside a container."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "integrations/docker"
DOCKERFILE = FOLDER / "Dockerfile"


def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each on one line."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def last(instruction: str) -> str:
    """An instruction of the image that is run."""
    final = steps()[max(i for i, (name, _) in enumerate(steps()) if name == "FROM") :]
    return next(rest for name, rest in reversed(final) if name == instruction)


def test_the_linter_has_nothing_to_say():
    beside = Path(sys.executable).with_name("hadolint")
    linter = shutil.which("hadolint") or (str(beside) if beside.exists() else None)
    if linter is None:
        pytest.skip("no hadolint: pip install .[dev]")
    done = subprocess.run([linter, "--no-color", str(DOCKERFILE)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_is_pinned_runs_without_root_and_says_how_it_is():
    bases = [rest.split()[0] for name, rest in steps() if name == "FROM"]
    assert len(bases) == 3
    assert all(re.search(r":\d+\.\d+\.\d+-", base) for base in bases)
    assert last("USER") == "1000:1000"
    assert "CMD" in last("HEALTHCHECK")
    assert json.loads(last("ENTRYPOINT")) == ["musiclassify"]


def test_the_services_are_shut_off_from_what_they_do_not_need():
    yaml = pytest.importorskip("yaml", reason="no pyyaml: pip install .[learn]")
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))["services"]
    assert set(services) == {"web", "watch"}
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service.get("privileged")
    assert services["web"]["ports"] == ["127.0.0.1:5000:5000"]
    assert "volumes" not in services["web"]
    assert services["watch"]["network_mode"] == "none"
    assert services["web"]["command"] == json.loads(last("CMD"))


def test_the_commands_of_the_services_are_commands_of_ours():
    yaml = pytest.importorskip("yaml", reason="no pyyaml: pip install .[learn]")
    from musiclassify.cli.main import command

    services = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))["services"]
    for name, *words in (service["command"] for service in services.values()):
        assert command(name).build_parser().parse_args(words)


def context(goal: Path) -> Path:
    """What is sent to be built: the repository without what Dockerfile.dockerignore leaves out."""
    lines = (FOLDER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in filter(None, map(os.fsdecode, tracked)):
        parents = [name, *(str(one) for one in Path(name).parents)][:-1]
        kept = True
        for rule in rules:
            pattern = rule.removeprefix("!").removeprefix("**/")
            if any(fnmatch.fnmatch(one if "**" not in rule else Path(one).name, pattern) for one in parents):
                kept = rule.startswith("!")
        if kept and (ROOT / name).exists():
            (goal / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, goal / name)
    return goal


@pytest.mark.slow
def test_the_steps_make_a_server_that_is_well(tmp_path):
    pytest.importorskip("flask", reason="no flask: pip install .[web]")
    pytest.importorskip("hatchling", reason="no hatchling: pip install .[dev]")
    source, app = context(tmp_path / "source"), tmp_path / "app"
    copied = [part for name, rest in steps() if name == "COPY" and "--from" not in rest for part in rest.split()[:-1]]
    assert all((source / part).exists() for part in copied)
    assert {path.name for path in source.iterdir()} == {part.split("/")[0] for part in copied}

    pinned = next(rest for name, rest in steps() if name == "RUN" and rest.startswith("sed")).split("&&")[0]
    subprocess.run(["sh", "-c", pinned], cwd=source, check=True)
    constraints = (source / "constraints.txt").read_text().split()
    assert {"numpy", "onnxruntime", "av", "flask", "waitress"} <= {line.split("==")[0] for line in constraints}

    venv.create(app, symlinks=True)
    (site,) = app.glob("lib/python*/site-packages")
    libraries = [place for place in sys.path if place.endswith("site-packages")]
    (site / "libraries.pth").write_text("\n".join(libraries))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").iterdir()
    install = [sys.executable, "-m", "pip", "--python", app / "bin/python", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*install, "--disable-pip-version-check", wheel], check=True, capture_output=True)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {"PATH": f"{app / 'bin'}:{os.environ['PATH']}", "HOME": "/nowhere", "PYTHONDONTWRITEBYTECODE": "1"}
    words = [word.replace("5000", port) for word in [*json.loads(last("ENTRYPOINT")), *json.loads(last("CMD"))]]
    check = json.loads(last("HEALTHCHECK").partition("CMD ")[2].replace("5000", port))
    verified = subprocess.run(["musiclassify", "models", "verify"], env=environment, cwd="/", capture_output=True)
    assert verified.returncode == 0, verified.stderr
    assert subprocess.run(check, env=environment, capture_output=True).returncode != 0  # nobody serves yet
    server = subprocess.Popen(words, env=environment, cwd="/", stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 60
        while subprocess.run(check, env=environment, cwd="/", capture_output=True).returncode:
            assert server.poll() is None, server.stderr.read()
            assert time.monotonic() < end, "not well after a minute"
            time.sleep(0.3)
    finally:
        server.terminate()
    assert server.wait(30) == 0
