"""Stage ``compose``: render the embedded demo corpus into data/demo/clips."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from corpora import demo
from pipeline import workers
from pipeline.layout import Layout

if TYPE_CHECKING:
    from pipeline.params import Params

READS = ("demo",)

CLIPS = Path("data/demo/clips")


def run(params: Params, layout: Layout) -> None:
    """Render all clips; what is whole already and unchanged is left as it is."""
    with workers.one_thread_each():
        clips = demo.render(layout.root / CLIPS, settings=params.demo, jobs=workers.jobs())
    print(f"compose: {len(clips)} clips in {CLIPS}")
