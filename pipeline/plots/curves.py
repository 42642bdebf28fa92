"""Loss and accuracy over the steps of training."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline.plots import style


def curves(history: pd.DataFrame, path: str | Path, *, title: str = "") -> None:
    """Draw each measure of training beside that of validation, labelled at the line's end.

    Parameters
    ----------
    history : DataFrame
        ``step``, and columns such as ``loss, accuracy, val_loss, val_accuracy``; a column that holds neither word
        is drawn with the losses.
    path : path
        Where the SVG goes.
    title : str
    """
    names = [name for name in history.columns if name != "step"]
    panels = {"accuracy": [n for n in names if "acc" in n], "loss": [n for n in names if "acc" not in n]}
    panels = {what: columns for what, columns in panels.items() if columns}
    drawn, grid = style.figure(style.WIDTH, 0.4 + 2.6 * len(panels), nrows=len(panels), squeeze=False)
    for axes, (what, columns) in zip(grid[:, 0], panels.items(), strict=True):
        for name in columns:
            held_out = name.startswith("val")
            colour = style.SIDE_COLOURS["valid" if held_out else "train"]
            values = history[name].dropna()
            steps = history.loc[values.index, "step"]
            line = "dashed" if held_out else "solid"
            axes.plot(steps, values, color=colour, linestyle=line, marker="o" if len(values) == 1 else "")
            side = "validation" if held_out else "training"
            axes.annotate(
                side,
                (steps.iloc[-1], values.iloc[-1]),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                color=style.INK,
                fontsize=10,
            )
        axes.set_title(what, fontsize=10)
        axes.set_xlabel("epoch" if what == "accuracy" or "accuracy" in panels else "round")
        axes.margins(x=0.3)
    drawn.suptitle(title, x=0.02, ha="left", fontsize=11, fontweight="bold", color=style.INK)
    style.save(drawn, path)
