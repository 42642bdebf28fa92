"""The confusion matrix as one picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.plots import style


def confusion(table: np.ndarray, genres: list[str], path: str | Path, *, title: str = "") -> None:
    """Draw counts [actual, predicted] with the share of each row as shade and the recall at its end.

    Parameters
    ----------
    table : int [genres, genres]
    genres : list of str
    path : path
        Where the picture goes (.svg or .png).
    title : str
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    n = len(genres)
    rows = table.sum(axis=1)
    shares = table / np.maximum(rows, 1)[:, None]
    blues = LinearSegmentedColormap.from_list("share", ["#e8f1f8", "#0072B2", "#003a5c"])
    size = 0.34 * n
    drawn, axes = style.figure(max(style.WIDTH, size + 1.9), size + 1.6)
    for i in range(n):
        for j in range(n):
            if not table[i, j]:
                continue
            colour = blues(shares[i, j])
            axes.add_patch(Rectangle((j - 0.47, i - 0.47), 0.94, 0.94, facecolor=colour, linewidth=0))
            ink = "white" if shares[i, j] > 0.3 else "black"
            axes.text(j, i, int(table[i, j]), ha="center", va="center", color=ink, fontsize=10)
        axes.add_patch(Rectangle((i - 0.47, i - 0.47), 0.94, 0.94, fill=False, edgecolor=style.FAINT, linewidth=0.8))
        words = f"{100 * shares[i, i]:.0f} %" if rows[i] else "none"
        axes.text(n - 0.35, i, words, va="center", ha="left", color=style.INK, fontsize=10)
    axes.text(n - 0.35, -0.75, "recall", va="center", ha="left", color=style.INK, fontsize=10)
    axes.set_xlim(-0.55, n + 0.8)
    axes.set_ylim(n - 0.45, -1.1)
    axes.set_xticks(range(n), genres, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(n), [f"{genre} ({count})" for genre, count in zip(genres, rows, strict=True)])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel("predicted")
    axes.set_ylabel("actual (tracks)")
    drawn.suptitle(title, x=0.02, ha="left", fontsize=11, fontweight="bold", color=style.INK)
    style.save(drawn, path)
