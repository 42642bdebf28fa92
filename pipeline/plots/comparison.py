"""All models side by side, with their intervals."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline import families, roster
from pipeline.plots import style


def _colour(name: str) -> str:
    """That of its kind; of a family beside the sections' models, that of the family."""
    kind, family = families.parted(name)
    return style.FAMILY_COLOURS.get(family) or style.MODEL_COLOURS.get(kind, "#56B4E9")


def comparison(table: pd.DataFrame, path: str | Path, *, title: str = "", chance: float | None = None) -> None:
    """Accuracy and macro recall of each model as a mark with its 95 % interval.

    Parameters
    ----------
    table : DataFrame
        ``model, accuracy, accuracy_low, accuracy_high, macro_recall, macro_recall_low, macro_recall_high``.
    path : path
        Where the SVG goes.
    title : str
    chance : float, optional
        What guessing gives, drawn as a line.
    """
    drawn, grid = style.figure(style.WIDTH, 1.5 + 0.9 * len(table), nrows=2, sharex=True)
    places = range(len(table))
    for axes, (name, words) in zip(grid, (("accuracy", "accuracy"), ("macro_recall", "macro recall")), strict=True):
        for place, row in zip(places, table.to_dict("records"), strict=True):
            colour = _colour(row["model"])
            low, high = row[f"{name}_low"], row[f"{name}_high"]
            axes.plot([low, high], [place, place], color=colour, linewidth=3, solid_capstyle="round", alpha=0.55)
            axes.scatter(
                [row[name]], [place], color=colour, marker=style.shape(families.parted(row["model"])[0]), s=60, zorder=3
            )
            axes.annotate(
                f"{100 * row[name]:.1f} %",
                (row[name], place),
                xytext=(0, 8),
                textcoords="offset points",
                ha="center",
                color=style.INK,
                fontsize=10,
            )
        if chance is not None:
            axes.axvline(chance, color=style.FAINT, linewidth=1, linestyle=(0, (4, 3)))
        axes.set_xlim(0, 1)
        axes.set_ylim(len(table) - 0.5, -0.7)
        axes.set_title(words, fontsize=10)
        axes.set_yticks(places, [roster.label(name) for name in table["model"]])
        axes.grid(axis="y", visible=False)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    drawn.suptitle(title, x=0.02, ha="left", fontsize=11, fontweight="bold", color=style.INK)
    style.save(drawn, path)


def recalls(table: pd.DataFrame, path: str | Path, *, title: str = "") -> None:
    """Recall of each genre by each model: a row a genre, a mark a model.

    Parameters
    ----------
    table : DataFrame
        Indexed by genre, a column a model; missing values are left out.
    path : path
        Where the SVG goes.
    title : str
    """
    drawn, axes = style.figure(style.WIDTH, 1.2 + 0.38 * len(table))
    for place, genre in enumerate(table.index):
        values = table.loc[genre].dropna()
        if len(values):
            axes.plot([values.min(), values.max()], [place, place], color=style.GRID, linewidth=3, zorder=1)
    for number, model in enumerate(table.columns):
        # A little apart, so that equal values do not hide each other.
        shift = 0.14 * (number - (len(table.columns) - 1) / 2)
        axes.scatter(
            table[model],
            [place + shift for place in range(len(table))],
            s=34,
            marker=style.shape(families.parted(model)[0]),
            color=_colour(model),
            label=roster.label(model),
            alpha=0.9,
            zorder=3,
        )
    axes.set_yticks(range(len(table)), table.index)
    axes.invert_yaxis()
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    axes.set_title(title or "Recall of each genre")
    drawn.legend(loc="outside lower left", ncols=2)
    style.save(drawn, path)
