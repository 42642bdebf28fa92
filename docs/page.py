"""Take the pictures of the page: ``python docs/page.py``.

A server of its own answers with the released models, a Chromium (the one of the browser's tests) tries the example
songs, so everybody can take the pictures again. Needs the extra ``dev`` and the JavaScript libraries.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from musiclassify.web.app import close, create_app  # noqa: E402 - the repository is found first
from musiclassify.web.serving import make_server  # noqa: E402

FOLDER = Path(__file__).parent / "pictures"
WAIT = 120_000
"""Milliseconds that an answer may take."""


def _try(page: Page, *examples: int) -> None:
    """Hear some of the example songs; the last one is shown."""
    for example in examples:
        page.evaluate(f"document.querySelectorAll('#example-chips button')[{example}].click()")
        page.wait_for_selector("#song .song-foot .downloads", timeout=WAIT)
        page.wait_for_timeout(500)


def _open(browser, url: str, *, scheme: str, width: int, height: int) -> Page:
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": height}, locale="en-US", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("html[data-ready]", timeout=WAIT)
    return page


def _take(page: Page, name: str) -> None:
    page.evaluate("document.activeElement?.blur()")
    page.mouse.move(0, 0)
    page.wait_for_timeout(600)
    page.screenshot(path=FOLDER / f"{name}.png")
    page.context.close()


def take(url: str) -> None:
    """Take every picture of the page at ``url``."""
    program = os.environ.get("MUSICLASSIFY_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        _take(_open(browser, url, scheme="light", width=1100, height=760), "web-start")
        page = _open(browser, url, scheme="light", width=1100, height=1000)
        _try(page, 1)
        _take(page, "web-answer")
        page = _open(browser, url, scheme="dark", width=1280, height=860)
        _try(page, 0, 1, 2)
        _take(page, "web-several-dark")
        browser.close()


def main() -> None:
    """Serve, take, end."""
    with tempfile.TemporaryDirectory() as uploads:
        app = create_app({"UPLOADS": uploads})
        server = make_server(app, host="127.0.0.1", port=0)
        threading.Thread(target=server.run, daemon=True).start()
        try:
            take(f"http://127.0.0.1:{server.effective_port}/")
        finally:
            close(app)


if __name__ == "__main__":
    main()
