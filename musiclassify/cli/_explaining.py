"""`--explain`: draw what an answer rests on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from musiclassify.errors import UsageError

from ._common import say
from ._progress import Progress

if TYPE_CHECKING:
    from musiclassify.audio.excerpts import Rule
    from musiclassify.released.song import Model

__all__ = ["explain"]


def explain(song: str, target: Path, model: Model, rule: Rule) -> None:
    """Look at a song with pieces missing, draw what that changed, and say it in a line."""
    from importlib.util import find_spec

    from musiclassify.audio.errors import printable
    from musiclassify.released.explain import draw, occlude, verdict

    if find_spec("matplotlib") is None:
        raise UsageError("--explain needs matplotlib; pip install matplotlib")
    say("looking what the answer rests on: the song is asked about again with pieces and bands missing")
    line: Progress | None = None

    def progress(done: int, total: int) -> None:
        nonlocal line
        line = line or Progress(total, "questions")
        line.show(done)
        if done == total:
            line.clear()

    explanation = occlude(model, song, rule=rule, progress=progress)
    title = f"{printable(Path(song).name)}: {explanation.genre} {100 * explanation.probability:.0f} %  [{model.name}]"
    draw(explanation, target, title=title, sample_rate=model.sample_rate)
    say(f"{printable(target)}: {verdict(explanation)}")
