"""Stage ``compare``: all models in one table, tested against each other; the chosen one by its validation score.

Writes ``reports/<corpus>/compare/``: ``metrics.json``, ``table.csv`` (scores with intervals, training and answering
time, size), ``pairs.csv`` (each pair: difference with interval, exact McNemar test), ``models.svg``, ``recall.svg``.
"""

from __future__ import annotations

from itertools import combinations

import pandas as pd

import models
from pipeline import scores
from pipeline.errors import PipelineError
from pipeline.evaluate import title
from pipeline.files import fresh_folder, read_json, write_csv, write_json
from pipeline.layout import Layout
from pipeline.params import Params
from pipeline.plots.comparison import comparison, recalls

READS = ("base.seed", "corpus.name", "corpus.kind", "split", "evaluate.bootstrap", "compare")


def choose(validation: dict[str, float]) -> str:
    """The model of the best validation score; of equal ones the first named.

    >>> choose({"cnn": 0.5, "svm": 0.7, "xgb": 0.7})
    'svm'
    """
    return max(validation, key=lambda kind: validation[kind])


def run(params: Params, layout: Layout) -> None:
    """Compare all models."""
    heading = title(params.corpus.name, params.corpus.kind, params.split)
    by = params.compare.choose_by
    tested = {kind: read_json(layout.report("evaluate", kind) / "metrics.json") for kind in models.names()}
    held = {kind: read_json(layout.report("train", kind) / "metrics.json") for kind in models.names()}
    validation = {kind: held[kind][by] for kind in models.names()}
    chosen = choose(validation)
    rows = []
    for kind in models.names():
        track, segment = tested[kind]["track"], tested[kind]["segment"]
        trained = read_json(layout.report("train", kind) / "timing.json")
        answered = read_json(layout.report("evaluate", kind) / "timing.json")
        rows.append(
            {"model": kind, f"validation_{by}": validation[kind]}
            | {f"{m}{end}": track[f"{m}{end}"] for m in ("accuracy", "macro_recall") for end in ("", "_low", "_high")}
            | {"macro_f1": track["macro_f1"], "ece_before": track["ece_before"], "ece": track["ece"]}
            | {"segment_accuracy": segment["accuracy"], "train_s": trained["train_s"]}
            | {"answer_ms": answered["answer_ms"], "size_mib": answered["size_mib"], "chosen": kind == chosen}
        )
    table = pd.DataFrame(rows)
    answers = {kind: pd.read_csv(layout.report("evaluate", kind) / "predictions.csv") for kind in models.names()}
    pairs = pd.DataFrame([_pair(a, b, answers, params) for a, b in combinations(models.names(), 2)])
    tests = tested[chosen]["genres_tested"]
    with fresh_folder(layout.report("compare")) as report:
        write_csv(report / "table.csv", table, digits=4)
        write_csv(report / "pairs.csv", pairs, digits=4)
        write_json(
            report / "metrics.json",
            {
                "title": heading,
                "chosen": chosen,
                "chosen_by": f"{by} on validation",
                "tracks": tested[chosen]["tracks"],
                "genres_tested": tests,
                "models": {
                    kind: {
                        f"validation_{by}": validation[kind],
                        **{
                            name: tested[kind]["track"][name]
                            for name in ("accuracy", "macro_recall", "macro_f1", "ece")
                        },
                    }
                    for kind in models.names()
                },
            },
        )
        comparison(
            table,
            report / "models.svg",
            title=f"{params.corpus.name}: {tested[chosen]['split']}, {tested[chosen]['tracks']} tracks",
            chance=1 / tests,
        )
        recall = pd.DataFrame({kind: tested[kind]["track"]["recall"] for kind in models.names()})
        recalls(recall, report / "recall.svg")
    print(f"compare: {chosen} is chosen ({by} {validation[chosen]:.3f} on validation); {heading}")


def _pair(a: str, b: str, answers: dict[str, pd.DataFrame], params: Params) -> dict:
    both = answers[a].merge(answers[b], on="track_id", suffixes=("_a", "_b"), validate="one_to_one")
    if len(both) != len(answers[a]) or len(both) != len(answers[b]):
        raise PipelineError(f"{a} and {b} answered for different tracks; run evaluate again")
    right_a = (both["genre_a"] == both["predicted_a"]).to_numpy()
    right_b = (both["genre_b"] == both["predicted_b"]).to_numpy()
    value, low, high = scores.paired_difference(
        right_a, right_b, draws=params.evaluate.bootstrap, seed=params.base.seed
    )
    return {
        "a": a,
        "b": b,
        "accuracy_difference": value,
        "low": low,
        "high": high,
        "only_a_right": int((right_a & ~right_b).sum()),
        "only_b_right": int((right_b & ~right_a).sum()),
        "mcnemar_p": scores.mcnemar(right_a, right_b),
    }
