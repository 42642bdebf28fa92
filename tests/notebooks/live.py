"""Walk through the guided visit in a live JupyterLab, as a visitor does: ``python tests/notebooks/live.py``.

A Chromium opens the notebook in a JupyterLab of its own, runs all cells by the menu, asks about another song, saves,
and opens the saved notebook again when its kernel is gone. It fails where a cell has not run, says an error, or where
a figure does not stay. Needs the extras ``notebook`` and ``dev``, and Chromium; it takes some minutes, so it is run by
hand and not by the tests. ``--out DIR`` keeps the notebook as it was saved, and pictures of the page.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NAME = "musiclassify.ipynb"
TOKEN = "of-this-visit-alone"
WAIT = 60_000
SETTINGS = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}
"""All cells are in the page, whichever part of it is in view."""

OUTPUTS = ".jp-CodeCell .jp-OutputArea-output"
BROKEN = "Error displaying widget"


@contextmanager
def lab(folder: Path) -> Iterator[str]:
    """A JupyterLab with the notebook in `folder`, the project a folder beside it; gives its address."""
    shutil.copyfile(ROOT / "notebooks" / NAME, folder / NAME)
    (folder / "MusiClassify").symlink_to(ROOT)
    (folder / "lab").mkdir()
    (folder / "lab" / "overrides.json").write_text(json.dumps(SETTINGS))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{what}_DIR": str(folder / what.lower()) for what in ("CONFIG", "DATA", "RUNTIME")}
    own |= {
        "IPYTHONDIR": str(folder / "ipython"),
        "TMPDIR": str(folder),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "user"),
    }
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MUSICLASSIFY_")} | own
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        f"--port={port}",
        f"--IdentityProvider.token={TOKEN}",
    ]
    command += [f"--ServerApp.root_dir={folder}", f"--LabApp.app_settings_dir={folder / 'lab'}", "--ip=127.0.0.1"]
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with (folder / "lab.log").open("w") as log:
        running = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api/status?token={TOKEN}", running, folder / "lab.log")
        yield address
    finally:
        running.terminate()
        running.wait(30)


def _wait_for(url: str, running: subprocess.Popen, log: Path, seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            if running.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"JupyterLab did not start:\n{log.read_text()[-3000:]}") from None
            time.sleep(0.5)


def _api(address: str, method: str, path: str) -> list[dict]:
    request = urllib.request.Request(f"{address}/api/{path}?token={TOKEN}", method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"[]")


class Visit:
    """One page of JupyterLab with the notebook."""

    def __init__(self, page: Page, address: str, out: Path | None) -> None:
        self.page, self.address, self.out = page, address, out

    def open(self) -> None:
        """Open the notebook."""
        self.page.goto(f"{self.address}/lab/tree/{NAME}?token={TOKEN}")
        self.page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell", timeout=5 * WAIT)
        ready = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-ExecutionIndicator[data-status='idle']"
        self.page.wait_for_selector(ready, timeout=5 * WAIT)  # what is asked of a kernel that is yet to come is lost

    def menu(self, name: str, entry: str) -> None:
        """Choose an entry of a menu."""
        self.page.click(f'.lm-MenuBar-itemLabel:text-is("{name}")')
        self.page.click(f'.lm-Menu-itemLabel:text-is("{entry}")')

    def run_all(self, minutes: float = 15) -> float:
        """Run all cells by the menu; the seconds that it took."""
        begun = time.monotonic()
        self.menu("Run", "Run All Cells")
        done = "cells => cells.length && cells.every((cell) => /\\[\\d+\\]/.test(cell.textContent))"
        script = f"({done})([...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')])"
        self.page.wait_for_function(script, timeout=minutes * 60_000, polling=500)
        return time.monotonic() - begun

    def picture(self, name: str) -> None:
        """Keep a picture of the page, where one is wanted."""
        if self.out:
            self.page.screenshot(path=self.out / f"{name}.png")

    def faults(self) -> list[str]:
        """What is said on the error stream, errors, and figures that have not come."""
        said = self.page.locator(
            f"{OUTPUTS}[data-mime-type='application/vnd.jupyter.stderr'], {OUTPUTS}[data-mime-type*='error']"
        )
        found = [text[:500] for text in said.all_inner_texts() if text.strip()]
        empty = ".filter((i) => !i.naturalWidth).map((i) => i.src.slice(0, 60))"
        unseen = self.page.evaluate(f"[...document.querySelectorAll('{OUTPUTS} img')]{empty}")
        return found + [f"a figure is missing: {source}" for source in unseen]

    def seen(self, what: str) -> int:
        """How many of something are to be seen in the cells."""
        return self.page.locator(f"{OUTPUTS} {what} >> visible=true").count()


def walk(visit: Visit) -> dict[str, object]:
    """The whole visit; what was seen of it."""
    page = visit.page
    visit.open()
    took = visit.run_all()
    outputs = page.locator(".jp-CodeCell >> nth=0").locator(".jp-OutputArea-output").count()
    if outputs:
        raise SystemExit("the first cell says something; it only finds the project")
    page.wait_for_timeout(2000)
    live = {what: visit.seen(what) for what in ("img", "audio", ".widget-box", ".kept-still")}
    if faults := visit.faults():
        raise SystemExit("\n".join(faults))
    if live[".kept-still"] or live[".widget-box"] < 5:
        raise SystemExit(f"live: {live}; widgets are wanted, and no still beside them")
    visit.picture("run")
    song = page.locator(".jp-CodeCell:has-text('visit.Song()')").first
    first = song.locator(".widget-html:has-text('Answered by')").inner_text()
    song.locator("select").first.select_option(index=1)
    song.locator("button:has-text('Process')").click()
    page.wait_for_function(
        "([cell, text]) => { const now = [...cell.querySelectorAll('.widget-html')].map((n) => n.innerText)"
        ".find((t) => t.includes('Answered by')); return now && now !== text; }",
        arg=[song.element_handle(), first],
        timeout=3 * WAIT,
    )
    second = song.locator(".widget-html:has-text('Answered by')").inner_text()
    visit.menu("File", "Save Notebook")
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook", timeout=WAIT)
    page.wait_for_timeout(3000)
    for kernel in _api(visit.address, "GET", "sessions"):
        _api(visit.address, "DELETE", f"sessions/{kernel['id']}")
    visit.open()
    page.wait_for_timeout(5000)
    if faults := visit.faults():
        raise SystemExit("after saving: " + "\n".join(faults))
    kept = {what: visit.seen(what) for what in ("img", "audio", ".kept-still")}
    if kept["img"] < live["img"] or kept[".kept-still"] < 5 or kept["audio"] < live["audio"]:
        raise SystemExit(f"live there were {live}, of the saved notebook are left {kept}")
    if not page.locator(".kept-still:has-text('Answered by')", has_text=second.split(".")[0]).count():
        raise SystemExit(f"the saved notebook does not hold the last answer: {second}")
    for number, cell in enumerate(page.locator(".jp-CodeCell:has(.kept-still)").all()):
        cell.scroll_into_view_if_needed()
        visit.picture(f"kept-{number}")
    return {"seconds": round(took, 1), "first": first, "second": second, "live": live, "kept": kept}


def main() -> None:
    """Start, walk, say what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder for the saved notebook and pictures")
    out = parser.parse_args().out
    if out:
        out.mkdir(parents=True, exist_ok=True)
    program = os.environ.get("MUSICLASSIFY_CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, lab(Path(folder)) as address:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            print(json.dumps(walk(Visit(page, address, out)), indent=1, ensure_ascii=False))
            browser.close()
        if out:
            shutil.copyfile(Path(folder) / NAME, out / NAME)


if __name__ == "__main__":
    main()
