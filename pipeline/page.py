"""The pieces that the report's page is made of: plain HTML with everything inside, no script from anywhere.

Readable on a phone (one column; tables and charts that would get too small scroll on their own), in print (all details
open, no players), and in a dark room (colours follow the reader's setting; charts take their ink from the page).
"""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.plots.style import GENRE_COLOURS

#: A cell of more characters than this may be broken into lines.
_LONG_CELL = 48
#: A chart of at most so many pixels is readable on any phone as a whole.
_FITS = 430
#: Wider ones are never drawn smaller than this share of their own size: their text of 10 points stays readable.
_LEAST_SCALE = 0.75
_TYPES = {".png": "image/png", ".jpg": "image/jpeg"}


@dataclass(frozen=True)
class Section:
    """A part of the page: its anchor, its title, its HTML."""

    name: str
    title: str
    body: str


def text(value: object) -> str:
    """A value as text that HTML cannot misread."""
    return html.escape(str(value))


def percent(share: float) -> str:
    """A share as a percentage."""
    return f"{100 * share:.1f} %"


def facts(rows: list[tuple[str, str, str]]) -> str:
    """Large figures with a word above and a remark below each."""
    cells = "".join(
        f"<div><span>{text(name)}</span><strong>{text(value)}</strong><small>{text(remark)}</small></div>"
        for name, value, remark in rows
    )
    return f"<div class='facts'>{cells}</div>"


def terms(rows: list[tuple[str, str]]) -> str:
    """Words of the field, each with a line that explains it."""
    return "<dl class='terms'>" + "".join(f"<dt>{text(a)}</dt><dd>{text(b)}</dd>" for a, b in rows) + "</dl>"


def filtered(rows: pd.DataFrame, by: list[str], *, name: str, legend: str) -> str:
    """A table of HTML cells that shows the rows of one kind when it is chosen; no script is needed.

    Parameters
    ----------
    rows : DataFrame
        Cells are HTML already.
    by : list of str
        The kind of each row.
    name : str
        Of the group, for this page; letters.
    legend : str
        What is chosen.
    """
    kinds = sorted(set(by))
    many = [len(by), *(by.count(kind) for kind in kinds)]
    choices = "".join(
        f"<label><input type='radio' name='{name}' id='{name}-{k}'{' checked' if k == 0 else ''}> "
        f"{text(kind)} ({count})</label>"
        for k, (kind, count) in enumerate(zip(["all", *kinds], many, strict=True))
    )
    rules = "".join(
        f"section:has(#{name}-{k}:checked) tr.{name}:not(.{name}-{k}){{display:none}}" for k in range(1, len(many))
    )
    shown = table(rows, raw=True)
    head, *bodies = shown.split("<tr><td>")
    classed = [f"<tr class='{name} {name}-{1 + kinds.index(kind)}'><td>{b}" for kind, b in zip(by, bodies, strict=True)]
    return (
        f"<style>{rules}</style><fieldset class='filter'><legend>{text(legend)}</legend>{choices}</fieldset>"
        + head
        + "".join(classed)
    )


def details(title: str, body: str, *, opened: bool = False) -> str:
    """Something to unfold."""
    return f"<details{' open' if opened else ''}><summary>{text(title)}</summary>{body}</details>"


def table(rows: pd.DataFrame, *, raw: bool = False) -> str:
    """A table; with `raw` the cells are HTML already."""
    shown = rows.map(lambda value: value if raw else text(value))
    head = "".join(f"<th scope='col'>{text(name)}</th>" for name in shown.columns)
    body = "".join(
        "<tr>" + "".join(_cell(cell, raw) for cell in row) + "</tr>" for row in shown.itertuples(index=False)
    )
    inside = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<div class='wide' tabindex='0' role='group' aria-label='table'>{inside}</div>"


def _cell(cell: str, raw: bool) -> str:
    return f"<td class='long'>{cell}</td>" if not raw and len(cell) > _LONG_CELL else f"<td>{cell}</td>"


def swatch(label: str, colour: str = "") -> str:
    """A label with its colour before it."""
    colour = colour or GENRE_COLOURS.get(label, "")
    dot = f"<i class='dot' style='background:{colour}'></i>" if colour else ""
    return dot + text(label)


def player(sound: bytes, words: str) -> str:
    """A player with the sound inside the page."""
    data = base64.b64encode(sound).decode()
    return f"<audio controls preload='none' aria-label='{text(words)}' src='data:audio/ogg;base64,{data}'></audio>"


def gallery(items: list[tuple[str, str, str]]) -> str:
    """Players under their labels: label, colour, player."""
    cells = "".join(f"<figure><figcaption>{swatch(a, b)}</figcaption>{c}</figure>" for a, b, c in items)
    return f"<div class='gallery'>{cells}</div>"


def pictures(paths: list[Path]) -> str:
    """Pictures side by side where there is room; charts are put in as they are, others as data."""
    cells = "".join(_picture(path) for path in paths)
    return f"<div class='pictures'>{cells}</div>" if cells else ""


def _picture(path: Path) -> str:
    if path.suffix != ".svg":
        data = base64.b64encode(path.read_bytes()).decode()
        return f"<figure><img alt='{text(path.stem)}' src='data:{_TYPES[path.suffix]};base64,{data}'></figure>"
    drawing = path.read_text(encoding="utf-8")
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>\s*", "", drawing, flags=re.DOTALL)
    head = drawing[: drawing.index(">") + 1]
    width = float(re.search(r'width="([\d.]+)pt"', head)[1]) * 4 / 3
    fluid = re.sub(r'\s(?:width|height)="[\d.]+pt"', "", head)
    fluid = fluid.replace("<svg", f'<svg role="img" aria-label="{text(path.stem)}"', 1)
    scrolls = ""
    if width > _FITS:
        fluid = fluid.replace("<svg", f'<svg style="min-width:{_LEAST_SCALE * width:.0f}px"', 1)
        scrolls = f" tabindex='0' role='group' aria-label='{text(path.stem)}'"
    return f"<figure{scrolls}>{fluid}{drawing[len(head) :]}</figure>"


