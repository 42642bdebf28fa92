"""The page in headless Chromium: what it loads, and how long a song of 2.5 min takes there, by the clock on the wall.

A server of its own answers on a free port of 127.0.0.1. The page's own classifier is asked, as a visitor's file asks
it: with the default model, the light one that goes before it, and `effort` as the page has it. Threads are set by
writing their number into the worker's script on its way: the page itself takes half of the cores, at most four.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr

from benchmarks.clips import RATE, Clips
from benchmarks.features import floor
from benchmarks.report import target
from benchmarks.timing import Row, interleave, ms, rows_of

SONG_S, SONG_RATE = 150, 44_100
THREADS = {1: "one thread", 2: "two threads"}
WAIT_MS = 90_000
LINE = re.compile(r"const THREADS = .*;")
"""The worker's line that chooses the number of threads."""
_ASK = """async () => {
  const { Classifier } = await import("/static/js/classify.js");
  const site = await (await fetch("site.json")).json();
  const page = new Classifier(site);
  const opened = performance.now();
  await page.warm(site.default, "browser");
  const told = { warm: performance.now() - opened };
  const begun = performance.now();
  const first = () => { told.first ??= performance.now() - begun; };
  const wish = { way: "browser", model: site.default, effort: "normal" };
  const hears = { onProgress() {}, onSignal() {}, onPart: first, onDraft: first };
  const answer = await page.classify(document.getElementById("files").files[0], { ...wish, ...hears });
  told.whole = performance.now() - begun;
  page.worker.terminate();
  return { ...told, genre: answer.genre };
}"""


@dataclass(frozen=True)
class Opened(Row):
    """What opening the page and its default model took, with the megabytes that came, without the wasm."""

    mb: float


def run(clips: Clips, *, rounds: int) -> Iterator[list[Row]]:
    """Time everything; the first row is the floor of features.csv. Nothing where there is no Chromium."""
    program = os.environ.get("MUSICLASSIFY_CHROMIUM") or shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if not program:
        print("left out: the browser; install Chromium and pip install .[dev]", file=sys.stderr)
        return
    transform = floor()
    transform.prepare(clips.signals[0])  # type: ignore[attr-defined]
    spent: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, _served() as url, sync_playwright() as playwright:
        song = _song(Path(folder) / "song.mp3", clips)
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for rows in interleave({"fft floor": transform}, clips.signals[:1], rounds):
            for count, words in THREADS.items():
                told, mb = _visit(chromium, url, song, count)
                for what, name in _NAMES.items():
                    spent.setdefault(f"{name}, {words}", []).append(told[what])
            base = rows[0].ms_per_clip
            found = rows_of(spent, base)
            yield [*rows, Opened(**(vars(found[0]) | {"mb": mb})), *found[1:]]
        chromium.close()


_NAMES = {
    "warm": "page ours, models fetched and opened",
    "first": "page ours, first impression of a song of 2.5 min",
    "whole": "page ours, answer for a song of 2.5 min",
}


def _song(path: Path, clips: Clips) -> Path:
    """The clips one after the other, as a stereo mp3 of 44.1 kHz."""
    y = soxr.resample(np.resize(np.concatenate(clips.signals), SONG_S * RATE), RATE, SONG_RATE)
    sf.write(path, np.repeat(y[:, None], 2, axis=1), SONG_RATE)
    return path


@contextmanager
def _served() -> Iterator[str]:
    """Address of a server of the page."""
    from musiclassify.web.app import close, create_app
    from musiclassify.web.serving import make_server

    app = create_app({})
    server = make_server(app, host="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        close(app)


def with_threads(script: str, count: int) -> str:
    """The worker's script with that number of threads; ValueError where it does not choose one."""
    changed, found = LINE.subn(f"const THREADS = {count};", script)
    if found != 1:
        raise ValueError(f"worker.js has {found} lines `const THREADS = ...;`, one is needed: follow it in LINE")
    return changed


def _visit(chromium, url: str, song: Path, threads: int) -> tuple[dict, float]:
    """Milliseconds of a first visit with that number of threads, and megabytes that came without the wasm."""
    context = chromium.new_context()
    page = context.new_page()
    # data are saved: the page fetches no model by itself, so the models' time is told apart
    page.add_init_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")

    def changed(route) -> None:
        answer = route.fetch()
        kept = {
            name: value for name, value in answer.headers.items() if name not in ("content-encoding", "content-length")
        }
        route.fulfill(status=answer.status, headers=kept, body=with_threads(answer.text(), threads))

    context.route("**/js/worker.js", changed)
    came: list = []
    context.on("requestfinished", lambda request: came.append(request))
    page.goto(url)
    page.wait_for_selector("html[data-ready]", timeout=WAIT_MS)
    page.evaluate(
        "document.getElementById('files').addEventListener('change', (e) => e.stopImmediatePropagation(), true)"
    )
    page.set_input_files("#files", song)
    page.set_default_timeout(WAIT_MS)
    told = page.evaluate(_ASK)
    mb = sum(_bytes(request) for request in came if not request.url.endswith(".wasm")) / 1e6
    context.close()
    return told, mb


def _bytes(request) -> int:
    sizes = request.sizes()
    return sizes["responseBodySize"] + sizes["responseHeadersSize"]


def targets(rows: list[Row]) -> list[dict]:
    """The targets of the page, in seconds here and megabytes."""
    whole, first = _NAMES["whole"], _NAMES["first"]
    opened = next(row.mb for row in rows if isinstance(row, Opened))
    return [
        target("first load with the default model, MB without the wasm", opened, at_most=6),
        target("first impression, s after decoding starts", ms(rows, f"{first}, {THREADS[1]}") / 1000, at_most=1.5),
        target("song of 2.5 min in the page, one thread, s", ms(rows, f"{whole}, {THREADS[1]}") / 1000, at_most=5),
        target("song of 2.5 min in the page, two threads, s", ms(rows, f"{whole}, {THREADS[2]}") / 1000, at_most=3),
    ]
