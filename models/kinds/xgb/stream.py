"""Boosting over rows in memory, over more rows than memory holds, and over those of several machines.

Little is one matrix in memory. Much (`features.rows.MEMORY_ROWS`) is read block by block into XGBoost's external
memory: bins of the statistics, one byte or two each, in a temporary folder (``TMPDIR``) from which pages are read
back. The bins are cut at the quantiles of an even pick of `CUT_ROWS` rows: XGBoost's own sketch of all rows takes
more memory the more there are. Where this process is the client of a Dask cluster, much is instead spread over its
workers, each of which reads its own blocks; they add their histograms up, and the trees differ a little from those of
one machine.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from features.rows import BLOCK_ROWS, Rows, streamed

CUT_ROWS = 4096
"""Rows whose quantiles cut the statistics into 256 bins each; XGBoost's sketch of more takes far more memory."""

Curves = dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class Part:
    """Rows to learn from or to watch.

    Attributes
    ----------
    name : str
    rows : float32 [n, statistics]
    labels : int64 [n]
    weight : float64 [n]
    """

    name: str
    rows: np.ndarray | Rows
    labels: np.ndarray
    weight: np.ndarray


def matrix(
    rows: np.ndarray | Rows, columns: Sequence[int], *, nthread: int, label: Any = None, weight: Any = None
) -> Any:
    """Some columns as XGBoost's matrix in memory."""
    import xgboost

    x = np.ascontiguousarray(rows[:, columns], dtype=np.float32)
    return xgboost.DMatrix(x, label=label, weight=weight, nthread=nthread)


def train(
    parameters: dict[str, Any], parts: Sequence[Part], columns: Sequence[int], *, rounds: int, stops: int | None
) -> tuple[Any, Curves]:
    """Boost on the first part and watch all of them.

    Returns
    -------
    (xgboost.Booster, dict)
        And the loss of each part, round by round.
    """
    given = {"num_boost_round": rounds, "early_stopping_rounds": stops, "verbose_eval": False}
    if not streamed(parts[0].rows):
        threads = parameters["nthread"]
        made = [matrix(p.rows, columns, nthread=threads, label=p.labels, weight=p.weight) for p in parts]
        return _trained(parameters, parts, made, given)
    client = _client()
    if client is not None:
        return _on_cluster(client, parameters, parts, columns, given)
    with tempfile.TemporaryDirectory(prefix="musiclassify-xgb-") as folder:
        threads, made = parameters["nthread"], []
        for part in parts:
            # XGBoost wants what is watched in the bins of what is learned from, which are those of the pick.
            cuts = made[0] if made else _cuts(part, columns, threads)
            made.append(_external(part, columns, Path(folder), threads, cuts))
        del cuts
        found = _trained(parameters, parts, made, given)
        made.clear()  # while the pages are there: XGBoost deletes them itself, and warns where they are gone
        return found


def _trained(
    parameters: dict[str, Any], parts: Sequence[Part], made: list[Any], given: dict[str, Any]
) -> tuple[Any, Curves]:
    import xgboost

    curves: Curves = {}
    watched = [(data, part.name) for data, part in zip(made, parts, strict=True)]
    return xgboost.train(parameters, made[0], evals=watched, evals_result=curves, **given), curves


def _cuts(part: Part, columns: Sequence[int], threads: int) -> Any:
    """A matrix in memory of an even pick of the rows, whose bins those of all rows shall be."""
    import xgboost

    index = np.unique(np.linspace(0, len(part.rows) - 1, min(CUT_ROWS, len(part.rows))).astype(np.int64))
    x = part.rows.columns(columns)[index]
    return xgboost.QuantileDMatrix(x, label=part.labels[index], weight=part.weight[index], nthread=threads)


def _external(part: Part, columns: Sequence[int], folder: Path, threads: int, cuts: Any) -> Any:
    """A matrix whose pages lie in a folder, in the bins of another one."""
    import xgboost

    class Blocks(xgboost.DataIter):
        """Gives XGBoost block after block, as often as it asks."""

        def __init__(self) -> None:
            self.at = 0
            super().__init__(cache_prefix=str(folder / part.name), on_host=False)

        def next(self, input_data: Callable[..., None]) -> bool:
            if self.at >= len(part.rows):
                return False
            here = slice(self.at, self.at + BLOCK_ROWS)
            x = np.ascontiguousarray(part.rows[here][:, columns])
            input_data(data=x, label=part.labels[here], weight=part.weight[here])
            self.at += len(x)
            return True

        def reset(self) -> None:
            self.at = 0

    return xgboost.ExtMemQuantileDMatrix(Blocks(), nthread=threads, ref=cuts)


def _client() -> Any:
    """The client of a Dask cluster, where this process is one (`pipeline.cluster`)."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    try:
        return distributed.default_client()
    except ValueError:
        return None


def _block(rows: Rows, start: int, end: int, columns: Sequence[int]) -> np.ndarray:
    return np.ascontiguousarray(rows[start:end][:, columns])


def _on_cluster(
    client: Any, parameters: dict[str, Any], parts: Sequence[Part], columns: Sequence[int], given: dict[str, Any]
) -> tuple[Any, Curves]:
    """XGBoost's own interface to Dask; a worker reads the rows that it learns from."""
    import dask
    import dask.array as da
    from xgboost import dask as across

    parameters = {name: value for name, value in parameters.items() if name != "nthread"}  # a worker's own
    made: list[Any] = []
    for part in parts:
        n = len(part.rows)
        ends = [min(start + BLOCK_ROWS, n) for start in range(0, n, BLOCK_ROWS)]
        read = [
            da.from_delayed(
                dask.delayed(_block)(part.rows, start, end, columns), (end - start, len(columns)), np.float32
            )
            for start, end in zip(range(0, n, BLOCK_ROWS), ends, strict=True)
        ]
        beside = [da.from_array(array, chunks=BLOCK_ROWS) for array in (part.labels, part.weight)]
        first = {"ref": made[0]} if made else {}
        made.append(across.DaskQuantileDMatrix(client, da.concatenate(read), beside[0], weight=beside[1], **first))
    watched = [(data, part.name) for data, part in zip(made, parts, strict=True)]
    found = across.train(client, parameters, made[0], evals=watched, **given)
    return found["booster"], {name: dict(curve) for name, curve in found["history"].items()}
