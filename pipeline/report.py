"""Stage ``report``: the page that a person opens first, ``reports/<corpus>/index.html``, one self-contained file.

It shows what the other stages wrote and computes nothing but the choice of examples. A folder beside theirs, or below
``studies/`` (such as ``leak-price``), becomes a section too, when it is there while the page is made: its
``section.json`` (``title``, ``text``), its pictures (.svg, .png, .jpg) and its tables (.csv, at most 60 rows).
``make report`` makes the page anew and opens it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpora import tracks
from pipeline import chapters, page
from pipeline.files import read_json, write_text
from pipeline.layout import Layout
from pipeline.naming import describe

if TYPE_CHECKING:
    from pipeline.params import Params

READS = ("corpus", "split", "features", "report")


def run(params: Params, layout: Layout) -> None:
    """Write the page."""
    write_text(layout.reports / "index.html", build(params, layout))
    print(f"report: {layout.reports / 'index.html'}")


def build(params: Params, layout: Layout) -> str:
    """The page's text."""
    compared = read_json(layout.report("compare") / "metrics.json")
    every = tracks.read(layout.tracks)
    sound = chapters.Sound(params, layout, every)
    sections = [
        chapters.summary(compared, layout),
        chapters.corpus(layout, every, sound),
        chapters.comparison(layout, compared),
        chapters.each(layout, compared),
        chapters.mistakes(layout, compared["chosen"], sound),
        chapters.augmentation(layout),
        *chapters.extras(layout),
        chapters.again(params, layout),
    ]
    warnings = []
    if params.corpus.kind == "demo":
        warnings.append(
            "This corpus is composed and rendered by a program. Its scores show that the pipeline works and what a "
            "leak is worth; they are <strong>no scores on music</strong>."
        )
    if "LEAKS" in describe(params.split):
        warnings.append(
            f"<strong>This split LEAKS</strong>: {page.text(describe(params.split))}. Compare, do not trust."
        )
    return page.document(
        f"MusiClassify: {params.corpus.name}, {describe(params.split)}", warnings, [s for s in sections if s]
    )
