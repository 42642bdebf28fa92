"""The embedded corpus: clips of ten genres, composed and rendered by the project itself.

The music is written down as patterns (``genres/*.yaml``), played by a software synthesiser, mixed as ten
genres' records are mixed, and stored as 22 050 Hz mono Ogg Vorbis, named as GTZAN names its clips.
Scores on it are no scores on music: it shows that a pipeline works and what a leak is worth.

>>> from corpora import demo                                        # doctest: +SKIP
>>> demo.render("clips", settings=demo.DemoSettings(artists=4), jobs=2)  # doctest: +SKIP
>>> demo.find("clips")                                              # doctest: +SKIP
"""

from corpora.demo.errors import DemoError, PatternError
from corpora.demo.rendering import find, render
from corpora.demo.settings import GENRES, SIZES, DemoSettings

RANK = 10
HELP = "the corpus that the project composes itself"
MADE_BY = "make repro"
LICENCE = "The clips were composed and rendered by this project; they are under its licence."

__all__ = [
    "GENRES",
    "SIZES",
    "DemoError",
    "DemoSettings",
    "PatternError",
    "find",
    "render",
]
