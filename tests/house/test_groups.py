"""Tests that share a slow preparation run in one worker, so that it is made once."""

from __future__ import annotations

import re
import subprocess
import sys

import grouping
from drawing import ROOT


def test_what_reads_the_finished_run_is_one_group_and_starts_first():
    readers = [item for item in (ROOT / "tests").rglob("test_*.py") if "finished" in item.read_text("utf-8")]
    groups = {grouping.group_of(path.relative_to(ROOT).as_posix()) for path in readers}
    assert "corpus" in groups
    assert grouping.group_of("tests/studies/test_leak_price.py") == "corpus"
    assert grouping.group_of("tests/musiclassify/web/test_web_browser.py") == "browser"
    assert grouping.group_of("tests/settings/test_settings.py") == "tests/settings/test_settings.py"
    assert grouping.place_of("tests/studies/test_leak_price.py") == 0


def test_every_test_that_takes_the_finished_run_is_in_its_group(request):
    """By what pytest found, so that no fixture between hides it."""
    for item in request.session.items:
        if "finished" in getattr(item, "fixturenames", ()):
            assert grouping.group_of(item.path.relative_to(ROOT).as_posix()) == "corpus", item.nodeid


def test_two_workers_get_whole_groups():
    files = ["tests/settings/test_settings.py", "tests/house/test_needs.py", "tests/augment/test_settings.py"]
    command = [sys.executable, "-m", "pytest", *files, "-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder", "-v"]
    quiet = ["-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib"]
    done = subprocess.run([*command, *quiet], cwd=ROOT, capture_output=True, text=True)
    ran = re.findall(r"\[(gw\d)\].*?(tests/\S+?)::", done.stdout)
    workers = {file: {worker for worker, other in ran if other == file} for file in files}
    assert all(len(found) == 1 for found in workers.values()), done.stdout[-2000:]
