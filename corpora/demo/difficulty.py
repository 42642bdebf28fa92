"""How hard the rendered corpus is: one SVM, three ways of keeping training and test apart.

A clip becomes the means and standard deviations of its MFCC over time; a scaled RBF support vector machine is
cross-validated with artists apart, with clips shuffled (the leak), and with groove families apart (the hard test).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from corpora.demo.errors import DemoError
from corpora.demo.rendering import find

SAMPLE_RATE = 22050


def describe(samples: np.ndarray, *, n_mfcc: int = 20) -> np.ndarray:
    """Means and standard deviations of a clip's MFCC.

    Parameters
    ----------
    samples : np.ndarray [n]
        Mono at 22 050 Hz.

    Returns
    -------
    np.ndarray [2 * n_mfcc]
    """
    import librosa

    mfcc = librosa.feature.mfcc(y=samples, sr=SAMPLE_RATE, n_mfcc=n_mfcc)
    return np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)])


def measure(folder: str | Path, *, folds: int = 5, repeats: int = 5, seed: int = 0) -> dict[str, object]:
    """Accuracy of the SVM on a rendered folder under the three protocols.

    Parameters
    ----------
    folds : int
        Parts of the cross-validation; with families apart there are as many parts as families a genre, if fewer.
    repeats : int
        Shufflings over which the accuracy is averaged.

    Returns
    -------
    dict
        ``artist``, ``track`` and ``family`` (mean accuracy, 0 to 1), their differences in points, the number of
        clips and the recall of each genre with artists apart.
    """
    import soundfile

    clips = find(folder)
    if len(clips) < 2 * folds:
        raise DemoError(f"{folder}: {len(clips)} clips are too few for {folds} folds; render a larger size")
    features = np.stack([describe(soundfile.read(Path(folder) / p, dtype="float32")[0]) for p in clips["path"]])
    return score(
        features,
        genres=clips["genre"].to_numpy(dtype=str),
        artists=clips["group"].to_numpy(dtype=str),
        families=clips["family"].to_numpy(dtype=str),
        folds=folds,
        repeats=repeats,
        seed=seed,
    )


def score(
    features: np.ndarray,
    *,
    genres: np.ndarray,
    artists: np.ndarray,
    families: np.ndarray,
    folds: int = 5,
    repeats: int = 5,
    seed: int = 0,
) -> dict[str, object]:
    """`measure` on features [clips, n] that are there already."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    a_genre = min(len(set(families[genres == genre])) for genre in set(genres))
    if a_genre < 2:
        raise DemoError("every genre needs clips of two families or more; render more artists")
    apart = {"artist": (artists, folds), "track": (None, folds), "family": (families, min(folds, a_genre))}
    found: dict[str, object] = {"clips": len(genres)}
    means = {}
    for protocol, (groups, parts) in apart.items():
        right = np.zeros(len(genres))
        for turn in range(repeats):
            splitter = StratifiedKFold if groups is None else StratifiedGroupKFold
            split = splitter(parts, shuffle=True, random_state=seed + turn)
            svm = make_pipeline(StandardScaler(), SVC(C=10, gamma="scale"))
            right += cross_val_predict(svm, features, genres, groups=groups, cv=split) == genres
        means[protocol] = float(right.mean() / repeats)
        if protocol == "artist":
            recall = {g: round(float(right[genres == g].mean() / repeats), 3) for g in sorted(set(genres))}
    found.update({name: round(value, 4) for name, value in means.items()})
    found["leak_points"] = round(100 * (means["track"] - means["artist"]), 1)
    found["family_points"] = round(100 * (means["artist"] - means["family"]), 1)
    found["artist_recall"] = recall
    return found