def document(title: str, warnings: list[str], sections: list[Section]) -> str:
    """The whole page."""
    links = "".join(f"<a href='#{text(s.name)}'>{text(s.title)}</a>" for s in sections)
    told = "".join(f"<p class='warning'>{words}</p>" for words in warnings)
    body = "".join(f"<section id='{text(s.name)}'><h2>{text(s.title)}</h2>{s.body}</section>" for s in sections)
    return (
        "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
        "<meta name='color-scheme' content='light dark'>\n"
        f"<title>{text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>{text(title)}</h1>{told}<nav>{links}</nav></header>\n<main>{body}</main>\n</body>\n</html>\n"
    )


_STYLE = """
:root { --ink: #1f2328; --faint: #5a636d; --grid: #d0d7dd; --paper: #ffffff; --card: #f5f7f9; --accent: #0072B2;
  --warn: #fff3d6; --warn-ink: #5c3c00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ec; --faint: #98a2ac; --grid: #3a424a; --paper: #14181c; --card: #1d2329; --accent: #56B4E9;
    --warn: #3d2f0d; --warn-ink: #ffe2a3; }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; font: 16px/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: var(--ink);
  background: var(--paper); }
header, main { max-width: 84rem; margin: 0 auto; padding: 1rem 1.2rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0.6rem 0; }
h2 { font-size: 1.35rem; border-bottom: 2px solid var(--accent); padding-bottom: 0.2rem; margin-top: 2.4rem; }
h3 { font-size: 1.05rem; margin: 1.4rem 0 0.4rem; }
nav { display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; }
a { color: var(--accent); }
section { scroll-margin-top: 1rem; }
.warning { background: var(--warn); color: var(--warn-ink); border-left: 5px solid #E69F00; padding: 0.6rem 0.9rem; }
.note { color: var(--faint); font-size: 0.9rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 0.8rem; margin: 1rem 0; }
.facts div { background: var(--card); border-radius: 0.5rem; padding: 0.8rem 1rem; display: flex;
  flex-direction: column; }
.facts span, .facts small { color: var(--faint); font-size: 0.85rem; }
.facts strong { font-size: 1.8rem; line-height: 1.3; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem;
  align-items: start; }
figure { margin: 0.6rem 0; max-width: 100%; }
.pictures figure { min-width: 0; max-width: 34rem; overflow-x: auto; }
.pictures figure:has(img) { grid-column: 1 / -1; max-width: 100%; }
.terms { display: grid; gap: 0.3rem 1rem; margin: 1rem 0; font-size: 0.92rem; }
.terms dt { font-weight: 600; }
.terms dd { margin: 0 0 0.4rem; color: var(--faint); }
@media (min-width: 48rem) { .terms { grid-template-columns: max-content 1fr; } .terms dd { margin: 0; } }
.filter { border: 0; padding: 0; margin: 0.8rem 0; display: flex; flex-wrap: wrap; gap: 0.35rem; }
.filter legend { padding: 0; margin-bottom: 0.3rem; color: var(--faint); font-size: 0.9rem; }
.filter label { border: 1px solid var(--grid); border-radius: 1rem; padding: 0.15rem 0.7rem; font-size: 0.9rem;
  cursor: pointer; }
.filter label:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.filter label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
.filter input { position: absolute; opacity: 0; width: 1px; height: 1px; }
svg { width: 100%; height: auto; display: block; }
svg text { font-family: system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
img { max-width: 100%; height: auto; display: block; border-radius: 0.3rem; }
.wide { overflow-x: auto; margin: 0.8rem 0; }
table { border-collapse: collapse; font-size: 0.88rem; min-width: 60%; }
th, td { text-align: left; padding: 0.35rem 0.55rem; border-bottom: 1px solid var(--grid); white-space: nowrap; }
td.long { white-space: normal; min-width: 16rem; }
th { color: var(--faint); font-weight: 600; }
details { background: var(--card); border-radius: 0.5rem; padding: 0.5rem 0.9rem; margin: 0.6rem 0; }
summary { cursor: pointer; font-weight: 600; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 0.4rem 1rem; }
audio { width: 100%; max-width: 16rem; height: 2.2rem; }
td audio { min-width: 12rem; }
.dot { display: inline-block; width: 0.75em; height: 0.75em; border-radius: 50%; margin-right: 0.4em;
  border: 1px solid var(--faint); }
pre { overflow-x: auto; font-size: 0.85rem; }
code { background: var(--card); padding: 0.1em 0.3em; border-radius: 0.25em; }
@media (max-width: 40rem) { body { font-size: 15px; } h1 { font-size: 1.35rem; } header, main { padding: 0.6rem 0.8rem;
} } @media print {
  :root { --ink: #000; --faint: #555; --grid: #bbb; --paper: #fff; --card: #fff; --accent: #004a77; --warn: #fff;
    --warn-ink: #000; }
  nav, audio { display: none; }
  details { padding: 0; }
  details::details-content { content-visibility: visible; block-size: auto; }
  section, figure, tr { break-inside: avoid-page; }
  section { break-inside: auto; }
  .wide { overflow: visible; }
  th, td { white-space: normal; }
  h2 { break-after: avoid; }
}
""".strip()
