"""What the augmentation really did: how often each transform, and with which strengths."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from augment import TRANSFORMS, Recipe
from pipeline.plots import style


def strengths(recipes: list[Recipe], path: str | Path) -> None:
    """A histogram of the strength of each transform over all copies that have it.

    Parameters
    ----------
    recipes : list of Recipe
        Of all copies.
    path : path
        Where the SVG goes.
    """
    transforms = TRANSFORMS.all()
    rows = math.ceil(len(transforms) / 2)
    drawn, grid = style.figure(style.WIDTH, 1.75 * rows, nrows=rows, ncols=2)
    for axes in grid.flat[len(transforms) :]:
        axes.set_visible(False)
    for axes, (name, transform) in zip(grid.flat, transforms.items(), strict=False):
        having = [recipe for recipe in recipes if recipe.uses(name)]
        values = [value for recipe in having for value in transform.strengths(recipe)]
        axes.hist(pd.Series(values, dtype=float), bins=24, color=style.SIDE_COLOURS["train"])
        share = 100 * len(having) / max(1, len(recipes))
        axes.set_title(f"{transform.LABEL}, {transform.UNIT}\n{share:.0f} % of copies", fontsize=10)
    style.save(drawn, path)
