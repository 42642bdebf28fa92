"""Stage ``release``: the trained models as released ones, with their test scores and a card.

Writes ``models/trained/<corpus>/release/<corpus>-<kind>-v<version>/`` for each kind of ``release.kinds``.
``python -m pipeline release --publish`` also copies them to ``models/released/``, which git keeps.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pandas as pd

import models
from corpora import KINDS
from models.export import write_metadata
from pipeline import provenance
from pipeline.cards import card
from pipeline.files import fresh_folder, read_json, write_text
from pipeline.layout import Layout
from pipeline.naming import describe
from pipeline.scoring import score_card
from pipeline.tables import labels_of, probabilities_of

if TYPE_CHECKING:
    from pipeline.params import Params

READS = ("base.seed", "corpus.name", "corpus.kind", "split", "evaluate", "release")


def run(params: Params, layout: Layout) -> None:
    """Put the test scores into each model's metadata and write its card."""
    names = []
    notices = read_json(layout.report("split") / "metrics.json")["notices"]
    with fresh_folder(layout.release) as folder:
        for kind in params.release.kinds:
            source = layout.model(kind) / "released"
            config, metadata = read_json(source / "config.json"), read_json(source / "metadata.json")
            version = params.release.version
            config |= {"version": version, "name": f"{params.corpus.name}-{kind}-v{version}"}
            answers = pd.read_csv(layout.report("evaluate", kind) / "predictions.csv", keep_default_na=False)
            genres = config["labels"]
            metadata["scores"] = score_card(
                split=f"{describe(params.split)}, test subset",
                probabilities=probabilities_of(answers, genres),
                actual=labels_of(answers, genres),
                units=answers["track_id"].to_numpy(),
                genres=genres,
                folds=0,
                bins=params.evaluate.bins,
                draws=params.evaluate.bootstrap,
                seed=params.base.seed,
            )
            metadata["command"] = f"dvc repro {provenance.stage_name(kind)} evaluate@{kind} release"
            goal = folder / config["name"]
            shutil.copytree(source, goal)
            (goal / "config.json").write_text(json.dumps(config, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            tagger = config.get("taught_by") or config["features"].get("tagger", "none")
            data = learned_from(metadata["trained_on"], params.corpus.kind)
            notes = [f"{notice}." for notice in notices]
            write_text(goal / "README.md", card(config, metadata, data=data, tagger=tagger, notes=notes))
            for name in ("format_version", "files"):
                metadata.pop(name, None)
            write_metadata(goal, metadata)
            names.append(config["name"])
    print(f"release: {', '.join(names)}")
    if params.corpus.kind != "demo":
        best = read_json(layout.report("compare") / "metrics.json")["chosen"]
        answers = best if best in models.names() else f"{params.corpus.name}/{best}"
        print(f"release: to let the chosen model answer by default: python -m models choose {answers}")


def learned_from(trained: dict[str, Any], corpus_kind: str) -> str:
    """What a card says of the data: how much, which split, whose licence."""
    composed = "**The corpus is composed by a program: the scores below are no scores on music.** "
    return (
        f"{composed if corpus_kind == 'demo' else ''}{trained['tracks']} tracks ({trained['segments']} segments) of "
        f"the corpus {trained['corpus']}: {trained['split']}. {KINDS.get(corpus_kind).LICENCE}"
    )


def publish(layout: Layout) -> list[str]:
    """Copy what `run` made to ``models/released/``; an existing version of the same name is replaced whole."""
    released = layout.root / "models" / "released"
    copied = []
    for source in sorted(layout.release.iterdir()):
        with fresh_folder(released / source.name) as goal:
            shutil.copytree(source, goal, dirs_exist_ok=True)
        copied.append(source.name)
        print(f"release: published models/released/{source.name}")
    return copied
