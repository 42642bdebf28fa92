"""The table of the page in a browser: what it measures, and what it does where there is none."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import browser as bench
from benchmarks import clips, report, timing

WORKER = Path(bench.__file__).parents[1] / "musiclassify" / "web" / "static" / "js" / "worker.js"


@pytest.fixture
def sounds(rng):
    """A clip of 30 s."""
    return clips.Clips([rng.normal(0, 0.1, 30 * clips.RATE).astype(np.float32)], "a test")


def test_the_workers_script_takes_the_number_of_threads():
    script = WORKER.read_text("utf-8")
    changed = bench.with_threads(script, 2)
    assert "const THREADS = 2;\n" in changed.replace("; //", ";\n//")
    assert changed.count("\n") == script.count("\n")
    with pytest.raises(ValueError, match="0 lines"):
        bench.with_threads("const CORES = 4;", 2)


def test_without_chromium_there_is_no_table_and_a_reason(sounds, monkeypatch, capsys):
    monkeypatch.delenv("MUSICLASSIFY_CHROMIUM", raising=False)
    monkeypatch.setattr(bench.shutil, "which", lambda name: None)
    assert list(bench.run(sounds, rounds=1)) == []
    assert "left out: the browser" in capsys.readouterr().err


def test_targets_are_seconds_and_megabytes(tmp_path, sounds):
    names = [f"{name}, {words}" for words in bench.THREADS.values() for name in bench._NAMES.values()]
    opened, *others = [timing.Row(name, 1000.0 * (k + 1), 1.0, 1) for k, name in enumerate(names)]
    rows = [timing.Row("fft floor", 5.0, 1.0, 1), bench.Opened(**vars(opened), mb=3.5), *others]
    targets = bench.targets(rows)
    assert [(t["measured"], t["met"]) for t in targets] == [(3.5, True), (2.0, False), (3.0, True), (6.0, False)]
    report.write(tmp_path, "browser", rows, targets, sounds)
    assert len(json.loads((tmp_path / "targets.json").read_text())["browser"]["targets"]) == 4


@pytest.mark.browser
def test_a_visit_tells_the_models_bytes_and_when_the_answer_came(browser, sounds, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "SONG_S", 6)
    song = bench._song(tmp_path / "song.mp3", sounds)
    with bench._served() as url:
        told, mb = bench._visit(browser, url, song, 2)
    assert 0 < told["first"] <= told["whole"]
    assert told["warm"] > 0
    assert told["genre"]
    assert 1 < mb < 20, "the default model came, and the wasm is not counted"
