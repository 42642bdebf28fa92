"""Answers: what is said of a song, and of each piece of it that was heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Answer", "ExcerptAnswer"]


@dataclass(frozen=True)
class ExcerptAnswer:
    """The answer for one excerpt.

    Attributes
    ----------
    start_s, end_s : float
        Where it lies in the song, seconds.
    genre : str
        The most probable one.
    probabilities : dict of str to float
        Of every genre, in the model's order; they sum to 1.
    sounds : dict of str to float
        How probably it is music, speech, ...; empty for models that do not tell. Not part of the JSON form.
    """

    start_s: float
    end_s: float
    genre: str
    probabilities: dict[str, float]
    sounds: dict[str, float] = field(default_factory=dict)
    heard: np.ndarray | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Answer:
    """The answer for one song.

    Attributes
    ----------
    path : str
        As it was given.
    status : {"ok", "error", "too_short", "silent"}
    genre : str or None
        The most probable one; None unless the status is ok.
    confidence : float or None
        Its probability.
    uncertain : bool
        ``genre`` is no more than the best guess: the confidence stays below the model's threshold, or `sound` is set.
    sound : str
        What is heard where it is no music that the model knows (``speech``, ``noise``, ``tones``); else empty.
    probabilities : dict of str to float
        Of every genre, in the model's order; empty unless the status is ok.
    excerpts : list of ExcerptAnswer
    duration_s : float or None
        Seconds that could be decoded.
    model : str
        The name of the model that answered.
    message : str
        What is wrong and what to do, what is heard in place of music, how much of a damaged file was heard; or empty.
    effort : str
        By which it was heard (see `released.effort`); empty unless the status is ok.
    heard_s : float or None
        Seconds of the song that the model heard.
    moods, embedding : see `heard.Heard`; the embedding is not in the JSON form
    """

    path: str
    status: str
    genre: str | None = None
    confidence: float | None = None
    uncertain: bool = False
    probabilities: dict[str, float] = field(default_factory=dict)
    excerpts: list[ExcerptAnswer] = field(default_factory=list)
    duration_s: float | None = None
    model: str = ""
    message: str = ""
    sound: str = ""
    effort: str = ""
    heard_s: float | None = None
    moods: dict[str, float] = field(default_factory=dict)
    embedding: np.ndarray | None = field(default=None, compare=False, repr=False)

    @property
    def ok(self) -> bool:
        """Whether there is an answer."""
        return self.status == "ok"

    def ranked(self) -> list[tuple[str, float]]:
        """Genres and probabilities, the most probable first."""
        return sorted(self.probabilities.items(), key=lambda item: -item[1])

    def to_dict(self, top: int | None = None) -> dict[str, Any]:
        """Give the JSON form, numbers rounded to six digits.

        Parameters
        ----------
        top : int, optional
            Only so many of the most probable genres; None for all.
        """

        def best(probabilities: dict[str, float]) -> dict[str, float]:
            ranked = sorted(probabilities.items(), key=lambda item: -item[1])[:top]
            kept = {genre for genre, _ in ranked}
            return {genre: round(p, 6) for genre, p in probabilities.items() if genre in kept}

        return {
            "path": self.path,
            "status": self.status,
            "genre": self.genre,
            "confidence": None if self.confidence is None else round(self.confidence, 6),
            "uncertain": self.uncertain,
            "probabilities": best(self.probabilities),
            "excerpts": [
                {
                    "start_s": round(e.start_s, 3),
                    "end_s": round(e.end_s, 3),
                    "genre": e.genre,
                    "probabilities": best(e.probabilities),
                }
                for e in self.excerpts
            ],
            "duration_s": None if self.duration_s is None else round(self.duration_s, 3),
            "model": self.model,
            "message": self.message,
            **({"sound": self.sound} if self.sound else {}),
            **({} if self.heard_s is None else {"effort": self.effort, "heard_s": round(self.heard_s, 3)}),
            **({"moods": {mood: round(p, 6) for mood, p in self.moods.items()}} if self.moods else {}),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Answer:
        """Inverse of `to_dict` (but for the rounding)."""
        return cls(**{**values, "excerpts": [ExcerptAnswer(**e) for e in values["excerpts"]]})
