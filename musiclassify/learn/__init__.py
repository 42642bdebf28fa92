"""Genres of one's own: songs with labels in, a released model out, fitted in seconds to what a base model hears.

`labels` says which songs have which label and artist, `hearing` asks the base model about each of them once, `fit`
learns and scores a head with artists kept apart, `release` writes the base's graph with that head as a released model
like any other. Needs no library beyond those that answer.
"""

from .errors import LearnError

__all__ = ["LearnError"]
