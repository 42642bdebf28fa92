"""What every study writes: ``metrics.json``, ``section.json`` for the page, tables, and pictures beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline import scores
from pipeline.files import fresh_folder, write_csv, write_json
from pipeline.layout import Layout
from pipeline.params import Params

ENDS = ("", "_low", "_high")


def measures(
    actual: np.ndarray, predicted: np.ndarray, units: np.ndarray, params: Params, *, genres: int
) -> dict[str, float]:
    """``accuracy, accuracy_low, accuracy_high, macro_recall, …, macro_f1, …`` by the bootstrap over tracks.

    Parameters
    ----------
    actual, predicted : int [n]
    units : np.ndarray [n]
        Track of each row.
    params : Params
        ``evaluate.bootstrap`` draws from ``base.seed``.
    genres : int
    """
    drawn = scores.bootstrap(
        actual, predicted, units, genres=genres, draws=params.evaluate.bootstrap, seed=params.base.seed
    )
    return {
        f"{name}{end}": value
        for name in ("accuracy", "macro_recall", "macro_f1")
        for end, value in zip(ENDS, drawn[name], strict=True)
    }


@contextmanager
def report(
    layout: Layout,
    name: str,
    *,
    title: str,
    text: str,
    metrics: dict[str, Any],
    tables: dict[str, tuple[pd.DataFrame, int]],
) -> Iterator[Path]:
    """A study's folder, there when the block ends well; pictures are drawn into it meanwhile.

    Parameters
    ----------
    layout : Layout
    name : str
        Of the study.
    title, text : str
        The section of the page.
    metrics : dict
        Also what the block still puts into it.
    tables : dict of str to (DataFrame, int)
        By the name of the file, with the digits of its figures.
    """
    with fresh_folder(layout.report("studies", name)) as folder:
        for file, (table, digits) in tables.items():
            write_csv(folder / file, table, digits=digits)
        yield folder
        write_json(folder / "section.json", {"title": title, "text": text})
        write_json(folder / "metrics.json", metrics)
