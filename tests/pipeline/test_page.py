"""The report's page: readable on a phone, explained, with mistakes that can be filtered without a script."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import models
from pipeline import page
from pipeline.plots import calibration, comparison, confusion, counts, curves, style

GENRES = ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def charts(tmp_path_factory) -> list[Path]:
    """Every kind of chart on the page, of ten genres and all kinds of models."""
    folder, rng = tmp_path_factory.mktemp("charts"), np.random.default_rng(3)
    kinds = list(models.names())
    scores = {
        f"{m}{end}": v for m in ("accuracy", "macro_recall") for end, v in (("", 0.7), ("_low", 0.6), ("_high", 0.8))
    }
    comparison.comparison(
        pd.DataFrame([{"model": kind} | scores for kind in kinds]), folder / "models.svg", title="all"
    )
    comparison.recalls(pd.DataFrame(rng.random((10, len(kinds))), GENRES, kinds), folder / "recall.svg")
    confusion.confusion(rng.integers(0, 9, (10, 10)), GENRES, folder / "confusion.svg", title="one")
    p, actual = rng.dirichlet(np.ones(10), 80), rng.integers(0, 10, 80)
    calibration.reliability(p, p, actual, folder / "reliability.svg")
    calibration.coverage(p, actual, folder / "coverage.svg", threshold=0.5)
    history = pd.DataFrame({"step": range(5), "loss": 1.0, "val_loss": 2.0, "accuracy": 0.5, "val_accuracy": 0.4})
    curves.curves(history, folder / "curves.svg", title="learning")
    tracks = pd.DataFrame({"genre": GENRES * 3, "status": "ok", "split": np.repeat(list(style.SIDE_COLOURS), 10)})
    counts.by_genre(tracks, folder / "tracks.svg")
    counts.sides(tracks, folder / "sides.svg", title="sides")
    return sorted(folder.glob("*.svg"))


def mistakes() -> str:
    rows = pd.DataFrame({"track": [f"t{n}" for n in range(6)], "is": ["jazz", "rock", "a <b>", "jazz", "rock", "jazz"]})
    return page.filtered(rows.map(page.text), list(rows["is"]), name="is", legend="Show those that are")


def test_each_model_has_a_shape_of_its_own():
    assert len({style.shape(kind) for kind in models.names()}) == len(list(models.names()))
    assert style.shape("someone's own") == style.shape("someone's own")


def test_rows_are_marked_by_their_kind_and_counted():
    text = mistakes()
    assert text.count("<tr class='is is-2'>") == 3, "jazz"
    assert "jazz (3)" in text
    assert "all (6)" in text
    assert "a &lt;b&gt; (1)" in text
    assert "<script" not in text


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_the_page_is_readable_whatever_the_width(browser, charts, tmp_path, scheme, width):
    axe = ROOT / "musiclassify" / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("no axe: run `npm ci` in the folder musiclassify/web")
    body = page.facts([("accuracy", "70 %", "remark")]) + page.terms([("recall", "what it is")]) + page.pictures(charts)
    wide = page.table(pd.DataFrame([{f"column {n}": "some words" for n in range(12)}]))
    sections = [
        page.Section("one", "One", body),
        page.Section("two", "Two", wide),
        page.Section("three", "Three", mistakes()),
    ]
    (tmp_path / "index.html").write_text(page.document("A title", ["told"], sections), encoding="utf-8")
    seen = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    seen.goto((tmp_path / "index.html").as_uri())
    assert seen.evaluate("document.documentElement.scrollWidth") <= width
    smallest = seen.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("svg")].map((svg) => {
          const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
          const sizes = [...svg.querySelectorAll("text")].map((t) => parseFloat(getComputedStyle(t).fontSize) * scale);
          return [svg.getAttribute("aria-label"), Math.min(...sizes)];
        }))"""
    )
    assert len(smallest) == len(charts)
    assert {name: size for name, size in smallest.items() if size < (9 if width < 360 else 9.9)} == {}
    seen.evaluate(axe.read_text("utf-8"))
    found = seen.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []
    rows = seen.locator("#three tbody tr:visible")
    assert rows.count() == 6
    seen.check("#is-2")
    assert rows.all_inner_texts() == ["t0\tjazz", "t3\tjazz", "t5\tjazz"]
