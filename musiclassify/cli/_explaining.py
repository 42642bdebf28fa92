"""`--explain`: draw what an answer rests on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from musiclassify.errors import UsageError

if TYPE_CHECKING:
    from musiclassify.audio.excerpts import Rule
    from musiclassify.released.song import Model

__all__ = ["explain"]


def explain(song: str, target: Path, model: Model, rule: Rule) -> None:
    """Look at a song with pieces missing, and draw what that changed."""
    from importlib.util import find_spec

    from musiclassify.audio.errors import printable
    from musiclassify.released.explain import draw, occlude

    if find_spec("matplotlib") is None:
        raise UsageError("--explain needs matplotlib; pip install matplotlib")
    explanation = occlude(model, song, rule=rule)
    title = f"{printable(Path(song).name)}: {explanation.genre} {100 * explanation.probability:.0f} %  [{model.name}]"
    draw(explanation, target, title=title, sample_rate=model.sample_rate)
