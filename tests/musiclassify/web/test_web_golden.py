"""The golden values that the JavaScript tests read are still what audio/ gives."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from make_golden import PATH, make

HERE = Path(__file__).parent


def rounded(value):
    if isinstance(value, float):
        return pytest.approx(value, abs=5e-6)  # other versions of soxr may differ in the last digits
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return {key: rounded(item) for key, item in value.items()} if isinstance(value, dict) else value


def test_golden_file_is_what_audio_gives_today():
    assert make() == rounded(json.loads(PATH.read_text("utf-8")))


def run_node(name: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js: install Debian's package nodejs")
    done = subprocess.run([node, "--test", str(HERE / "js" / name)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:]


def test_javascript_twins_agree_with_the_golden_file():
    run_node("core.test.js")


def test_what_the_page_reads_and_writes_by_itself():
    run_node("page.test.js")


def test_released_models_answer_in_onnxruntime_web_as_in_python():
    if not (HERE.parents[2] / "musiclassify" / "web" / "node_modules" / "onnxruntime-web").is_dir():
        pytest.skip("no onnxruntime-web: run `npm ci` in musiclassify/web/")
    run_node("answers.test.js")
