"""How sure an answer is, in words: one scale for the terminal, the server and the page.

The table stands in ``words.json`` beside this file, so that JavaScript reads the same. Confidence is calibrated (a
temperature is fitted on held-out songs), so its numbers are chances to be right; ``right`` in the table says how
often held-out songs of each level were answered rightly (for ``between``: one of the two), and a test counts them
again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["lead", "level", "phrase", "table"]


@cache
def table() -> dict[str, Any]:
    """The scale with its words: ``scale``, ``levels``, ``right``, and phrases by language."""
    return json.loads((Path(__file__).with_name("words.json")).read_text("utf-8"))


def level(probabilities: Mapping[str, float], *, uncertain: bool, sound: str = "") -> str:
    """How sure an answer is.

    Parameters
    ----------
    probabilities : mapping of str to float
        Of every genre.
    uncertain : bool
        Whether the winner stays below the model's own threshold; no such answer is ``sure`` or ``probably``.
    sound : str
        What is heard where it is no music that the model knows; gives ``none``.

    Returns
    -------
    str
        ``sure``, ``probably``, ``between`` (the two best together hold nearly all), ``perhaps``, ``guess`` or
        ``none``.

    Examples
    --------
    >>> level({"jazz": 0.9, "rock": 0.1}, uncertain=False)
    'sure'
    >>> level({"hiphop": 0.5, "reggae": 0.4, "rock": 0.1}, uncertain=True)
    'between'
    """
    if sound:
        return "none"
    scale = table()["scale"]
    first, second = [*sorted(probabilities.values(), reverse=True), 0.0][:2]
    if not uncertain:
        return "sure" if first >= scale["sure"] else "probably"
    if second >= scale["second"] and first + second >= scale["together"]:
        return "between"
    return "perhaps" if first >= scale["perhaps"] else "guess"


def phrase(probabilities: Mapping[str, float], *, uncertain: bool, sound: str = "", language: str = "en") -> str:
    """The answer as a person would say it.

    Examples
    --------
    >>> phrase({"hiphop": 0.5, "reggae": 0.4, "rock": 0.1}, uncertain=True)
    'between hiphop and reggae'
    """
    ranked = [*sorted(probabilities, key=probabilities.__getitem__, reverse=True), "", ""]
    words = table()[language][level(probabilities, uncertain=uncertain, sound=sound)]
    return words.format(first=ranked[0], second=ranked[1], count=len(probabilities))


def lead(level: str, language: str = "en") -> str:
    """The words before the genre: ``surely``, ``probably``, ``between``, ``perhaps``, ``at a guess``.

    Examples
    --------
    >>> lead("guess")
    'at a guess'
    """
    return table()[language][level].split("{")[0].strip()
