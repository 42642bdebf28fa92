"""A page under watch, for the browser's tests."""

from __future__ import annotations

import json
from pathlib import Path

from musiclassify.web.site import HERE

WAIT = 30_000
"""Milliseconds that anything may take."""


class Look:
    """A page under watch: what it said on the console, what it asked of the net."""

    def __init__(self, browser, url: str, **options) -> None:
        self.context = browser.new_context(
            **{"locale": "en-US", "viewport": {"width": 1100, "height": 900}, "reduced_motion": "reduce"} | options
        )
        self.page = self.context.new_page()
        self.url = url
        self.errors: list[str] = []
        self.requests = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.context.on("request", lambda r: self.requests.append(r))
        self.open()

    def open(self) -> None:
        self.page.goto(self.url)
        self.page.wait_for_selector("html[data-ready]", timeout=WAIT)

    def hand_in(self, *files) -> None:
        payload = [f if isinstance(f, dict) else str(f) for f in files]
        self.page.set_input_files("#files", payload)

    def answer(self) -> dict:
        """The answer on the page, as its JSON download has it."""
        self.page.wait_for_selector("#song .song-foot .downloads", timeout=WAIT)
        with self.page.expect_download() as waiting:
            self.page.click('#song button:has-text("JSON")')
        return json.loads(Path(waiting.value.path()).read_text("utf-8"))["songs"][0]

    def more(self) -> None:
        """Open what lies under "More choices"."""
        self.page.evaluate("document.getElementById('more').open = true")

    def choose(self, way: str) -> None:
        self.more()
        self.page.check(f'input[name="way"][value="{way}"]')

    def axe(self) -> list[str]:
        """Faults that axe finds, of any weight, once what fades or slides in has come to rest."""
        self.page.wait_for_timeout(300)
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.page.evaluate(
            "Promise.all(document.getAnimations()"
            ".filter((a) => a.effect.getComputedTiming().endTime !== Infinity)"
            ".map((a) => a.finished.catch(() => null))).then(() => null)"
        )
        self.page.evaluate((HERE / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]]


def as_wav(wav_bytes, name, samples) -> dict:
    """Samples as a file that is handed in."""
    return {"name": name, "mimeType": "audio/wav", "buffer": wav_bytes(samples)}
