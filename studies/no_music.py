"""A layer that tells music from what is none, learned from made sounds (`studies.made_sounds`) and a corpus."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from features import Engine, FeatureSettings
from features.store import FeatureSet
from models.kinds.cnn import last_layer
from models.sounds import MUSIC, Sounds
from studies import made_sounds
from studies.keys import key
from studies.made_sounds import NOISE, SPEECH, TONE

NAMES = (MUSIC, SPEECH, NOISE, TONE)
MUSIC_BELOW = 0.5
COMPONENTS, C = 60, 0.1


class MadeSounds:
    """Features of the made sounds, a row a segment, kept in a file.

    Parameters
    ----------
    folder : path
        Where that file is; its name holds its key (`studies.keys`).
    settings : FeatureSettings
    seed : int

    Attributes
    ----------
    summary : np.ndarray [rows, statistics]
    kind, sound : int [rows]
        Place in `NAMES`, and which sound a row is of.
    learned : bool [rows]
        Whether it may be learned from; the others are scored.
    """

    def __init__(self, folder: Path, settings: FeatureSettings, seed: int) -> None:
        made = key(settings, seed, NAMES, files=[__file__], code=["features", "studies.made_sounds"])
        path = folder / f"sounds-{made}.npz"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".part.npz")
            np.savez(partial, **_heard(settings, seed))
            partial.replace(path)
        with np.load(path, allow_pickle=False) as kept:
            self.summary, self.kind, self.sound, self.learned = (
                kept[name] for name in ("summary", "kind", "sound", "learned")
            )


def _heard(settings: FeatureSettings, seed: int) -> dict[str, np.ndarray]:
    engine, rows = Engine(settings), []
    for learned, sounds in ((True, made_sounds.learned(seed)), (False, made_sounds.scored(seed))):
        for kind, _, y in sounds:
            number = len({row[2] for row in rows})
            rows += [(summary, NAMES.index(kind), number, learned) for summary in engine.extract(y).summary]
    summary, kind, sound, learned = (np.asarray(column) for column in zip(*rows, strict=True))
    return {"summary": summary, "kind": kind, "sound": sound, "learned": learned}


def learn(made: MadeSounds, music: FeatureSet, statistics: tuple[str, ...], every: tuple[str, ...]) -> Sounds:
    """The layer, from segments of music and the made sounds that may be learned from; both weigh the same.

    Parameters
    ----------
    made : MadeSounds
    music : FeatureSet
    statistics : tuple of str
        What it may read.
    every : tuple of str
        Columns of ``made.summary``.
    """
    rows = np.flatnonzero(made.learned)
    here = [music.statistics.index(name) for name in statistics]
    there = [every.index(name) for name in statistics]
    x = np.concatenate((music.summary[:, here], made.summary[np.ix_(rows, there)]))
    labels = np.concatenate((np.zeros(len(music), int), made.kind[rows]))
    weight = np.concatenate((music.weight * len(rows) / music.weight.sum(), np.ones(len(rows))))
    kernel, bias = last_layer.learn(x, labels, weight, components=COMPONENTS, C=C)
    return Sounds(NAMES, statistics, kernel, bias, MUSIC_BELOW)


def score(made: MadeSounds, layers: list[Sounds], every: tuple[str, ...]) -> dict[str, float]:
    """What the layers of the folds say of the sounds that none of them learned from."""
    rows = np.flatnonzero(~made.learned)
    there = [every.index(name) for name in layers[0].statistics]
    p = np.mean([layer.probabilities(made.summary[np.ix_(rows, there)]) for layer in layers], axis=0)
    sounds, kinds = made.sound[rows], made.kind[rows]
    means = np.stack([p[sounds == sound].mean(axis=0) for sound in np.unique(sounds)])
    right = np.asarray([kinds[sounds == sound][0] for sound in np.unique(sounds)])
    return {
        "sounds": len(means),
        "taken_for_music": round(float((means[:, 0] >= MUSIC_BELOW).mean()), 4),
        "speech_called_speech": round(float((means[right == 1].argmax(axis=1) == 1).mean()), 4),
    }
