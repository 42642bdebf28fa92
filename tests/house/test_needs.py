"""One command sets everything up, and says what it could not."""

from __future__ import annotations

import re
from pathlib import Path

import needs
import yaml

import musiclassify

ROOT = Path(__file__).resolve().parents[2]


def test_what_did_not_run_is_one_line_with_what_to_install():
    reasons = ["no Chromium: install Debian's package chromium", "no Node.js: install nodejs", "needs /dev/full"]
    assert needs.summary(reasons) == (
        "2 tests did not run: no Chromium: install Debian's package chromium; no Node.js: install nodejs"
    )
    assert needs.summary(["needs /dev/full"]) == ""


def test_programs_are_installed_one_by_one_and_none_that_came_with_another(monkeypatch, tmp_path):
    had, commands = {"apt-get"}, []

    def run(command, **options):
        commands.append(command)
        had.update({"nodejs": {"node", "npm"}}.get(command[-1], {command[-1]}))

    monkeypatch.setattr(needs, "WEB", tmp_path)
    monkeypatch.setattr(needs, "_run", run)
    monkeypatch.setattr(needs.os, "geteuid", lambda: 0)
    monkeypatch.setattr(needs.shutil, "which", lambda program: program if program in had else None)
    monkeypatch.delenv("MUSICLASSIFY_CHROMIUM", raising=False)
    needs.install()
    assert [command[-1] for command in commands if "install" in command] == ["chromium", "nodejs"]


def test_ci_is_the_readmes_command():
    assert (ROOT / ".ci/run").read_text().rstrip().endswith("exec make test")
    assert re.search(r"^make test\b", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)


def test_the_version_stands_in_one_place():
    version = musiclassify.__version__
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text()
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))["version"] == version
    api = (ROOT / "musiclassify/web/openapi.json").read_text("utf-8")
    assert re.search(r'"version": "([^"]+)"', api)[1] == version
    released = re.findall(r"^## (\d\S*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert released[0] == version
