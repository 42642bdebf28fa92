"""The tools of the original MusiClassify: one function each, and what the command line prints of them."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features import exchange
from pipeline.errors import PipelineError
from pipeline.layout import Layout


def most_common(answers: list[str]) -> str:
    """The most common winner; of equally common ones the one that comes first in the list.

    >>> most_common(["rock", "jazz", "rock"])
    'rock'
    """
    if not answers:
        raise PipelineError("answers: none given; give at least one")
    counts = Counter(answers)
    return max(counts, key=lambda name: (counts[name], -answers.index(name)))


def predict(path: str | Path, model: str = "cnn") -> list[dict[str, Any]]:
    """Answer for each MFCC matrix of a JSON file with a released (or trained) model's head.

    Parameters
    ----------
    path : path
        The JSON form, ``mfcc`` [n, frames, coefficients] as the model knows them.
    model : str
        A kind trained last, a released model's name, or a folder.

    Returns
    -------
    list of dict
        ``genre``, ``confidence``, ``label`` (what the file says).
    """
    import onnxruntime

    from musiclassify import released

    mfcc, labels, mapping = exchange.load_json(path)
    folder = released.find(model)
    release = released.read(folder)
    if release.config["head_inputs"] != ["mfcc"]:
        raise PipelineError(
            f"{release.name}: answers need {release.config['head_inputs']}, not MFCCs alone; take a cnn"
        )
    session = onnxruntime.InferenceSession(
        str(folder / release.config["graphs"]["head"]), providers=["CPUExecutionProvider"]
    )
    shape = session.get_inputs()[0].shape[1:]
    if list(mfcc.shape[1:]) != list(shape):
        raise PipelineError(f"{path}: matrices of {mfcc.shape[1:]}, but {release.name} takes {tuple(shape)}")
    probabilities = session.run(["probabilities"], {"mfcc": mfcc})[0]
    return [
        {
            "genre": release.config["labels"][int(row.argmax())],
            "confidence": float(row.max()),
            "label": mapping[int(label)],
        }
        for row, label in zip(probabilities, labels, strict=True)
    ]


def quick_test(layout: Layout, kind: str, *, n: int, seed: int) -> pd.DataFrame:
    """Answers of a trained model for `n` test segments drawn at random: ``segment_id, genre, predicted,
    confidence``."""
    import models
    from features.store import open_store
    from pipeline import families
    from pipeline.files import read_json

    config = read_json(layout.model(kind) / "released" / "config.json")
    test = families.heard(open_store(layout.features("test")), config["features"]["tagger"])
    if not 1 <= n <= len(test):
        raise PipelineError(f"n={n}: must be from 1 to {len(test)}, the number of test segments")
    rows = np.sort(np.random.default_rng(seed).choice(len(test), size=n, replace=False))
    features = test.take(rows)
    model = models.load(layout.model(kind))
    p = model.predict_proba(features)
    answers = features.table[["segment_id", "genre"]].copy()
    answers["predicted"] = [model.genres[k] for k in p.argmax(axis=1)]
    answers["confidence"] = p.max(axis=1)
    return answers


def export_features(layout: Layout, side: str, path: str | Path) -> int:
    """Write the MFCC matrices of one side in the JSON form; returns how many."""
    from features.store import open_store
    from pipeline.tables import labels_of

    store = open_store(layout.features(side))
    genres = sorted(store.table["genre"].unique())
    exchange.save_json(path, store.mfcc, labels_of(store.table, genres), genres)
    return len(store)


def run(options: argparse.Namespace, *, values: dict | None = None, layout: Layout | None = None) -> None:
    """Carry out one of these commands and print what it gave."""
    if options.command == "predict":
        for row in predict(options.file, options.model):
            print(f"{row['genre']}\t{row['confidence']:.3f}\t(labelled {row['label']})")
    elif options.command == "quick-test":
        seed = values["base"]["seed"] if options.seed is None else options.seed
        answers = quick_test(layout, options.kind, n=options.n, seed=seed)
        print(answers.to_string(index=False, float_format="%.3f"))
        right = int((answers["genre"] == answers["predicted"]).sum())
        print(f"{right} of {len(answers)} right")
    elif options.command == "plot-history":
        from pipeline.plots.curves import curves

        curves(_table(options.file, ("step",)), options.picture)
    elif options.command == "plot-confusion":
        from pipeline import scores
        from pipeline.plots.confusion import confusion

        rows = _table(options.file, ("actual", "predicted"))
        genres = sorted(set(rows["actual"]) | set(rows["predicted"]))
        actual, predicted = (pd.Categorical(rows[c], categories=genres).codes for c in ("actual", "predicted"))
        confusion(scores.confusion(actual, predicted, len(genres)), genres, options.picture)
    elif options.command == "features" and options.direction == "export":
        print(f"{export_features(layout, options.side, options.file)} matrices in {options.file}")
    elif options.command == "features":
        mfcc, labels, mapping = exchange.load_json(options.file)
        np.savez_compressed(options.arrays, mfcc=mfcc, labels=labels, mapping=np.array(mapping))
        print(f"{len(mfcc)} matrices of {mfcc.shape[1]} x {mfcc.shape[2]}, {len(mapping)} genres, in {options.arrays}")
    elif options.command == "build-model":
        import models

        names = [f"genre {k + 1}" for k in range(options.genres)]
        model = models.create("cnn", genres=names, architecture=options.architecture)
        model.build((options.frames, options.coefficients)).summary()
    elif options.command == "most-common":
        print(most_common(options.answers))


def _table(path: str, columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.read_csv(path)
    missing = [name for name in columns if name not in table]
    if missing:
        raise PipelineError(f"{path}: has no column {missing[0]}; its columns are {', '.join(table.columns)}")
    return table
