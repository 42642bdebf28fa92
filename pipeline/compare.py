"""Stage ``compare``: all models in one table, tested against each other; the chosen one by its validation score.

Models of the same validation score are told apart by their Brier score on validation, and if that is the same too, by
the size of their file.

Writes ``reports/<corpus>/compare/``: ``scores.json`` (the few figures that runs are compared by: ``dvc metrics show``),
``metrics.json``, ``table.csv`` (scores with intervals, training and answering time, size), ``pairs.csv`` (each pair:
difference with interval, exact McNemar test), ``models.svg``, ``recall.svg``.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline import choice, families, roster, scores
from pipeline.errors import PipelineError
from pipeline.files import fresh_folder, read_json, write_csv, write_json
from pipeline.layout import Layout
from pipeline.naming import title
from pipeline.plots.comparison import comparison, recalls

if TYPE_CHECKING:
    from pipeline.params import Params

READS = ("base.seed", "corpus.name", "corpus.kind", "split", "evaluate.bootstrap", "families", "compare")


def run(params: Params, layout: Layout) -> None:
    """Compare all models."""
    kinds, by = roster.every(params.families.beside), params.compare.choose_by
    tested = {kind: read_json(layout.report("evaluate", kind) / "metrics.json") for kind in kinds}
    timed = {kind: read_json(layout.report("evaluate", kind) / "timing.json") for kind in kinds}
    held = {kind: read_json(layout.report("train", kind) / "metrics.json") | timed[kind] for kind in kinds}
    chosen = choice.choose(held, by)
    table = pd.DataFrame([_row(kind, layout, tested[kind], held[kind], by, chosen) for kind in kinds])
    answers = {kind: pd.read_csv(layout.report("evaluate", kind) / "predictions.csv") for kind in kinds}
    pairs = pd.DataFrame([_pair(a, b, answers, params) for a, b in combinations(kinds, 2) if _akin(a, b)])
    heading, tests = title(params.corpus.name, params.corpus.kind, params.split), tested[chosen]["genres_tested"]
    tracks = tested[chosen]["tracks"]
    few = {kind: {name: tested[kind]["track"][name] for name in ("accuracy", "macro_recall")} for kind in kinds}
    with fresh_folder(layout.report("compare")) as report:
        write_json(report / "scores.json", {"tracks": tracks, "chosen": chosen} | few)
        write_csv(report / "table.csv", table, digits=4)
        write_csv(report / "pairs.csv", pairs, digits=4)
        more = {"title": heading, "chosen": chosen, "chosen_by": choice.told(held, by), "tracks": tracks}
        write_json(
            report / "metrics.json",
            more | {"genres_tested": tests, "models": {kind: _short(tested[kind], held[kind], by) for kind in kinds}},
        )
        where = f"{params.corpus.name}: {tested[chosen]['split']}, {tracks} tracks"
        comparison(table, report / "models.svg", title=where, chance=1 / tests)
        recalls(pd.DataFrame({kind: tested[kind]["track"]["recall"] for kind in kinds}), report / "recall.svg")
    print(f"compare: {chosen} is chosen ({choice.told(held, by)}: {held[chosen][by]:.3f}); {heading}")


def _short(tested: dict, held: dict, by: str) -> dict[str, float]:
    measured = {name: tested["track"][name] for name in ("accuracy", "macro_recall", "macro_f1", "ece")}
    return {f"validation_{by}": held[by], "validation_brier": held["brier"]} | measured


def _row(kind: str, layout: Layout, tested: dict, held: dict, by: str, chosen: str) -> dict[str, Any]:
    track, segment = tested["track"], tested["segment"]
    trained = read_json(layout.report("train", kind) / "timing.json")
    return (
        {"model": kind, f"validation_{by}": held[by], "validation_brier": held["brier"]}
        | {f"{m}{end}": track[f"{m}{end}"] for m in ("accuracy", "macro_recall") for end in ("", "_low", "_high")}
        | {"macro_f1": track["macro_f1"], "ece_before": track["ece_before"], "ece": track["ece"]}
        | {"segment_accuracy": segment["accuracy"], "train_s": trained["train_s"]}
        | {"answer_ms": held["answer_ms"], "size_mib": held["size_mib"], "chosen": kind == chosen}
    )


def _akin(a: str, b: str) -> bool:
    """Whether two models are of one family, or of one kind: what may be asked of both together."""
    return any(one == other for one, other in zip(families.parted(a), families.parted(b), strict=True))


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
